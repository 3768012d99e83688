import type { Clock } from '../kernel/clock.ts'
import type { Db } from '../platform/db.ts'
import { AgentPool, type AgentLoad, type PoolAgent } from './agent-pool.ts'

/** A pool in doubt is read anew at most so often; between, it may be behind, which costs a retry. */
export const REFRESH_MS = 250
/** A pool is read anew after so long even without doubt, in case another process's notice was lost. */
export const POOL_AGE_MAX_MS = 10_000

export interface PoolKeeper {
  readonly pool: AgentPool
  /** Loads as a transaction of this process has left them; to be called after its commit. */
  patch(loads: readonly AgentLoad[]): void
  /** Somebody else changed something. */
  doubt(): void
  /** Reads the pool anew where that is due. Resolves at once otherwise. */
  settle(): Promise<void>
  /** Reads the pool anew. */
  refresh(): Promise<void>
  /** When `settle` should be called again although nothing happens; null where the pool is believed to be right. */
  dueAt(now: Date): Date | null
}

export const createPoolKeeper = (options: {
  read: Db
  readPool: (db: Db) => Promise<readonly PoolAgent[]>
  weights: readonly number[]
  clock: Clock
}): PoolKeeper => {
  const pool = new AgentPool(options.weights)
  let inDoubt = true
  let readAtMs = Number.NEGATIVE_INFINITY

  const refresh = async (): Promise<void> => {
    // What changes while we read puts it in doubt again.
    inDoubt = false
    readAtMs = options.clock.monotonicMs()
    try {
      pool.replaceAll(await options.readPool(options.read))
    } catch (error) {
      inDoubt = true
      throw error
    }
  }

  return {
    pool,
    patch(loads) {
      for (const load of loads) if (!pool.patch(load)) inDoubt = true
    },
    doubt() {
      inDoubt = true
    },
    async settle() {
      const ageMs = options.clock.monotonicMs() - readAtMs
      if ((inDoubt && ageMs >= REFRESH_MS) || ageMs >= POOL_AGE_MAX_MS) await refresh()
    },
    refresh,
    dueAt: (now) => (inDoubt ? new Date(now.getTime() + REFRESH_MS) : null),
  }
}
