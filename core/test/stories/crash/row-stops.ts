import pg from 'pg'
import { eventually } from '../../eventually.ts'
import { ROW_STEPS, type RowStep } from './steps.ts'

/** Any number that the product does not use itself. */
const LOCK_CLASS = 7_411
/** Nobody looks for longer; whoever waits for it gives up before. */
const LOOKS_FOR_MS = 90_000

/** Makes core wait inside the transaction of a named step: the row is written there, and nothing is committed. */
export interface RowStops {
  /** Whoever comes to this step from now on waits there. */
  hold(step: RowStep): Promise<void>
  /** Resolves when somebody waits there. */
  reached(step: RowStep): Promise<void>
  /** Whoever waits goes on, as far as it still lives. */
  letGo(step: RowStep): Promise<void>
  stop(): Promise<void>
}

/** The triggers take a shared advisory lock that nobody keeps from them until a step is to be held. */
export const installRowStops = async (ownerUrl: string): Promise<RowStops> => {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'crash story' })
  await client.connect()
  await client.query(`create function story_stop() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(${LOCK_CLASS}, tg_argv[0]::integer);
      return null;
    end $$`)
  for (const [index, { table, on, when }] of ROW_STEPS.entries()) {
    const condition = when === undefined ? '' : `when (${when})`
    await client.query(`create trigger story_stop_${index} after ${on} on ${table}
      for each row ${condition} execute function story_stop(${index})`)
  }
  const lock = (step: RowStep): [number, number] => [LOCK_CLASS, ROW_STEPS.indexOf(step)]
  return {
    async hold(step) {
      await client.query('select pg_advisory_lock($1, $2)', lock(step))
    },
    async reached(step) {
      await eventually(async () => {
        const { rowCount } = await client.query(
          `select from pg_locks where locktype = 'advisory' and classid = $1 and objid = $2 and not granted`,
          lock(step),
        )
        return rowCount === 0 ? null : true
      }, LOOKS_FOR_MS)
    },
    async letGo(step) {
      await client.query('select pg_advisory_unlock($1, $2)', lock(step))
    },
    stop: () => client.end(),
  }
}
