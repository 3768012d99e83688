import { CryptoError } from '@oco/security'
import pg from 'pg'
import { AssertionError } from '../kernel/assert.ts'
import { Failure } from '../kernel/errors.ts'

const CAUSES_DEEP_MAX = 4
const ERRORS_TOLD_MAX = 5
const HIDDEN = '[hidden]'

export interface SafeError {
  readonly type: string
  readonly message: string
  readonly code?: string
  /** Where it came from, without the message that V8 puts before. */
  readonly stack?: string
  /** What of the database refused: names of ours. */
  readonly table?: string
  readonly column?: string
  readonly constraint?: string
  readonly cause?: SafeError
  readonly errors?: readonly SafeError[]
}

/**
 * An error as a log may keep it. Only what is named here goes in: PostgreSQL's own text, detail, hint and context hold values of rows,
 * mail servers' errors hold recipients and letters.
 */
export const safeError = (error: unknown, depth = 1): SafeError => {
  if (!(error instanceof Error))
    return { type: typeof error, message: typeof error === 'string' ? withoutAddresses(error) : HIDDEN }
  const stack = framesOf(error)
  const inner = depth < CAUSES_DEEP_MAX
  return {
    type: error.name,
    message: safeMessage(error),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(stack === '' ? {} : { stack }),
    ...(error instanceof pg.DatabaseError ? placeOf(error) : {}),
    ...(inner && error.cause !== undefined ? { cause: safeError(error.cause, depth + 1) } : {}),
    ...(inner && error instanceof AggregateError
      ? { errors: error.errors.slice(0, ERRORS_TOLD_MAX).map((one) => safeError(one, depth + 1)) }
      : {}),
  }
}

/** Why something failed, in few words that hold nobody's data: for rows and screens. The log has the rest. */
export const safeReason = (error: unknown): string => {
  if (error instanceof Failure || error instanceof AssertionError) return error.message
  if (error instanceof pg.DatabaseError) return safeMessage(error)
  if (error instanceof CryptoError) return error.code
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && CODE.test(error.code)) return error.code
  return `unexpected error${error instanceof Error ? `: ${error.name}` : ''}`
}

/** As Node's own, `ECONNREFUSED`. */
const CODE = /^[A-Z][A-Z0-9_]{2,40}$/

/** A text that others may have written, without what looks like an address of mail; that takes the password of a URL with it. */
export const withoutAddresses = (text: string): string => text.replaceAll(/[^\s<>"'(),;:]+@[^\s<>"'(),;]+/g, HIDDEN)

const safeMessage = (error: Error): string => {
  if (error instanceof pg.DatabaseError) {
    const { constraint = '' } = error
    return `database error ${error.code ?? 'without a code'}${constraint === '' ? '' : ` of ${constraint}`}`
  }
  // What could not be parsed is quoted there.
  if (error instanceof SyntaxError) return HIDDEN
  return withoutAddresses(error.message)
}

const placeOf = ({ table, column, constraint }: pg.DatabaseError): Pick<SafeError, 'table' | 'column' | 'constraint'> => ({
  ...(table === undefined ? {} : { table }),
  ...(column === undefined ? {} : { column }),
  ...(constraint === undefined ? {} : { constraint }),
})

const framesOf = ({ stack = '' }: Error): string =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
