import { SYSTEM_ORIGIN } from '@oco/security'
import { ChannelError, RecipientAway, RecipientGone, type OutboundMessage, type SendReceipt } from '../channels/channel.ts'
import { SEND_ATTEMPTS_MAX, SEND_RENEW_MS, waysOut, type Outbox, type OutboxRow, type Registry } from '../channels/index.ts'
import { outboundOf, filesOf, referencesOf, setDelivery } from '../conversations/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Blobs } from '../platform/blobs.ts'
import { audit, type Database, type Tx } from '../platform/db.ts'
import { safeReason } from '../platform/safe-error.ts'
import { isKeysAway } from '../platform/vault/index.ts'
import { transcriptText } from './send-transcript.ts'

/** So much later is asked again for a channel that is not open here, and for keys that did not answer: neither counts as a try. */
const NOT_OPEN_MS = 2_000
const KEYS_AWAY_MS = 10_000

export interface DeliverReply {
  readonly database: Database
  readonly outbox: Outbox
  readonly registry: Pick<Registry, 'account' | 'adapter'>
  readonly blobs: Blobs
  readonly clock: Clock
  /** Sends the row another way where there is one; false where there is none. */
  readonly failOver: (tx: Tx, row: OutboxRow, now: Date) => Promise<boolean>
}

type Outcome =
  | { readonly kind: 'sent'; readonly receipt: SendReceipt }
  | { readonly kind: 'away'; readonly until: Date }
  | { readonly kind: 'gone'; readonly reason: string }
  | { readonly kind: 'failed'; readonly retryable: boolean; readonly reason: string }

/**
 * Takes one outbox row to its channel. The row is leased, not locked, while the other side is spoken to; a process that dies in between
 * leaves a lease that runs out, and the repeat carries the same id. False where nothing was due.
 */
export const deliverNext = async (deps: DeliverReply): Promise<boolean> => {
  const row = await deps.outbox.lease(deps.clock.now())
  if (row === null) return false
  const renew = setInterval(() => {
    deps.outbox.renew(row.id, deps.clock.now()).catch(() => undefined)
  }, SEND_RENEW_MS)
  const outcome = await hand(deps, row).finally(() => {
    clearInterval(renew)
  })
  await deps.database.transaction((tx) => settle(deps, tx, row, outcome))
  return true
}

const hand = async (deps: DeliverReply, row: OutboxRow): Promise<Outcome> => {
  if (row.attempts > SEND_ATTEMPTS_MAX)
    return { kind: 'failed', retryable: false, reason: 'every try ended together with its process' }
  try {
    const account = deps.registry.account(row.channelId)
    if (account === null) {
      // Where it is switched on it is only not open here: this process starts or stops, or has not heard of it yet.
      const way = (await waysOut(deps.database.read)).find(({ channelId }) => channelId === row.channelId)
      if (way === undefined || way.state === 'off')
        return { kind: 'failed', retryable: true, reason: 'the channel is switched off' }
      return { kind: 'away', until: new Date(deps.clock.now().getTime() + NOT_OPEN_MS) }
    }
    const message = await outboundMessage(deps, row)
    if (message === null) return { kind: 'failed', retryable: false, reason: 'the message is gone' }
    return { kind: 'sent', receipt: await deps.registry.adapter(account.settings.kind).send(account, message) }
  } catch (error) {
    // Nothing was tried: the keys are not there to open what would be sent.
    if (isKeysAway(error)) return { kind: 'away', until: new Date(deps.clock.now().getTime() + KEYS_AWAY_MS) }
    if (error instanceof RecipientAway) return { kind: 'away', until: error.until }
    if (error instanceof RecipientGone) return { kind: 'gone', reason: error.message }
    if (error instanceof ChannelError) return { kind: 'failed', retryable: error.retryable, reason: error.message }
    return { kind: 'failed', retryable: true, reason: safeReason(error) }
  }
}

const outboundMessage = async (deps: DeliverReply, row: OutboxRow): Promise<OutboundMessage | null> => {
  const db = deps.database.read
  const message = await outboundOf(db, row.messageId)
  if (message === null) return null
  const attachments = []
  for (const file of await filesOf(db, row.messageId)) {
    const bytes = await deps.blobs.read(db, file.blobId)
    if (bytes === null) throw new ChannelError('a file of this answer is gone', { retryable: false })
    attachments.push({ fileName: file.fileName, mediaType: file.mediaType, bytes })
  }
  return {
    idempotencyKey: row.messageId,
    conversationNumber: message.conversationNumber,
    to: await deps.outbox.recipientOf(db, row),
    subject: message.subject,
    text: message.kind === 'event' ? await transcriptText(db, { ...message, before: message.sequence }) : message.text,
    html: message.html,
    authorName: message.authorName,
    attachments,
    references: await referencesOf(db, message.conversationId, message.sequence),
    sentAt: message.at,
  }
}

const settle = async (deps: DeliverReply, tx: Tx, row: OutboxRow, outcome: Outcome): Promise<void> => {
  const now = deps.clock.now()
  const hold = await deps.outbox.take(tx, row)
  // What was sent is sent, whoever has the row by now. What went wrong here says nothing of the try that another process makes.
  if (hold === 'ended' || (hold === 'other' && outcome.kind !== 'sent')) return
  switch (outcome.kind) {
    case 'sent':
      await deps.outbox.sent(tx, row.id, now)
      await setDelivery(tx, row.messageId, { state: 'sent', reason: null, externalId: outcome.receipt.externalId })
      record(tx, 'message.sent', row)
      return
    case 'away':
      await deps.outbox.postpone(tx, row, outcome.until)
      return
    case 'gone':
      if (await deps.failOver(tx, row, now)) return
      await giveUp(deps, tx, row, outcome.reason, now)
      return
    case 'failed':
      if (outcome.retryable && (await deps.outbox.retry(tx, row, now)) !== null) return
      await giveUp(deps, tx, row, outcome.reason, now)
  }
}

const giveUp = async (deps: DeliverReply, tx: Tx, row: OutboxRow, reason: string, now: Date): Promise<void> => {
  await deps.outbox.failed(tx, row.id, now)
  await setDelivery(tx, row.messageId, { state: 'failed', reason })
  record(tx, 'message.failed', row)
}

const record = (tx: Tx, action: 'message.sent' | 'message.failed', row: OutboxRow): void => {
  audit(tx, {
    action,
    by: SYSTEM_ORIGIN,
    object: { kind: 'message', id: row.messageId },
    details: { channelId: row.channelId, attempts: row.attempts },
  })
}
