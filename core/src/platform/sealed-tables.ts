import { sql, type Database } from './db.ts'

/** Of each table whose texts are sealed, the columns that hold plain ones in rows of before. */
const PLAIN_COLUMNS = {
  message: ['text', 'html', 'delivery_reason'],
  conversation: ['subject', 'preview'],
  draft: ['text', 'html'],
  contact: ['display_name', 'note'],
  contact_address: ['value', 'normalised'],
  outbox: ['recipient', 'recipient_name'],
} as const

/**
 * Writes anew each table that has no plain row left and was not written anew since: the plain texts are in its pages until then. Holds
 * the table for as long as that takes, so it belongs to the night.
 */
export const rewriteSealedTables = async (database: Pick<Database, 'transaction'>, now: Date): Promise<string[]> => {
  const rewritten: string[] = []
  for (const [table, columns] of Object.entries(PLAIN_COLUMNS)) {
    const isDone = await database.transaction(async (tx) => {
      const { rows } = await sql`select from sealed_table where name = ${table} and rewritten_at is null
        and not exists (select from ${sql.table(table)} where ${isPlain(columns)}) for update`.execute(tx)
      if (rows.length === 0) return false
      await sql`set local statement_timeout = 0`.execute(tx)
      await sql`select rewrite_sealed_table(${table})`.execute(tx)
      await sql`update sealed_table set rewritten_at = ${now} where name = ${table}`.execute(tx)
      return true
    })
    if (isDone) rewritten.push(table)
  }
  return rewritten
}

const isPlain = (columns: readonly string[]) =>
  sql.join(
    columns.map((column) => sql`${sql.ref(column)} is not null`),
    sql` or `,
  )
