import assert from 'node:assert/strict'
import { Logger, run as runWorker } from 'graphile-worker'
import pg from 'pg'
import PgBoss from 'pg-boss'
import { systemClock } from '../../src/kernel/clock.ts'
import { POOL_SIZE_DEFAULT } from '../../src/platform/db.ts'
import { Line } from './line.ts'
import { atOnce, CONCURRENCY, IDLE_TIMEOUT_MS, type Contender, type Round } from './world.ts'

/** Notes each job that is done, and ends the round with the last. A second time for the same job is an error. */
class Tally {
  readonly #seen = new Set<number>()
  readonly #items: number
  readonly done: Promise<void>
  #finish: () => void = () => undefined

  constructor(items: number) {
    this.#items = items
    this.done = new Promise((resolve) => (this.#finish = resolve))
  }

  get isFull(): boolean {
    return this.#seen.size === this.#items
  }

  note(index: number): void {
    assert.ok(!this.#seen.has(index), `job ${index} came twice`)
    this.#seen.add(index)
    if (this.isFull) this.#finish()
  }
}

const indexes = (items: number): number[] => Array.from({ length: items }, (_, index) => index)
const timed = async (work: () => Promise<unknown>): Promise<Round> => {
  const startMs = systemClock.monotonicMs()
  await work()
  return { seconds: (systemClock.monotonicMs() - startMs) / 1_000, offerCommits: 0 }
}

const QUEUE = 'bench'

/**
 * pg-boss, one job at a time: send, fetch, complete. Its own workers poll, so the hands here are told of each job that has been sent, as
 * ours are of each offer: nobody looks into an empty queue, and nobody waits. Filling it beforehand would slow it down: a fetch sorts
 * all that wait.
 */
export const startPgBoss = async (url: string): Promise<Contender> => {
  const connection = { connectionString: url, max: POOL_SIZE_DEFAULT, idleTimeoutMillis: IDLE_TIMEOUT_MS }
  const boss = new PgBoss({ ...connection, supervise: false, schedule: false })
  const errors: unknown[] = []
  boss.on('error', (error) => errors.push(error))
  await boss.start()
  await boss.createQueue(QUEUE)

  const hand = async (sent: Line<true>, tally: Tally): Promise<void> => {
    while (!tally.isFull && (await sent.take()) !== null) {
      const [job] = await boss.fetch<{ index: number }>(QUEUE)
      if (job === undefined) {
        // Its row was passed over because another hand was at it: it is there still.
        sent.put(true)
        continue
      }
      await boss.complete(QUEUE, job.id)
      tally.note(job.data.index)
      if (tally.isFull) sent.letGo()
    }
  }
  return {
    async run(items) {
      const tally = new Tally(items)
      const sent = new Line<true>()
      const send = async (index: number): Promise<void> => {
        await boss.send(QUEUE, { index })
        sent.put(true)
      }
      const round = await timed(() =>
        Promise.all([atOnce(indexes(items), send), ...Array.from({ length: CONCURRENCY }, () => hand(sent, tally))]),
      )
      assert.deepEqual(errors, [])
      return round
    },
    stop: () => boss.stop({ graceful: false }),
  }
}

/** graphile-worker with its own runner: it is told of each job, and takes and completes one at a time. */
export const startGraphileWorker = async (url: string): Promise<Contender> => {
  const pgPool = new pg.Pool({ connectionString: url, max: POOL_SIZE_DEFAULT, idleTimeoutMillis: IDLE_TIMEOUT_MS })
  // It asks for both, and ends with an error where one is called.
  const fail = (error: Error): never => {
    throw error
  }
  pgPool.on('error', fail)
  pgPool.on('connect', (client) => client.on('error', fail))
  let tally = new Tally(0)
  const runner = await runWorker({
    pgPool,
    concurrency: CONCURRENCY,
    noHandleSignals: true,
    logger: new Logger(() => () => undefined),
    taskList: {
      [QUEUE]: (payload) => {
        tally.note((payload as { index: number }).index)
      },
    },
  })
  const left = async (): Promise<number> => {
    const { rows } = await pgPool.query<{ count: number }>('select count(*)::integer as count from graphile_worker._private_jobs')
    return rows[0]?.count ?? -1
  }
  return {
    async run(items) {
      const current = new Tally(items)
      tally = current
      const round = await timed(() =>
        Promise.all([atOnce(indexes(items), (index) => runner.addJob(QUEUE, { index })), current.done]),
      )
      // The last few are being completed still.
      for (let tries = 0; (await left()) > 0; tries++) {
        assert.ok(tries < 100, 'jobs are left')
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      return round
    },
    async stop() {
      await runner.stop()
      await pgPool.end()
    },
  }
}
