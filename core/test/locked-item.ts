import { sql, type Database } from '../src/platform/db.ts'

/** Locks a work item in a transaction of its own and does nothing to it, as what comes in does; lets go when called. */
export const lockItem = (database: Pick<Database, 'transaction'>, id: string): Promise<() => void> =>
  new Promise((resolve, reject) => {
    database
      .transaction(async (tx) => {
        await sql`select from work_item where id = ${id} for update`.execute(tx)
        await new Promise<void>((letGo) => {
          resolve(letGo)
        })
      })
      .catch(reject)
  })
