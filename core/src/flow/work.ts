import { agentStore } from '../agents/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Database } from '../platform/db.ts'
import { createDrain } from '../platform/drain.ts'
import type { Log } from '../platform/log.ts'
import type { Wake } from '../platform/wake.ts'
import { createPoolKeeper, readPool } from '../routing/index.ts'
import { WEIGHTS, workStore, type WorkActs } from '../work-items/index.ts'
import type { WorkDeps } from './act-on-work.ts'
import { createAgentPresence, type AgentPresence } from './agent-presence.ts'
import { answerWork } from './answer-work.ts'
import { changeAgent } from './change-agent.ts'
import { completeWork } from './complete-work.ts'
import { expireWork } from './expire-work.ts'
import { handOverWork, type HandOverDeps } from './hand-over-work.ts'
import { offerWork, type Offered } from './offer-work.ts'

export interface WorkOptions {
  readonly database: Database
  readonly wake: Wake
  readonly clock: Clock
  readonly log: Log
  readonly addNote: HandOverDeps['addNote']
  /** What was offered, right after its commit: for benches. */
  readonly onMade?: (made: Offered['made']) => void
}

export interface Work {
  readonly acts: WorkActs
  readonly agents: ReturnType<typeof changeAgent>
  readonly presence: AgentPresence
  /** Offers what waits and follows the clock from now on. Resolves when the pool of agents has been read. */
  start(): Promise<void>
  /** Resolves when every step that has begun is finished. */
  stop(): Promise<void>
  /** Resolves when nothing more can be offered now: for tests. */
  idle(): Promise<void>
}

/** The queue of one process, put together: who may act, and the two drains that make offers and follow the clock. */
export const createWork = ({ database, wake, clock, log, addNote, onMade }: WorkOptions): Work => {
  const weights = Object.values(WEIGHTS)
  const pool = createPoolKeeper({ read: database.read, readPool, weights, clock })
  const deps: WorkDeps = { database, items: workStore, agents: agentStore, pool, clock }

  const expiry = expireWork(deps)
  let lookAt: Date | null = null
  const deadlines = createDrain({
    name: 'deadlines',
    concurrency: 1,
    step: () => expiry.expireDue(),
    nextDueAt: async () => {
      lookAt = await expiry.nextDueAt()
      return lookAt
    },
    clock,
    log,
  })
  /** Most offers stand longer than those before them: the clock is set already. */
  const onOffered = (at: Date): void => {
    if (lookAt !== null && lookAt <= at && lookAt > clock.now()) return
    lookAt = at
    deadlines.wake()
  }

  const offering = offerWork({ ...deps, onOffered })
  const offers = createDrain({
    name: 'offers',
    concurrency: 1,
    step: async () => {
      const { made, more } = await offering.offerNext()
      onMade?.(made)
      return more
    },
    nextDueAt: () => Promise.resolve(offering.nextDueAt()),
    clock,
    log,
  })
  const presence = createAgentPresence({ database, agents: agentStore, clock, log })

  return {
    acts: { ...answerWork(deps), ...completeWork(deps), ...handOverWork({ ...deps, addNote }) },
    agents: changeAgent(deps),
    presence,
    async start() {
      await pool.refresh()
      wake.on('agents', () => pool.doubt())
      wake.on('offers', () => offers.wake())
      wake.on('deadlines', () => deadlines.wake())
      offers.start()
      deadlines.start()
      presence.start()
    },
    async stop() {
      await Promise.all([offers.stop(), deadlines.stop(), presence.stop()])
    },
    idle: () => offers.idle(),
  }
}
