import { z } from 'zod'

export const id = z.uuid()
/** RFC 3339 with offset; always UTC on the way out. */
export const instant = z.iso.datetime({ offset: true })
export const version = z.int().nonnegative()

export const PAGE_SIZE_DEFAULT = 50
export const PAGE_SIZE_MAX = 200
export const NAME_LENGTH_MAX = 120
export const TEXT_LENGTH_MAX = 100_000
export const HTML_LENGTH_MAX = 500_000
export const SUBJECT_LENGTH_MAX = 500
export const ATTACHMENTS_MAX = 20
export const ATTACHMENT_SIZE_BYTES_MAX = 25 * 1024 * 1024

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
