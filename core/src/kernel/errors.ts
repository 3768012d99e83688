import type { ErrorCode } from '@oco/contract/names'

/** What a coded failure may tell its caller beside the code. `detail` is for people who run the product, in English. */
export interface FailureContext {
  readonly detail?: string
  readonly fields?: Readonly<Record<string, string>>
  readonly retryAfterSeconds?: number
}

/** An expected failure: its code is in the contract's catalogue. A bug is an `AssertionError` instead. */
export class Failure extends Error {
  readonly code: ErrorCode
  readonly context: FailureContext

  constructor(code: ErrorCode, context: FailureContext = {}) {
    super(context.detail === undefined ? code : `${code}: ${context.detail}`)
    this.name = 'Failure'
    this.code = code
    this.context = context
  }
}

export const isFailure = (error: unknown, code?: ErrorCode): error is Failure =>
  error instanceof Failure && (code === undefined || error.code === code)

/** Any thrown thing as one line for a log or a state's reason. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
