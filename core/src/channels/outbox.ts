import type { SenderAddress } from './channel.ts'
import type { Clock } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import { sql, wake, type Database, type Tx } from '../platform/db.ts'
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
  readonly to: SenderAddress
  readonly attempts: number
}

export interface Outbox {
  put(tx: Tx, row: { messageId: string; channelId: string; to: SenderAddress; now: Date }): Promise<string>
  /** Leases the earliest due row to this process; null where nothing is due. Committed at once: no lock is held while it is sent. */
  lease(now: Date): Promise<OutboxRow | null>
  /** The send goes on: nobody else may try yet. */
  renew(id: string, now: Date): Promise<void>
  /**
   * Locks a row whose send has come to an end. `same`: it is this attempt's still; `other`: another process has taken it over, since
   * this one stood still for longer than its lease; `ended`: that one has also finished.
   */
  take(tx: Tx, row: OutboxRow): Promise<'same' | 'other' | 'ended'>
  sent(tx: Tx, id: string, now: Date): Promise<void>
  /** Tries again after a pause that grows; says when, or null where the tries have run out. */
  retry(tx: Tx, row: OutboxRow, reason: string, now: Date): Promise<Date | null>
  /** Waits until then for a recipient that is away: no failure, so it counts as no try. */
  postpone(tx: Tx, row: OutboxRow, until: Date): Promise<void>
  failed(tx: Tx, id: string, reason: string, now: Date): Promise<void>
  /** Sends the same row another way, at once. */
  redirect(tx: Tx, id: string, to: { channelId: string; address: SenderAddress }, now: Date): Promise<void>
  nextDueAt(now: Date): Promise<Date | null>
}

export const createOutbox = (options: { database: Database; clock: Clock }): Outbox => {
  const { database } = options
  return {
    async put(tx, { messageId, channelId, to, now }) {
      const id = newId(now)
      await tx
        .insertInto('outbox')
        .values({
          id,
          message_id: messageId,
          channel_id: channelId,
          recipient_kind: to.kind,
          recipient: to.value,
          recipient_name: to.displayName ?? '',
          due_at: now,
          created_at: now,
        })
        .execute()
      wake(tx, 'outbox')
      return id
    },

    async lease(now) {
      const { rows } = await sql<{
        id: string
        message_id: string
        channel_id: string
        recipient_kind: SenderAddress['kind']
        recipient: string
        recipient_name: string
        attempts: number
      }>`
        update outbox set leased_until = ${new Date(now.getTime() + SEND_LEASE_MS)},
          due_at = ${new Date(now.getTime() + SEND_LEASE_MS)}, attempts = attempts + 1
        where id = (
          select id from outbox where state = 'queued' and due_at <= ${now}
          order by due_at, id limit 1 for update skip locked)
        returning id, message_id, channel_id, recipient_kind, recipient, recipient_name, attempts`.execute(database.read)
      const row = rows[0]
      if (row === undefined) return null
      return {
        id: row.id,
        messageId: row.message_id,
        channelId: row.channel_id,
        to: { kind: row.recipient_kind, value: row.recipient, displayName: row.recipient_name },
        attempts: row.attempts,
      }
    },

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
      await end(tx, id, 'sent', null, now)
    },

    async retry(tx, row, reason, now) {
      if (row.attempts >= SEND_ATTEMPTS_MAX) return null
      const dueAt = new Date(now.getTime() + Math.min(RETRY_FIRST_MS * 4 ** (row.attempts - 1), RETRY_MAX_MS))
      await tx
        .updateTable('outbox')
        .set({ due_at: dueAt, leased_until: null, last_error: reason })
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

    async failed(tx, id, reason, now) {
      await end(tx, id, 'failed', reason, now)
    },

    async redirect(tx, id, { channelId, address }, now) {
      await tx
        .updateTable('outbox')
        .set({
          channel_id: channelId,
          recipient_kind: address.kind,
          recipient: address.value,
          recipient_name: address.displayName ?? '',
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

const end = async (tx: Tx, id: string, state: 'sent' | 'failed', reason: string | null, now: Date): Promise<void> => {
  await tx
    .updateTable('outbox')
    .set({ state, done_at: now, leased_until: null, last_error: reason })
    .where('id', '=', id)
    .where('state', '=', 'queued')
    .execute()
}
