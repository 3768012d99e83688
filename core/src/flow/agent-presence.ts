import { CONNECTION_LEASE_MS, CONNECTION_RENEW_MS, type AgentStore } from '../agents/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/errors.ts'
import { wake, type Database } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'

/** So many agents' rows are locked by one write. */
const WRITTEN_MAX = 200

export interface AgentPresence {
  /** One more page of this person is connected to this process. */
  agentConnected(personId: string): void
  /** One page less. After the last one the agent has a grace time to come back. */
  agentDisconnected(personId: string): void
  start(): void
  /** Resolves when what was begun is written. */
  stop(): Promise<void>
}

/**
 * Keeps in the database until when each agent's page is connected. Every process renews its own; where a page is connected to two
 * processes the later time wins within one renewal, which is shorter than the grace time. A write that fails is made up for by the next.
 */
export const createAgentPresence = (deps: { database: Database; agents: AgentStore; clock: Clock; log: Log }): AgentPresence => {
  const { clock, log } = deps
  const pages = new Map<string, number>()
  /** What is to be written of whom; what comes later replaces what was not written yet. */
  const due = new Map<string, boolean>()
  let renewal: NodeJS.Timeout | null = null
  let writing: Promise<void> | null = null

  /** One write after the other, so that a page that comes back at once is not overtaken by its own going. */
  const writeAll = async (): Promise<void> => {
    // Whoever else comes or goes in this turn is written together with the first.
    await Promise.resolve()
    while (due.size > 0) {
      const connected = [...due.values()][0] === true
      const personIds = [...due].filter(([, value]) => value === connected).map(([personId]) => personId)
      const some = personIds.slice(0, WRITTEN_MAX)
      for (const personId of some) due.delete(personId)
      try {
        await write(deps, some, new Date(clock.now().getTime() + (connected ? CONNECTION_LEASE_MS : 0)))
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'who is connected could not be written')
      }
    }
    writing = null
  }
  const note = (personIds: Iterable<string>, connected: boolean): void => {
    for (const personId of personIds) due.set(personId, connected)
    writing ??= writeAll()
  }

  return {
    agentConnected(personId) {
      const count = (pages.get(personId) ?? 0) + 1
      pages.set(personId, count)
      if (count === 1) note([personId], true)
    },
    agentDisconnected(personId) {
      const count = (pages.get(personId) ?? 0) - 1
      if (count > 0) {
        pages.set(personId, count)
        return
      }
      pages.delete(personId)
      note([personId], false)
    },
    start() {
      renewal = setInterval(() => {
        if (pages.size > 0) note(pages.keys(), true)
      }, CONNECTION_RENEW_MS)
    },
    async stop() {
      if (renewal !== null) clearInterval(renewal)
      await writing
    },
  }
}

/** The clock's drain must look again where a connection ended sooner than it was to. */
const write = (deps: { database: Database; agents: AgentStore }, personIds: readonly string[], until: Date): Promise<void> =>
  deps.database.transaction(async (tx) => {
    await deps.agents.setConnectedUntil(tx, personIds, until)
    wake(tx, 'deadlines')
  })
