import { sql, vaultOf, type Database, type Db } from './db.ts'
import type { Vault } from './vault/index.ts'

/** Of each table whose rows are sealed, whether there are plain ones of before. */
const PLAIN = {
  message: sql`select from message where text is not null or html is not null or delivery_reason is not null`,
  conversation: sql`select from conversation where subject is not null or preview is not null`,
  draft: sql`select from draft where text is not null or html is not null`,
  contact: sql`select from contact where display_name is not null or note is not null`,
  contact_address: sql`select from contact_address where value is not null or normalised is not null`,
  outbox: sql`select from outbox where recipient is not null or recipient_name is not null`,
  inbox: sql`select from inbox where payload is not null`,
  attachment: sql`select from attachment where file_name is not null`,
  webchat_visit: sql`select from webchat_visit where name is not null`,
  blob_chunk: sql`select from blob where sealed_key is null and place = 'table'`,
} as const

export type SealedTable = keyof typeof PLAIN

/** Nothing is written in plain text any more: a table that was found without stays so. */
const knownSealed = new WeakMap<Vault, Set<SealedTable>>()

/**
 * Whether any of the tables may have plain rows of before. Whoever looks for something in plain text asks first: a statement's values may
 * stand in the log of the server.
 */
export const mayBePlain = async (db: Db, tables: readonly SealedTable[]): Promise<boolean> => {
  const vault = vaultOf(db)
  const known = knownSealed.get(vault) ?? new Set<SealedTable>()
  knownSealed.set(vault, known)
  const asked = tables.filter((table) => !known.has(table))
  if (asked.length === 0) return false
  const { rows } = await sql<{ name: SealedTable }>`
    select name from sealed_table where rewritten_at is null and name = any(${asked})`.execute(db)
  const plain = new Set(rows.map(({ name }) => name))
  for (const table of asked) if (!plain.has(table)) known.add(table)
  return plain.size > 0
}

/**
 * Writes anew each table that has no plain row left and was not written anew since: the plain texts are in its pages until then. Holds
 * the table for as long as that takes, so it belongs to the night.
 */
export const rewriteSealedTables = async (database: Pick<Database, 'transaction'>, now: Date): Promise<string[]> => {
  const rewritten: string[] = []
  for (const [table, plain] of Object.entries(PLAIN)) {
    const isDone = await database.transaction(async (tx) => {
      const { rows } = await sql`select from sealed_table where name = ${table} and rewritten_at is null
        and not exists (${plain}) for update`.execute(tx)
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
