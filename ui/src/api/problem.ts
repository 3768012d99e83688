import type { ErrorCode, Problem } from '@oco/contract'

/** Failures that never reached the server or came back unreadable; they are worded in the same catalogue as the server's. */
export type ClientErrorCode = 'unreachable' | 'bad_answer'

/** Every failed call throws this and nothing else. */
export class ApiProblem extends Error {
  readonly code: ErrorCode | ClientErrorCode
  readonly status: number
  readonly requestId: string | null
  readonly detail: string | null
  readonly fields: Readonly<Record<string, string>>
  readonly retryAfterSeconds: number | null

  constructor(code: ErrorCode | ClientErrorCode, status: number, problem?: Partial<Problem>) {
    super(code)
    this.name = 'ApiProblem'
    this.code = code
    this.status = status
    this.requestId = problem?.requestId ?? null
    this.detail = problem?.detail ?? null
    this.fields = problem?.fields ?? {}
    this.retryAfterSeconds = problem?.retryAfterSeconds ?? null
  }

  /** The same call may succeed later without a change: the line was down, or the server asks for patience. */
  get passing(): boolean {
    return this.code === 'unreachable' || this.status === 429 || this.status >= 500
  }
}

export async function readProblem(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null)
  if (!isProblem(body)) return new ApiProblem('bad_answer', response.status)
  return new ApiProblem(body.code, response.status, body)
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
}
