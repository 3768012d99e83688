import { sql, type Db, type Tx } from '../platform/db.ts'

/** A destruction: nothing in it tells who the person was. */
export interface Act {
  readonly contactId: string
  /** Of the contact and its visits. */
  readonly keyNames: readonly string[]
  readonly requestedAt: Date
  /** `YYYY-MM-DD`: from this day on no backup brings the data back. */
  readonly unreadableFrom: string
}

/** Puts an act down before anything is destroyed; a repeated one goes on with the same. */
export const beginErasure = async (tx: Tx, act: Act): Promise<void> => {
  await tx
    .insertInto('erasure')
    .values({
      contact_id: act.contactId,
      key_names: [...act.keyNames],
      requested_at: act.requestedAt,
      unreadable_from: act.unreadableFrom,
    })
    .onConflict((conflict) => conflict.column('contact_id').doUpdateSet({ done_at: null, key_names: [...act.keyNames] }))
    .execute()
}

export const endErasure = async (tx: Tx, contactId: string, now: Date): Promise<void> => {
  await tx.updateTable('erasure').set({ done_at: now }).where('contact_id', '=', contactId).execute()
}

const ACT = sql<Act>`contact_id as "contactId", key_names as "keyNames", requested_at as "requestedAt",
  unreadable_from::text as "unreadableFrom"`

/** All acts of this database, those that were not carried out to the end first. */
export const actsInDatabase = async (db: Db): Promise<(Act & { readonly isDone: boolean })[]> => {
  const { rows } = await sql<Act & { isDone: boolean }>`
    select ${ACT}, done_at is not null as "isDone" from erasure order by done_at is not null, requested_at`.execute(db)
  return rows
}

export const wasErasedSince = async (db: Db, since: Date): Promise<boolean> => {
  const { rows } = await sql`select from erasure where done_at >= ${since} limit 1`.execute(db)
  return rows.length > 0
}

/** Of these keys, those whose contacts still have something here: their destruction is newer than what was restored. */
export const comeBack = async (db: Db, keyNames: readonly string[]): Promise<string[]> => {
  if (keyNames.length === 0) return []
  const { rows } = await sql<{ id: string }>`
    select id from contact where id = any(${keyNames}::uuid[]) and erased_at is null`.execute(db)
  return rows.map(({ id }) => id)
}
