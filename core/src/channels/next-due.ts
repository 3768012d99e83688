import { sql, type Db } from '../platform/db.ts'

/** When the earliest row that is not due yet becomes due, of those that wait; null where none does. The drain's timer is set to it. */
export const nextDueAt = async (
  db: Db,
  { table, state, now }: { table: 'inbox'; state: 'new'; now: Date } | { table: 'outbox'; state: 'queued'; now: Date },
): Promise<Date | null> => {
  const { rows } = await sql<{ due_at: Date }>`
    select due_at from ${sql.table(table)} where state = ${state} and due_at > ${now} order by due_at limit 1`.execute(db)
  return rows[0]?.due_at ?? null
}
