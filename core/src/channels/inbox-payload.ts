import { CryptoError } from '@oco/security'
import { handOverBlobs } from '../platform/blob-keys.ts'
import type { Blobs } from '../platform/blobs.ts'
import { sql, vaultOf, type Database, type Db, type Tx } from '../platform/db.ts'
import { addressLookup, intakeDay, intakeOwner, isKeysAway, placeIn } from '../platform/vault/index.ts'
import type { InboundAttachment, InboundMessage } from './channel.ts'

export type StoredAttachment = Omit<InboundAttachment, 'bytes'> & { readonly blobId: string; readonly sizeBytes: number }
type Stored<M> = M extends { kind: 'message' }
  ? Omit<M, 'attachments' | 'sentAt'> & { readonly attachments: readonly StoredAttachment[]; readonly sentAt: string | null }
  : M
/** An inbound message as its row keeps it: bytes in blobs, moments as text. */
export type StoredInbound = Stored<InboundMessage>

type WholeMessage = Extract<InboundMessage, { kind: 'message' }>

export const storedMessage = (message: WholeMessage, attachments: readonly StoredAttachment[]): Stored<WholeMessage> => ({
  ...message,
  attachments,
  sentAt: message.sentAt?.toISOString() ?? null,
})

const blobIdsOf = (payload: StoredInbound): string[] =>
  payload.kind === 'bounce' ? [] : payload.attachments.map(({ blobId }) => blobId)

export const PAYLOAD = ['payload', 'sealed_payload', sql<string | null>`intake_day::text`.as('intake_day')] as const
export const NO_PAYLOAD = { payload: null, sealed_payload: null, intake_day: null, blob_ids: [], upload_ids: [] }

const payloadPlace = (id: string) => placeIn('inbox', 'payload', id)

export const sealedPayload = async (tx: Tx, { id, payload, now }: { id: string; payload: StoredInbound; now: Date }) => {
  const day = intakeDay(now)
  const sealer = await vaultOf(tx).sealerFor('intake', [day])
  return {
    payload: null,
    sealed_payload: await sealer.sealLong(day, payloadPlace(id), JSON.stringify(payload, storable)),
    intake_day: day,
    blob_ids: blobIdsOf(payload),
    upload_ids: payload.kind === 'bounce' ? [] : [...payload.uploadIds],
  }
}

export interface PayloadRow {
  readonly id: string
  readonly payload: unknown
  readonly sealed_payload: Buffer | null
  readonly intake_day: string | null
}

/** What `sealedPayload` has sealed; in a row of before, what was written then. */
export const openPayload = async (
  tx: Tx,
  { id, payload, sealed_payload: sealed, intake_day: day }: PayloadRow,
): Promise<StoredInbound> => {
  if (sealed === null || day === null) return payload as StoredInbound
  const opened = await (await vaultOf(tx).sealer('intake', [day])).openLong(day, payloadPlace(id), sealed)
  if (opened === null) throw new CryptoError('key_destroyed', `the key of ${day} was destroyed, and what came in then with it`)
  return JSON.parse(opened) as StoredInbound
}

/** So many rows of before are sealed in one transaction. */
const SEALED_AT_ONCE = 20

/**
 * Seals some rows that came in before there was a vault and wait still, or were set aside, with their files; true where there may be
 * more.
 */
export const sealOldPayloads = async (tx: Tx, blobs: Pick<Blobs, 'copy' | 'remove'>, now: Date): Promise<boolean> => {
  const rows = await tx
    .selectFrom('inbox')
    .select('id')
    .select(PAYLOAD)
    .where('payload', 'is not', null)
    .limit(SEALED_AT_ONCE)
    .forUpdate()
    .skipLocked()
    .execute()
  for (const row of rows) {
    const plain = await openPayload(tx, row)
    const payload = plain.kind === 'bounce' ? plain : { ...plain, attachments: await copied(tx, blobs, plain.attachments, now) }
    await tx
      .updateTable('inbox')
      .set(await sealedPayload(tx, { id: row.id, payload, now }))
      .where('id', '=', row.id)
      .execute()
    await blobs.remove(tx, blobIdsOf(plain))
  }
  return rows.length > 0
}

const copied = async (
  tx: Tx,
  blobs: Pick<Blobs, 'copy'>,
  files: readonly StoredAttachment[],
  now: Date,
): Promise<StoredAttachment[]> => {
  const copies: StoredAttachment[] = []
  for (const file of files) copies.push({ ...file, blobId: (await blobs.copy(tx, file.blobId, intakeOwner(now))).id })
  return copies
}

/** The same for letters that could not be read: their bytes. */
export const sealOldLetters = async (tx: Tx, blobs: Pick<Blobs, 'copy' | 'remove'>, now: Date): Promise<boolean> => {
  const { rows } = await sql<{ id: string; raw_blob_id: string }>`
    select inbox.id, inbox.raw_blob_id from inbox join blob on blob.id = inbox.raw_blob_id
    where blob.sealed_key is null limit 1 for update of inbox skip locked`.execute(tx)
  for (const { id, raw_blob_id: plainId } of rows) {
    const copy = await blobs.copy(tx, plainId, intakeOwner(now))
    await tx.updateTable('inbox').set({ raw_blob_id: copy.id }).where('id', '=', id).execute()
    await blobs.remove(tx, [plainId])
  }
  return rows.length > 0
}

/** So much of what waits, or was set aside, is looked through at once for what an erased contact has sent. */
const LOOKED_AT_ONCE = 200

/**
 * Removes what has come in of these addresses and no conversation has got: it waits, or was set aside after it was read. A letter that
 * could not be read says of nobody whose it is. Answers the blobs of its files.
 */
export const forgetArrivals = async (tx: Tx, lookups: readonly Buffer[], now: Date): Promise<string[]> => {
  const blobIds: string[] = []
  const { living } = await vaultOf(tx).indexes()
  const wanted = new Set(lookups.map((lookup) => lookup.toString('hex')))
  let after = ''
  for (;;) {
    const rows = await tx
      .selectFrom('inbox')
      .select(['id', 'blob_ids'])
      .select(PAYLOAD)
      .where(sql<boolean>`(payload is not null or sealed_payload is not null)`)
      .where(sql<boolean>`id::text > ${after}`)
      .orderBy(sql`id::text`)
      .limit(LOOKED_AT_ONCE)
      .forUpdate()
      .execute()
    for (const row of rows) {
      after = row.id
      const payload = await openIfPossible(tx, row)
      if (payload === null || payload.kind === 'bounce') continue
      const senders = [payload.from, ...payload.alsoKnownAs]
      if (!senders.some((sender) => living.some((index) => wanted.has(addressLookup(index, sender).toString('hex'))))) continue
      const gone = { state: 'done', reason: 'erased', done_at: now, ...NO_PAYLOAD }
      await tx.updateTable('inbox').set(gone).where('id', '=', row.id).execute()
      blobIds.push(...row.blob_ids)
    }
    if (rows.length < LOOKED_AT_ONCE) return blobIds
  }
}

/** What no contact has got by then is sealed anew under the key of a later day, so that keys of days do not outlive it. */
const DAY_KEY_MS = 2 * 24 * 3_600_000

/** Before it, keys of days are to be drained. */
export const drainedBefore = (now: Date): string => intakeDay(new Date(now.getTime() - DAY_KEY_MS))

/** Of the days, those under whose keys nothing lies any more. */
export const drainedDays = async (db: Db, days: readonly string[]): Promise<string[]> => {
  const { rows } = await sql<{ day: string }>`
    select day from unnest(${days}::text[]) as day
    where not exists (select from inbox where intake_day = day::date)
      and not exists (select from blob where owner_kind = 'intake' and owner_name = day and sealed_key is not null)`.execute(db)
  return rows.map(({ day }) => day)
}

/** Null: its key was destroyed, or it is not what was sealed. It waits, or lies set aside, and stops nobody. */
const openIfPossible = async (tx: Tx, row: PayloadRow): Promise<StoredInbound | null> => {
  try {
    return await openPayload(tx, row)
  } catch (error) {
    if (isKeysAway(error) || !(error instanceof CryptoError)) throw error
    return null
  }
}

/** After an id, so that what cannot be opened is passed over; null at the end. */
type Step = (tx: Tx, after: string) => Promise<string | null>

/** Brings what lies under the keys of past days under this day's, some in each transaction. */
export const renewIntake = async (database: Pick<Database, 'transaction'>, now: Date): Promise<void> => {
  const before = drainedBefore(now)
  const steps: Step[] = [
    (tx, after) => renewPayloads(tx, { after, before, now }),
    (tx, after) => renewFiles(tx, { after, before, now }),
  ]
  for (const step of steps) {
    for (let after: string | null = ''; after !== null;) {
      const from: string = after
      after = await database.transaction((tx) => step(tx, from))
    }
  }
}

interface Renewal {
  readonly after: string
  readonly before: string
  readonly now: Date
}

const renewPayloads = async (tx: Tx, { after, before, now }: Renewal): Promise<string | null> => {
  const rows = await tx
    .selectFrom('inbox')
    .select(['id'])
    .select(PAYLOAD)
    .where('intake_day', '<', sql<Date>`${before}::date`)
    .where(sql<boolean>`id::text > ${after}`)
    .orderBy(sql`id::text`)
    .limit(SEALED_AT_ONCE)
    .forUpdate()
    .skipLocked()
    .execute()
  for (const row of rows) {
    const payload = await openIfPossible(tx, row)
    if (payload === null) continue
    const sealed = await sealedPayload(tx, { id: row.id, payload, now })
    await tx.updateTable('inbox').set(sealed).where('id', '=', row.id).execute()
  }
  return rows.at(-1)?.id ?? null
}

const renewFiles = async (tx: Tx, { after, before, now }: Renewal): Promise<string | null> => {
  const { rows } = await sql<{ id: string }>`
    select id from blob where owner_kind = 'intake' and owner_name < ${before} and id::text > ${after}
    order by id::text limit ${SEALED_AT_ONCE}`.execute(tx)
  await handOverBlobs(
    tx,
    rows.map(({ id }) => id),
    intakeOwner(now),
  )
  return rows.at(-1)?.id ?? null
}

/** PostgreSQL keeps neither U+0000 nor half of a surrogate pair in jsonb; senders sometimes send them. */
const storable = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('\u0000', '').replace(/\p{Cs}/gu, '\ufffd') : value
