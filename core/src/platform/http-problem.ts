import { ERRORS, type ErrorCode, type Problem } from '@oco/contract'
import { Failure } from '../kernel/errors.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** A failure as RFC 9457 wants it. Anything that is no `Failure` is a bug of ours: nothing of it is told. */
export const problemOf = (error: unknown, requestId: string): Problem => {
  const failure = error instanceof Failure ? error : new Failure('internal')
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
