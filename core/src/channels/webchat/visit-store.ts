import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { newId } from '../../kernel/ids.ts'
import type { Db, Tx } from '../../platform/db.ts'
import type { VisitKey } from './product.ts'

const SECRET_BYTES = 32

export interface Visit extends VisitKey {
  readonly name: string
  readonly email: string | null
  readonly lastSeenAt: Date
  readonly receivedSequence: number
}

export interface NewVisit {
  readonly channelId: string
  readonly name: string
  readonly email: string | null
  readonly consent: { readonly text: string; readonly version: number }
  readonly pageUrl: string | null
}

/** Makes a visit. Its secret is told this once; the database keeps its hash. */
export const addVisit = async (tx: Tx, visit: NewVisit, now: Date): Promise<{ visitId: string; secret: string }> => {
  const visitId = newId(now)
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  await tx
    .insertInto('webchat_visit')
    .values({
      id: visitId,
      channel_id: visit.channelId,
      secret_hash: hashOf(secret),
      name: visit.name,
      email: visit.email,
      consent_text: visit.consent.text,
      consent_version: visit.consent.version,
      consent_at: now,
      page_url: visit.pageUrl,
      started_at: now,
      last_seen_at: now,
    })
    .execute()
  return { visitId, secret }
}

/** The visit of this channel whose secret this is; null where there is none: which of them was wrong is not told. */
export const openVisit = async (db: Db, key: VisitKey, secret: string): Promise<Visit | null> => {
  const row = await db
    .selectFrom('webchat_visit')
    .select(['name', 'email', 'last_seen_at', 'received_sequence', 'secret_hash'])
    .where('id', '=', key.visitId)
    .where('channel_id', '=', key.channelId)
    .executeTakeFirst()
  if (row === undefined || !timingSafeEqual(row.secret_hash, hashOf(secret))) return null
  return visitOf(key, row)
}

/** A visit by its id, for what the product itself does with it. */
export const findVisit = async (db: Db, visitId: string): Promise<Visit | null> => {
  const row = await db
    .selectFrom('webchat_visit')
    .select(['channel_id', 'name', 'email', 'last_seen_at', 'received_sequence'])
    .where('id', '=', visitId)
    .executeTakeFirst()
  return row === undefined ? null : visitOf({ channelId: row.channel_id, visitId }, row)
}

export const markSeen = async (db: Db, visitIds: readonly string[], now: Date): Promise<void> => {
  if (visitIds.length === 0) return
  await db
    .updateTable('webchat_visit')
    .set({ last_seen_at: now })
    .where('id', 'in', visitIds)
    .where('last_seen_at', '<', now)
    .execute()
}

/** Several pages may show one visit: the furthest of them counts. */
export const markReceived = async (db: Db, visitId: string, sequence: number, now: Date): Promise<void> => {
  await db
    .updateTable('webchat_visit')
    .set({ received_sequence: sequence, last_seen_at: now })
    .where('id', '=', visitId)
    .where('received_sequence', '<', sequence)
    .execute()
}

interface VisitRow {
  readonly name: string
  readonly email: string | null
  readonly last_seen_at: Date
  readonly received_sequence: number
}

const visitOf = (key: VisitKey, row: VisitRow): Visit => ({
  ...key,
  name: row.name,
  email: row.email,
  lastSeenAt: row.last_seen_at,
  receivedSequence: row.received_sequence,
})

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()
