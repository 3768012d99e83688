import { ERRORS, type ErrorCode, type Problem } from '@oco/contract'
import { CryptoError } from '@oco/security'
import { Failure, isFailure } from '../kernel/errors.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** What a caller may be told of an error. Whoever writes about an erased contact finds no key; anything else is a bug of ours. */
export const failureOf = (error: unknown): Failure => {
  if (isFailure(error)) return error
  if (error instanceof CryptoError && error.code === 'key_destroyed') {
    return new Failure('conflict', { detail: 'the personal data of this contact was erased' })
  }
  return new Failure('internal')
}

/** A failure as RFC 9457 wants it. Of what is none, nothing is told. */
export const problemOf = (error: unknown, requestId: string): Problem => {
  const failure = failureOf(error)
  return {
    type: `urn:oco:error:${failure.code}`,
    title: titleOf(failure.code),
    status: ERRORS[failure.code].status,
    code: failure.code,
    requestId,
    ...(failure.context.detail === undefined ? {} : { detail: failure.context.detail }),
    ...(failure.context.fields === undefined ? {} : { fields: { ...failure.context.fields } }),
    ...(failure.context.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: failure.context.retryAfterSeconds }),
  }
}

const titleOf = (code: ErrorCode): string => {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
