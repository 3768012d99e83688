import { sql, type Db } from '../src/platform/db.ts'

/** Says that this database may have plain rows of before there was a vault: the test writes some. */
export const writtenBeforeVault = async (db: Db): Promise<void> => {
  await sql`update sealed_table set rewritten_at = null`.execute(db)
}
