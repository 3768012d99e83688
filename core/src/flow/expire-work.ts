import { SYSTEM_ORIGIN } from '@oco/security'
import { DISCONNECT_GRACE_MS, goneBy } from '../agents/index.ts'
import { newId } from '../kernel/ids.ts'
import { afterCommit } from '../platform/db.ts'
import { goOn, move } from '../work-items/index.ts'
import type { WorkDeps } from './act-on-work.ts'
import { enterAgentState } from './change-agent.ts'

/** So many rows of a kind are looked at in one step of the clock's drain. */
const DUE_MAX = 50

/**
 * What the clock brings: offers that nobody answered, pending items whose moment has come, agents who did not come back. A second
 * process may see the same rows: each is moved only if it still is as it was seen, so one of them does it and the other does nothing.
 */
export const expireWork = (deps: WorkDeps) => {
  const { database, items, agents, clock, pool } = deps

  /** The item keeps its place; whoever missed it is not ready, so that the next one does not wait in vain as well. */
  const expireOffer = ({ itemId, offerId, personId }: { itemId: string; offerId: string; personId: string }): Promise<void> =>
    database.transaction(async (tx) => {
      const now = clock.now()
      const record = { by: SYSTEM_ORIGIN, action: 'work_item.offer_expired', details: { offerId } } as const
      const result = await move(tx, { event: 'expire', values: { itemId, offerId, now }, ...record }, items)
      if (result.kind !== 'moved') return
      afterCommit(tx, () => {
        pool.patch(result.loads)
      })
      await enterAgentState(deps, tx, SYSTEM_ORIGIN, {
        personId,
        state: 'not_ready',
        reason: 'missed_offer',
        now,
        onlyFrom: 'ready',
      })
    })

  const wakeItem = (itemId: string): Promise<void> =>
    database.transaction(async (tx) => {
      const now = clock.now()
      const result = await goOn(tx, { by: SYSTEM_ORIGIN, itemId, cause: 'time', handlingId: newId(now), now }, items)
      if (result.kind !== 'moved') return
      afterCommit(tx, () => {
        pool.patch(result.loads)
      })
    })

  const loseAgent = (personId: string): Promise<unknown> =>
    database.transaction((tx) => {
      const now = clock.now()
      const state = { state: 'not_ready', reason: 'disconnected', onlyFrom: 'ready', onlyGoneBy: goneBy(now) } as const
      return enterAgentState(deps, tx, SYSTEM_ORIGIN, { personId, now, ...state })
    })

  /** Whoever serves no more leaves nothing in hands; what another transaction had locked then is taken back here. */
  const takeBack = (itemId: string): Promise<void> =>
    database.transaction(async (tx) => {
      const now = clock.now()
      const record = { by: SYSTEM_ORIGIN, action: 'work_item.released', details: { cause: 'agent_gone' } } as const
      const result = await move(tx, { event: 'lose', values: { itemId, now, handlingId: newId(now) }, ...record }, items)
      if (result.kind !== 'moved') return
      afterCommit(tx, () => {
        pool.patch(result.loads)
      })
    })

  return {
    /** One step of the drain: true where there may be more. */
    async expireDue(): Promise<boolean> {
      const now = clock.now()
      const [due, gone] = await Promise.all([
        items.listDueWork(database.read, now, DUE_MAX),
        agents.listDisconnected(database.read, goneBy(now), DUE_MAX),
      ])
      for (const offer of due.offers) await expireOffer(offer)
      for (const itemId of due.itemIds) await wakeItem(itemId)
      for (const personId of gone) await loseAgent(personId)
      for (const itemId of due.orphanIds) await takeBack(itemId)
      return Math.max(due.offers.length, due.itemIds.length, due.orphanIds.length, gone.length) === DUE_MAX
    },

    /** When the clock brings something next; null: as far as is known now, nothing. */
    async nextDueAt(): Promise<Date | null> {
      const [workAt, connectionEnd] = await Promise.all([
        items.nextDueWorkAt(database.read),
        agents.nextConnectionEnd(database.read),
      ])
      const goneAt = connectionEnd === null ? null : new Date(connectionEnd.getTime() + DISCONNECT_GRACE_MS)
      return earliest(workAt, goneAt)
    },
  }
}

const earliest = (a: Date | null, b: Date | null): Date | null => {
  if (a === null || b === null) return a ?? b
  return a < b ? a : b
}
