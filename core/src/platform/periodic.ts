import { schedule, type ScheduledTask } from 'node-cron'
import { sql, type Database } from './db.ts'
import type { Log } from './log.ts'

export interface PeriodicWork {
  readonly name: string
  /** Five or six fields of cron. */
  readonly cron: string
  run(): Promise<void>
}

export interface Periodic {
  start(): void
  stop(): Promise<void>
}

/** Runs each piece of work on one process at a time: the others find the advisory lock taken and leave it. */
export const createPeriodic = (options: { work: readonly PeriodicWork[]; database: Database; log: Log }): Periodic => {
  const tasks: ScheduledTask[] = []
  const running = new Set<Promise<void>>()

  const runOnce = async ({ name, run }: PeriodicWork): Promise<void> => {
    try {
      await options.database.transaction(async (tx) => {
        const { rows } = await sql<{ locked: boolean }>`
          select pg_try_advisory_xact_lock(hashtext(${`oco periodic ${name}`})) as locked`.execute(tx)
        if (rows[0]?.locked === true) await run()
      })
    } catch (error) {
      options.log.error({ err: error, work: name }, 'periodic work failed')
    }
  }

  return {
    start() {
      for (const work of options.work) {
        const act = (): void => {
          const run = runOnce(work)
          running.add(run)
          void run.finally(() => running.delete(run))
        }
        tasks.push(schedule(work.cron, act, { name: work.name, noOverlap: true }))
      }
    },
    async stop() {
      for (const task of tasks) await task.destroy()
      await Promise.all(running)
    },
  }
}
