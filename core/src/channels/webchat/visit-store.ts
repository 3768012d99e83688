import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { newId } from '../../kernel/ids.ts'
import { vaultOf, type Db, type Tx } from '../../platform/db.ts'
import { placeIn } from '../../platform/vault/index.ts'
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
      ...(await sealedForm(tx, visitId, {
        name: visit.name,
        email: visit.email,
        consentText: visit.consent.text,
        pageUrl: visit.pageUrl,
      })),
      consent_version: visit.consent.version,
      consent_at: now,
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
    .select([...VISIT_COLUMNS, 'secret_hash'])
    .where('id', '=', key.visitId)
    .where('channel_id', '=', key.channelId)
    .executeTakeFirst()
  if (row === undefined || !timingSafeEqual(row.secret_hash, hashOf(secret))) return null
  return visitOf(db, key, row)
}

/** A visit by its id, for what the product itself does with it. */
export const findVisit = async (db: Db, visitId: string): Promise<Visit | null> => {
  const row = await db
    .selectFrom('webchat_visit')
    .select([...VISIT_COLUMNS, 'channel_id'])
    .where('id', '=', visitId)
    .executeTakeFirst()
  return row === undefined ? null : visitOf(db, { channelId: row.channel_id, visitId }, row)
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

/** What a visitor agreed to, as it was; null where there is no such visit, or it was erased. */
export const consentOf = async (db: Db, visitId: string): Promise<Consent | null> => {
  const row = await db
    .selectFrom('webchat_visit')
    .select([...VISIT_COLUMNS, 'consent_version', 'consent_at'])
    .where('id', '=', visitId)
    .executeTakeFirst()
  const form = row === undefined ? null : await formOf(db, visitId, row)
  if (row === undefined || form === null) return null
  return { text: form.consentText, version: row.consent_version, at: row.consent_at, pageUrl: form.pageUrl }
}

interface Consent {
  readonly text: string
  readonly version: number
  readonly at: Date
  readonly pageUrl: string | null
}

const VISIT_COLUMNS = ['name', 'email', 'consent_text', 'page_url', 'sealed_form', 'last_seen_at', 'received_sequence'] as const

interface VisitRow extends FormRow {
  readonly last_seen_at: Date
  readonly received_sequence: number
}

interface FormRow {
  readonly name: string | null
  readonly email: string | null
  readonly consent_text: string | null
  readonly page_url: string | null
  readonly sealed_form: Buffer | null
}

const visitOf = async (db: Db, key: VisitKey, row: VisitRow): Promise<Visit> => {
  const form = await formOf(db, key.visitId, row)
  return {
    ...key,
    name: form?.name ?? '',
    email: form?.email ?? null,
    lastSeenAt: row.last_seen_at,
    receivedSequence: row.received_sequence,
  }
}

const form = z.object({
  name: z.string(),
  email: z.string().nullable(),
  consentText: z.string(),
  pageUrl: z.string().nullable(),
})
type Form = z.output<typeof form>

const formPlace = (visitId: string) => placeIn('webchat_visit', 'form', visitId)

/** A visit has a key of its own: who its contact is, is known later, and may never be. */
const sealedForm = async (tx: Tx, visitId: string, filled: Form) => ({
  name: null,
  email: null,
  consent_text: null,
  page_url: null,
  sealed_form: (await vaultOf(tx).sealerFor('subject', [visitId])).seal(visitId, formPlace(visitId), JSON.stringify(filled)),
})

/** Null where it was erased. */
const formOf = async (db: Db, visitId: string, row: FormRow): Promise<Form | null> => {
  if (row.sealed_form === null) {
    return { name: row.name ?? '', email: row.email, consentText: row.consent_text ?? '', pageUrl: row.page_url }
  }
  const opened = (await vaultOf(db).sealer('subject', [visitId])).open(visitId, formPlace(visitId), row.sealed_form)
  return opened === null ? null : form.parse(JSON.parse(opened))
}

/** Removes visits whose contact was erased: their pages find themselves strangers. */
export const forgetVisits = async (tx: Tx, visitIds: readonly string[]): Promise<void> => {
  if (visitIds.length > 0) await tx.deleteFrom('webchat_visit').where('id', 'in', visitIds).execute()
}

/** So many rows of before are sealed in one transaction. */
const SEALED_AT_ONCE = 100

/** Seals some visits of before; true where there may be more. */
export const sealOldVisits = async (tx: Tx): Promise<boolean> => {
  const rows = await tx
    .selectFrom('webchat_visit')
    .select([...VISIT_COLUMNS, 'id'])
    .where('name', 'is not', null)
    .orderBy('id')
    .limit(SEALED_AT_ONCE)
    .forUpdate()
    .skipLocked()
    .execute()
  for (const row of rows) {
    const filled = await formOf(tx, row.id, row)
    if (filled === null) continue
    await tx
      .updateTable('webchat_visit')
      .set(await sealedForm(tx, row.id, filled))
      .where('id', '=', row.id)
      .execute()
  }
  return rows.length > 0
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()
