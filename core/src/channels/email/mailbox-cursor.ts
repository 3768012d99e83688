import { z } from 'zod'

/** Where a receiver goes on: every letter up to `uid` is stored, as long as the mailbox keeps its UIDVALIDITY (RFC 9051, 2.3.1.1). */
const mailboxCursor = z.object({
  uidValidity: z.string(),
  uid: z.int().nonnegative(),
  /** When the mailbox took its newest stored letter; null: none was stored yet. */
  newestAt: z.iso.datetime().nullable(),
})
export type MailboxCursor = z.output<typeof mailboxCursor>

/** Which letters of a mailbox to look at. */
export type Search =
  | { readonly kind: 'after'; readonly uid: number }
  /** The first time: what nobody has read yet. Older letters that were read stay where they are. */
  | { readonly kind: 'unseen' }
  /** The mailbox was made anew, so its UIDs say nothing: what nobody has read and what is newer than our last. The inbox knows repeats. */
  | { readonly kind: 'again'; readonly since: Date | null }

/** The search by date knows only days, in the server's own time zone, and clocks differ. */
const RESCAN_MARGIN_MS = 2 * 86_400_000

export const parseCursor = (stored: unknown): MailboxCursor | null =>
  mailboxCursor
    .nullable()
    .catch(null)
    .parse(stored ?? null)

export const searchFrom = (cursor: MailboxCursor | null, uidValidity: string): Search => {
  if (cursor === null) return { kind: 'unseen' }
  if (cursor.uidValidity === uidValidity) return { kind: 'after', uid: cursor.uid }
  return { kind: 'again', since: cursor.newestAt === null ? null : new Date(Date.parse(cursor.newestAt) - RESCAN_MARGIN_MS) }
}

/** The cursor once all letters of a look up to `uid` are stored, the newest of which came at `newestAt`. */
export const moveCursor = (
  cursor: MailboxCursor | null,
  to: { uidValidity: string; uid: number; newestAt: Date | null },
): MailboxCursor => {
  const before = cursor?.newestAt ?? null
  const now = to.newestAt?.toISOString() ?? null
  return {
    uidValidity: to.uidValidity,
    uid: cursor?.uidValidity === to.uidValidity ? Math.max(cursor.uid, to.uid) : to.uid,
    newestAt: before !== null && (now === null || before > now) ? before : now,
  }
}
