import type { SenderAddress } from './channel.ts'
import type { Clock } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import { sql, vaultOf, wake, type Database, type Db, type Tx } from '../platform/db.ts'
import { addressLookup, NOTHING_SEALED, openTexts, placeIn, type EpochIndex } from '../platform/vault/index.ts'
import { nextDueAt } from './next-due.ts'

/** A row whose process has died is tried by another one so much later; the repeat carries the same Message-ID. */
export const SEND_LEASE_MS = 15_000
export const SEND_RENEW_MS = 5_000
/** About a day of tries before a message is called failed. A try counts from its lease, so that one whose process dies counts too. */
export const SEND_ATTEMPTS_MAX = 12
const RETRY_FIRST_MS = 2_000
const RETRY_MAX_MS = 4 * 3_600_000

export interface OutboxRow {
  readonly id: string
  readonly messageId: string
  readonly channelId: string
  readonly attempts: number
  /** As it lies: sealed, or plain in a row of before. */
  readonly recipient: StoredRecipient
}

export interface NewOutboxRow {
  readonly messageId: string
  readonly channelId: string
  /** Under whose key the recipient is sealed: the contact's whose address it is, or the conversation's. */
  readonly subjectId: string
  readonly to: SenderAddress
  readonly now: Date
}

export interface Outbox {
  put(tx: Tx, row: NewOutboxRow): Promise<string>
  /** Leases the earliest due row to this process; null where nothing is due. Committed at once: no lock is held while it is sent. */
  lease(now: Date): Promise<OutboxRow | null>
  /** To whom a row goes. Throws where the keys do not answer; an empty address where the recipient was erased. */
  recipientOf(db: Db, row: OutboxRow): Promise<SenderAddress>
  /** The send goes on: nobody else may try yet. */
  renew(id: string, now: Date): Promise<void>
  /**
   * Locks a row whose send has come to an end. `same`: it is this attempt's still; `other`: another process has taken it over, since
   * this one stood still for longer than its lease; `ended`: that one has also finished.
   */
  take(tx: Tx, row: OutboxRow): Promise<'same' | 'other' | 'ended'>
  sent(tx: Tx, id: string, now: Date): Promise<void>
  /** Tries again after a pause that grows; says when, or null where the tries have run out. */
  retry(tx: Tx, row: OutboxRow, now: Date): Promise<Date | null>
  /** Waits until then for a recipient that is away: no failure, so it counts as no try. */
  postpone(tx: Tx, row: OutboxRow, until: Date): Promise<void>
  failed(tx: Tx, id: string, now: Date): Promise<void>
  /** Sends the same row another way, at once. */
  redirect(tx: Tx, id: string, to: { channelId: string; address: SenderAddress }, now: Date): Promise<void>
  nextDueAt(now: Date): Promise<Date | null>
}

export const createOutbox = (options: { database: Database; clock: Clock }): Outbox => {
  const { database } = options
  return {
    async put(tx, { messageId, channelId, subjectId, to, now }) {
      const id = newId(now)
      await tx
        .insertInto('outbox')
        .values({
          id,
          message_id: messageId,
          channel_id: channelId,
          ...(await sealedRecipient(tx, { id, subjectId, to })),
          due_at: now,
          created_at: now,
        })
        .execute()
      wake(tx, 'outbox')
      return id
    },

    async lease(now) {
      const { rows } = await sql<LeasedRow>`
        update outbox set leased_until = ${new Date(now.getTime() + SEND_LEASE_MS)},
          due_at = ${new Date(now.getTime() + SEND_LEASE_MS)}, attempts = attempts + 1
        where id = (
          select id from outbox where state = 'queued' and due_at <= ${now}
          order by due_at, id limit 1 for update skip locked)
        returning id, message_id, channel_id, recipient_kind, recipient, sealed_recipient, recipient_name, sealed_recipient_name, attempts,
          ${subjectOf} as subject_id`.execute(database.read)
      const row = rows[0]
      if (row === undefined) return null
      return {
        id: row.id,
        messageId: row.message_id,
        channelId: row.channel_id,
        attempts: row.attempts,
        recipient: row,
      }
    },

    recipientOf: (db, { recipient }) => recipientOf(db, recipient),

    async renew(id, now) {
      const until = new Date(now.getTime() + SEND_LEASE_MS)
      await database.read
        .updateTable('outbox')
        .set({ leased_until: until, due_at: until })
        .where('id', '=', id)
        .where('state', '=', 'queued')
        .execute()
    },

    async take(tx, row) {
      const found = await tx
        .selectFrom('outbox')
        .select('attempts')
        .where('id', '=', row.id)
        .where('state', '=', 'queued')
        .forUpdate()
        .executeTakeFirst()
      if (found === undefined) return 'ended'
      return found.attempts === row.attempts ? 'same' : 'other'
    },

    async sent(tx, id, now) {
      await end(tx, id, 'sent', now)
    },

    async retry(tx, row, now) {
      if (row.attempts >= SEND_ATTEMPTS_MAX) return null
      const dueAt = new Date(now.getTime() + Math.min(RETRY_FIRST_MS * 4 ** (row.attempts - 1), RETRY_MAX_MS))
      await tx
        .updateTable('outbox')
        .set({ due_at: dueAt, leased_until: null })
        .where('id', '=', row.id)
        .where('state', '=', 'queued')
        .execute()
      wake(tx, 'outbox')
      return dueAt
    },

    async postpone(tx, row, until) {
      await tx
        .updateTable('outbox')
        .set({ due_at: until, leased_until: null, attempts: row.attempts - 1 })
        .where('id', '=', row.id)
        .where('state', '=', 'queued')
        .execute()
      wake(tx, 'outbox')
    },

    async failed(tx, id, now) {
      await end(tx, id, 'failed', now)
    },

    async redirect(tx, id, { channelId, address }, now) {
      const row = await tx.selectFrom('outbox').select(subjectOf.as('subject_id')).where('id', '=', id).executeTakeFirstOrThrow()
      await tx
        .updateTable('outbox')
        .set({
          channel_id: channelId,
          ...(await sealedRecipient(tx, { id, subjectId: row.subject_id, to: address })),
          attempts: 0,
          due_at: now,
          leased_until: null,
        })
        .where('id', '=', id)
        .where('state', '=', 'queued')
        .execute()
      wake(tx, 'outbox')
    },

    nextDueAt: (now) => nextDueAt(database.read, { table: 'outbox', state: 'queued', now }),
  }
}

const end = async (tx: Tx, id: string, state: 'sent' | 'failed', now: Date): Promise<void> => {
  await tx
    .updateTable('outbox')
    .set({ state, done_at: now, leased_until: null })
    .where('id', '=', id)
    .where('state', '=', 'queued')
    .execute()
}

interface LeasedRow extends StoredRecipient {
  readonly message_id: string
  readonly channel_id: string
  readonly attempts: number
}

interface StoredRecipient {
  readonly id: string
  readonly subject_id: string
  readonly recipient_kind: SenderAddress['kind']
  readonly recipient: string | null
  readonly sealed_recipient: Buffer | null
  readonly recipient_name: string | null
  readonly sealed_recipient_name: Buffer | null
}

/** Of a row of `outbox`, in a statement. */
const subjectOf = sql<string>`coalesce(outbox.subject_id, (select conversation.contact_id from message
  join conversation on conversation.id = message.conversation_id where message.id = outbox.message_id))`

const placeOf = (column: string, id: string) => placeIn('outbox', column, id)

const sealedRecipient = async (tx: Tx, { id, subjectId, to }: { id: string; subjectId: string; to: SenderAddress }) => {
  const vault = vaultOf(tx)
  const [sealer, { current }] = await Promise.all([vault.sealerFor('subject', [subjectId]), vault.indexes()])
  return {
    subject_id: subjectId,
    recipient_kind: to.kind,
    recipient: null,
    recipient_name: null,
    sealed_recipient: sealer.seal(subjectId, placeOf('recipient', id), to.value),
    sealed_recipient_name: sealer.seal(subjectId, placeOf('recipient_name', id), to.displayName ?? ''),
    recipient_lookup: addressLookup(current, to),
    index_epoch: current.epoch,
  }
}

const recipientOf = async (db: Db, row: StoredRecipient): Promise<SenderAddress> => {
  const [value = '', displayName = ''] = await openTexts(
    () => vaultOf(db),
    [
      { subjectId: row.subject_id, place: placeOf('recipient', row.id), plain: row.recipient, sealed: row.sealed_recipient },
      {
        subjectId: row.subject_id,
        place: placeOf('recipient_name', row.id),
        plain: row.recipient_name,
        sealed: row.sealed_recipient_name,
      },
    ],
  )
  return { kind: row.recipient_kind, value, displayName }
}

/** So many rows of before are sealed in one transaction. */
const SEALED_AT_ONCE = 100

/** Seals recipients of some rows of before; true where there may be more. */
export const sealOldRecipients = async (tx: Tx): Promise<boolean> => {
  const { rows } = await sql<StoredRecipient>`
    select id, recipient_kind, recipient, sealed_recipient, recipient_name, sealed_recipient_name, ${subjectOf} as subject_id
    from outbox where recipient is not null order by id limit ${SEALED_AT_ONCE} for update skip locked`.execute(tx)
  for (const row of rows) {
    const to = { kind: row.recipient_kind, value: row.recipient ?? '', displayName: row.recipient_name ?? '' }
    await tx
      .updateTable('outbox')
      .set(await sealedRecipient(tx, { id: row.id, subjectId: row.subject_id, to }))
      .where('id', '=', row.id)
      .execute()
  }
  return rows.length > 0
}

/** Leaves of answers to this contact that they were sent, or failed: not to whom. */
export const forgetRecipients = async (tx: Tx, contactId: string, now: Date): Promise<void> => {
  await sql`update outbox set recipient = null, recipient_name = null, sealed_recipient = ${NOTHING_SEALED}, sealed_recipient_name = ${NOTHING_SEALED},
      recipient_lookup = ${NOTHING_SEALED}, leased_until = null,
      state = case state when 'queued' then 'failed' else state end,
      done_at = case state when 'queued' then ${now} else done_at end
    where ${subjectOf} = ${contactId}`.execute(tx)
}

/** Makes the look-ups of some recipients anew that are of an older epoch; true where there may be more. */
export const reindexRecipients = async (tx: Tx, index: EpochIndex): Promise<boolean> => {
  const { rows } = await sql<StoredRecipient>`
    select id, recipient_kind, recipient, sealed_recipient, recipient_name, sealed_recipient_name, ${subjectOf} as subject_id
    from outbox where index_epoch < ${index.epoch} order by index_epoch limit ${REINDEXED_AT_ONCE} for update skip locked`.execute(
    tx,
  )
  for (const row of rows) {
    const to = await recipientOf(tx, row)
    await tx
      .updateTable('outbox')
      .set({
        index_epoch: index.epoch,
        ...(row.sealed_recipient === null
          ? {}
          : { recipient_lookup: to.value === '' ? NOTHING_SEALED : addressLookup(index, to) }),
      })
      .where('id', '=', row.id)
      .execute()
  }
  return rows.length > 0
}

const REINDEXED_AT_ONCE = 200
