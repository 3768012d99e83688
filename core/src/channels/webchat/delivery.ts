/** A visitor who has been away for so long is not expected back on the page: the answer goes by mail. */
export const GONE_AFTER_MS = 5 * 60_000
/** A page that is connected but does not confirm an answer for so long shows it to nobody. */
export const UNCONFIRMED_AFTER_MS = 15 * 60_000
/** A connected page's visit is marked as seen so often; a process that dies leaves a visit looking connected for as long. */
export const SEEN_EVERY_MS = 60_000
const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 30_000

export interface Reach {
  /** Whether answers have another way to this visitor. */
  readonly hasEmail: boolean
  readonly lastSeenAt: Date
  readonly receivedSequence: number
}

export type Delivery =
  | { readonly kind: 'received' }
  /** Not read yet, and there is no other way: it waits in the history. */
  | { readonly kind: 'kept' }
  | { readonly kind: 'away'; readonly until: Date }
  | { readonly kind: 'gone' }

/** What has become of an answer that is stored, and therefore on its way to every page of the visit. */
export const deliveryOf = (reach: Reach, answer: { sequence: number; sentAt: Date }, now: Date): Delivery => {
  if (reach.receivedSequence >= answer.sequence) return { kind: 'received' }
  if (!reach.hasEmail) return { kind: 'kept' }
  const awayMs = now.getTime() - reach.lastSeenAt.getTime()
  const unconfirmedMs = now.getTime() - answer.sentAt.getTime()
  if (awayMs >= GONE_AFTER_MS || unconfirmedMs >= UNCONFIRMED_AFTER_MS) return { kind: 'gone' }
  const goneAtMs = now.getTime() + Math.min(GONE_AFTER_MS - awayMs, UNCONFIRMED_AFTER_MS - unconfirmedMs)
  const retryMs = Math.min(RETRY_MS_MAX, Math.max(RETRY_MS_MIN, unconfirmedMs / 2))
  return { kind: 'away', until: new Date(Math.min(goneAtMs, now.getTime() + retryMs)) }
}
