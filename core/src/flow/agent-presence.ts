import { CONNECTION_LEASE_MS, CONNECTION_RENEW_MS, type AgentStore } from '../agents/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/errors.ts'
import { wake, type Database } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'

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
  const { database, agents, clock, log } = deps
  const pages = new Map<string, number>()
  let renewal: NodeJS.Timeout | null = null
  /** Writes go one after the other, so that a page that comes back at once is not overtaken by its own going. */
  let writing: Promise<void> = Promise.resolve()

  const write = (personIds: readonly string[], connected: boolean): void => {
    writing = writing.then(async () => {
      const until = new Date(clock.now().getTime() + (connected ? CONNECTION_LEASE_MS : 0))
      try {
        await database.transaction(async (tx) => {
          await agents.setConnectedUntil(tx, personIds, until)
          if (!connected) wake(tx, 'deadlines')
        })
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'who is connected could not be written')
      }
    })
  }

  return {
    agentConnected(personId) {
      const count = (pages.get(personId) ?? 0) + 1
      pages.set(personId, count)
      if (count === 1) write([personId], true)
    },
    agentDisconnected(personId) {
      const count = (pages.get(personId) ?? 0) - 1
      if (count > 0) {
        pages.set(personId, count)
        return
      }
      pages.delete(personId)
      write([personId], false)
    },
    start() {
      renewal = setInterval(() => {
        if (pages.size > 0) write([...pages.keys()], true)
      }, CONNECTION_RENEW_MS)
    },
    async stop() {
      if (renewal !== null) clearInterval(renewal)
      await writing
    },
  }
}
