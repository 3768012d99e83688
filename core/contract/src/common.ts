import { z } from 'zod'
import { NAME_LENGTH_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from './limits.ts'

export * from './limits.ts'

export const id = z.uuid()
/** RFC 3339 with offset; always UTC on the way out. */
export const instant = z.iso.datetime({ offset: true })
export const version = z.int().nonnegative()

export const name = z.string().trim().min(1).max(NAME_LENGTH_MAX)
/** An opaque place in a list: give it back to go on from there. */
export const cursor = z.string().max(200)
export const page = z.object({
  cursor: cursor.optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_SIZE_MAX).default(PAGE_SIZE_DEFAULT),
})
export const byId = z.object({ id })
/** Repeats of a call with the same key do nothing and give the first answer. */
export const idempotencyKey = z.string().min(8).max(100)
