import { z } from 'zod'
import { ERRORS, type ErrorCode } from './names.ts'

const CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]

/** Every failure's body, `application/problem+json` (RFC 9457). */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(CODES),
  detail: z.string().optional(),
  requestId: z.string(),
  retryAfterSeconds: z.int().optional(),
  /** Bad input by its place: `body.name` -> what is wrong. */
  fields: z.record(z.string(), z.string()).optional(),
})
export type Problem = z.output<typeof problem>
