import type { AgentStateChange } from '@oco/contract'
import type { Origin } from '@oco/security'
import { enterState, reasonOf, type ChangedAgent } from '../agents/index.ts'
import { Failure } from '../kernel/errors.ts'
import { afterCommit, wake, type Tx } from '../platform/db.ts'
import { act, type WorkDeps } from './act-on-work.ts'

export type NewAgentState = Parameters<typeof enterState>[2]

/**
 * Changes an agent's state in the caller's transaction; whoever is not ready is offered nothing any more. Null where nothing
 * changed. Holds the agent's row from then on, so it takes items only where nobody else is moving them.
 */
export const enterAgentState = async (deps: WorkDeps, tx: Tx, by: Origin, next: NewAgentState): Promise<ChangedAgent | null> => {
  const changed = await enterState(tx, by, next, deps.agents)
  if (changed === null) return null
  afterCommit(tx, () => {
    deps.pool.patch([changed])
  })
  if (changed.state !== 'ready') await withdrawOffers(deps, tx, by, next.personId)
  return changed
}

const withdrawOffers = async (deps: WorkDeps, tx: Tx, by: Origin, personId: string): Promise<void> => {
  for (const { itemId, offerId } of await deps.items.lockStandingOffers(tx, personId)) {
    await act(deps, tx, { event: 'withdraw', values: { itemId, offerId }, by, action: 'work_item.offer_withdrawn' })
  }
}

export const changeAgent = (deps: WorkDeps) => ({
  /** Throws `not_found` where the person is no agent. */
  async changeState(by: Origin, { personId, change }: { personId: string; change: AgentStateChange }): Promise<void> {
    await deps.database.transaction(async (tx) => {
      const next = { personId, state: change.state, reason: reasonOf(change), now: deps.clock.now() }
      const changed = await enterAgentState(deps, tx, by, next)
      if (changed === null && (await deps.agents.findAgent(tx, personId)) === null) throw new Failure('not_found')
    })
  },

  /**
   * An agent who serves no more: offline, nothing offered, and what was in hands goes back into the line. Pending items stay and go
   * into the line when they wake. In the caller's transaction; an item that is locked at this very moment is taken back by the clock's drain.
   */
  async takeOffline(tx: Tx, by: Origin, personId: string): Promise<void> {
    await enterAgentState(deps, tx, by, { personId, state: 'offline', reason: null, now: deps.clock.now() })
    for (const itemId of await deps.items.lockAssigned(tx, personId)) {
      await act(deps, tx, {
        event: 'lose',
        values: { itemId },
        by,
        action: 'work_item.released',
        details: { cause: 'agent_gone' },
      })
    }
    wake(tx, 'deadlines')
  },
})
