import type { Db, Tx } from '../platform/db.ts'
import type { Named } from './skill-store.ts'

/** Those that are offered; removed ones stay on the items that have them. */
export const listDispositions = (db: Db): Promise<Named[]> =>
  db.selectFrom('disposition').select(['id', 'name']).where('removed_at', 'is', null).orderBy('name').execute()

/** Throws the server's `disposition_name_unique`. */
export const insertDisposition = async (tx: Tx, disposition: Named & { demo: boolean }): Promise<void> => {
  await tx.insertInto('disposition').values(disposition).execute()
}

/** False where it is not offered (any more). */
export const removeDisposition = async (tx: Tx, id: string, now: Date): Promise<boolean> => {
  const result = await tx
    .updateTable('disposition')
    .set({ removed_at: now })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
