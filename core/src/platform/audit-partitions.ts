import { sql, type Db } from './db.ts'

/** Makes the partitions of this month and of the three after it, where they are missing; gives how many were made. To be called daily. */
export const makeAuditPartitions = async (db: Db, now: Date): Promise<number> => {
  const { rows } = await sql<{
    made: number
  }>`select audit_make_partitions(${now.toISOString().slice(0, 10)}::date) as made`.execute(db)
  return rows[0]?.made ?? 0
}

/** True where an event fell outside of every month: an alarm, because its partition was not made in time. */
export const hasStrayAuditEvents = async (db: Db): Promise<boolean> => {
  // By size, because the application's role reads partitions through their parent alone, which would read all of them.
  const { rows } = await sql<{ stray: boolean }>`select pg_relation_size('audit_event_default') > 0 as stray`.execute(db)
  return rows[0]?.stray ?? false
}
