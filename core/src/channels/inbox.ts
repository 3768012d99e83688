import { ATTACHMENT_SIZE_BYTES_MAX } from '@oco/contract'
import { SYSTEM_ORIGIN } from '@oco/security'
import type { Clock } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import type { Blobs } from '../platform/blobs.ts'
import { audit, live, sql, violates, wake, type Database, type Tx, write } from '../platform/db.ts'
import { intakeOwner } from '../platform/vault/index.ts'
import { RAW_BYTES_MAX, type Identity, type InboundAttachment, type InboundMessage, type SetAside } from './channel.ts'
import {
  NO_PAYLOAD,
  openPayload,
  PAYLOAD,
  sealedPayload,
  storedMessage,
  type PayloadRow,
  type StoredAttachment,
  type StoredInbound,
} from './inbox-payload.ts'
import { nextDueAt } from './next-due.ts'

/** A row that has failed so often is set aside instead of being tried again. */
export const INBOX_ATTEMPTS_MAX = 5
const RETRY_FIRST_MS = 1_000

export interface InboxRow {
  readonly id: string
  readonly channelId: string
  readonly externalId: string
  /** As it lies: `open` reads it. */
  readonly stored: PayloadRow
  readonly attempts: number
  readonly receivedAt: Date
}

export interface Inbox {
  deliver(channelId: string, message: InboundMessage): Promise<'stored' | 'duplicate'>
  setAside(channelId: string, item: SetAside): Promise<void>
  /**
   * The earliest due row, locked until the transaction ends; null where nothing is due. A row waits for the ones of its thread that
   * are due before it, in whoever's hands they are.
   */
  next(tx: Tx, now: Date): Promise<InboxRow | null>
  /**
   * What came in. Throws where it cannot be opened: for ever (`key_destroyed`, `tag_mismatch`), or because the keys do not answer.
   */
  open(tx: Tx, row: InboxRow): Promise<StoredInbound>
  done(tx: Tx, id: string, outcome: { conversationId: string | null; reason: string | null; now: Date }): void
  /** Later again, or set aside after `INBOX_ATTEMPTS_MAX`. In a transaction of its own: the failed one is gone. */
  failed(row: InboxRow, reason: string): Promise<void>
  nextDueAt(now: Date): Promise<Date | null>
}

export const createInbox = (options: { database: Database; blobs: Blobs; clock: Clock }): Inbox => {
  const { database, blobs, clock } = options

  /** Two receivers at once: the second finds, when it looks again, the row that the first has committed meanwhile. */
  const once = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    try {
      return await database.transaction(work)
    } catch (error) {
      if (!violates(error, 'inbox_external_id_unique')) throw error
      return database.transaction(work)
    }
  }

  const store = async (tx: Tx, channelId: string, message: InboundMessage): Promise<'stored' | 'duplicate'> => {
    const { externalId, known } = await placeOf(tx, channelId, message)
    if (known !== null && known.state !== 'set_aside') return 'duplicate'
    const now = clock.now()
    const payload = message.kind === 'bounce' ? message : storedMessage(message, await keep(tx, message.attachments, now))
    const id = known?.id ?? newId(now)
    const sealed = await sealedPayload(tx, { id, payload, now })
    wake(tx, 'inbox')
    if (known !== null) {
      // It could not be read before and can be read now: the same row goes on.
      await tx
        .updateTable('inbox')
        .set({ ...sealed, digest: digestOf(message), state: 'new', reason: null, attempts: 0, due_at: now })
        .where('id', '=', known.id)
        .where('state', '=', 'set_aside')
        .execute()
      return 'stored'
    }
    write(
      tx,
      tx
        .insertInto('inbox')
        .values({
          id,
          channel_id: channelId,
          external_id: externalId,
          ...sealed,
          digest: digestOf(message),
          line_key: lineOf(message),
          due_at: now,
          received_at: now,
        })
        .compile(),
    )
    return 'stored'
  }

  const keep = async (tx: Tx, attachments: readonly InboundAttachment[], now: Date): Promise<StoredAttachment[]> => {
    const stored: StoredAttachment[] = []
    for (const { bytes, ...rest } of attachments) {
      const blob = await blobs.write(tx, bytes, { owner: intakeOwner(now), limitBytes: ATTACHMENT_SIZE_BYTES_MAX })
      stored.push({ ...rest, blobId: blob.id, sizeBytes: blob.sizeBytes })
    }
    return stored
  }

  return {
    deliver: (channelId, message) => once((tx) => store(tx, channelId, message)),

    setAside: (channelId, item) =>
      once(async (tx) => {
        const { externalId, known } = await placeOf(tx, channelId, item)
        if (known !== null) return
        const now = clock.now()
        const owner = intakeOwner(now)
        const raw = item.raw === null ? null : await blobs.write(tx, item.raw, { owner, limitBytes: RAW_BYTES_MAX })
        const id = newId(now)
        await tx
          .insertInto('inbox')
          .values({
            id,
            channel_id: channelId,
            external_id: externalId,
            digest: digestOf(item),
            raw_blob_id: raw?.id ?? null,
            state: 'set_aside',
            reason: item.reason,
            size_bytes: item.sizeBytes,
            due_at: now,
            received_at: now,
          })
          .execute()
        recordSetAside(tx, id, channelId, item.reason)
      }),

    async next(tx, now) {
      const row = await tx
        .selectFrom('inbox')
        .select(['id', 'channel_id', 'external_id', 'attempts', 'received_at'])
        .select(PAYLOAD)
        .where('state', '=', 'new')
        .where('due_at', '<=', now)
        .where(firstInLine(now))
        .orderBy('due_at')
        .orderBy('id')
        .limit(1)
        .forUpdate()
        .skipLocked()
        .executeTakeFirst()
      if (row === undefined) return null
      return {
        id: row.id,
        channelId: row.channel_id,
        externalId: row.external_id,
        stored: row,
        attempts: row.attempts,
        receivedAt: row.received_at,
      }
    },

    open: (tx, { stored }) => openPayload(tx, stored),

    done(tx, id, { conversationId, reason, now }) {
      const outcome = { state: 'done', reason, done_at: now, conversation_id: conversationId, ...NO_PAYLOAD }
      write(tx, tx.updateTable('inbox').set(outcome).where('id', '=', id).compile())
    },

    async failed(row, reason) {
      const now = clock.now()
      const attempts = row.attempts + 1
      const setAside = attempts >= INBOX_ATTEMPTS_MAX
      await database.transaction(async (tx) => {
        await tx
          .updateTable('inbox')
          .set({
            attempts,
            reason,
            state: setAside ? 'set_aside' : 'new',
            due_at: new Date(now.getTime() + RETRY_FIRST_MS * 4 ** row.attempts),
          })
          .where('id', '=', row.id)
          .where('state', '=', 'new')
          .execute()
        if (setAside) recordSetAside(tx, row.id, row.channelId, reason)
      })
    },

    nextDueAt: (now) => nextDueAt(database.read, { table: 'inbox', state: 'new', now }),
  }
}

const lineOf = (message: InboundMessage): string | null =>
  message.kind === 'message' ? (message.thread.conversationKey ?? null) : null

const firstInLine = (now: Date) => sql<boolean>`not exists (
  select from inbox as before
  where before.channel_id = inbox.channel_id and before.line_key = inbox.line_key and before.state = 'new'
    and before.due_at <= ${now} and (before.due_at, before.id) < (inbox.due_at, inbox.id))`

const digestOf = ({ digest }: Identity): Buffer | null => (digest === undefined ? null : Buffer.from(digest, 'hex'))

interface Place {
  /** The id under which the message is stored. */
  readonly externalId: string
  readonly known: { readonly id: string; readonly state: string } | null
}

/** A message whose id another one has taken has its digest in its id too. A row without a digest is every message's of its id. */
const placeOf = async (tx: Tx, channelId: string, { externalId, digest, idMayRepeat }: Identity): Promise<Place> => {
  const ownId = digest === undefined || idMayRepeat === undefined ? externalId : `${externalId} ${digest}`
  const rows = await tx
    .selectFrom('inbox')
    .select(['id', 'state', 'digest', 'external_id'])
    .where('channel_id', '=', channelId)
    .where('external_id', 'in', [externalId, ownId])
    .execute()
  const first = rows.find((row) => row.external_id === externalId)
  const isOthers = ownId !== externalId && first !== undefined && first.digest !== null && first.digest.toString('hex') !== digest
  return isOthers
    ? { externalId: ownId, known: rows.find((row) => row.external_id === ownId) ?? null }
    : { externalId, known: first ?? null }
}

const recordSetAside = (tx: Tx, inboxId: string, channelId: string, reason: string): void => {
  audit(tx, {
    action: 'channel.message_set_aside',
    by: SYSTEM_ORIGIN,
    object: { kind: 'channel', id: channelId },
    details: { inboxId, reason: reason.slice(0, 200) },
  })
  live(tx, { type: 'channel.changed' })
}
