import type { Origin } from '@oco/security'
import { Failure } from '../kernel/errors.ts'
import type { Tx } from '../platform/db.ts'
import { findQueue } from '../queues/index.ts'
import type { Moved } from '../work-items/index.ts'
import { act, actAlone, onlyFor, type Caller, type WorkDeps } from './act-on-work.ts'

export type TransferTarget =
  { readonly kind: 'queue'; readonly queueId: string } | { readonly kind: 'person'; readonly personId: string }

export interface HandOverDeps extends WorkDeps {
  /** Appends a private note to the conversation, in the caller's transaction. */
  readonly addNote: (
    tx: Tx,
    by: Origin,
    note: { conversationId: string; personId: string; text: string; now: Date },
  ) => Promise<unknown>
}

/** How an item leaves somebody's hands without being done. It keeps its place in the line: the customer has waited since then. */
export const handOverWork = (deps: HandOverDeps) => ({
  async release(caller: Caller, { itemId }: { itemId: string }): Promise<void> {
    await actAlone(deps, {
      event: 'release',
      values: { itemId, onlyFor: onlyFor(caller) },
      by: caller.by,
      action: 'work_item.released',
    })
  },

  /** To a queue: into its line, with the skill that it asks for. To a person: into the hands at once, if they are on and have room. */
  async transfer(caller: Caller, request: { itemId: string; target: TransferTarget; note: string }): Promise<void> {
    const { note } = request
    await deps.database.transaction(async (tx) => {
      const { conversationId } = await handOver(deps, tx, caller, request)
      if (note === '') return
      const { personId } = caller.actor
      await deps.addNote(tx, caller.by, { conversationId, personId, text: note, now: deps.clock.now() })
    })
  },

  /** Supervisor: whatever its state, the item is the person's from now on, if they are on and have room. */
  async assign(caller: Caller, { itemId, personId }: { itemId: string; personId: string }): Promise<void> {
    await deps.database.transaction(async (tx) => {
      await checkAgent(deps, tx, caller, personId)
      await act(deps, tx, {
        event: 'assign',
        values: { itemId, personId, onlyFor: null },
        by: caller.by,
        action: 'work_item.assigned',
        details: { how: 'assigned' },
      })
    })
  },
})

const handOver = async (
  deps: HandOverDeps,
  tx: Tx,
  caller: Caller,
  { itemId, target }: { itemId: string; target: TransferTarget },
): Promise<Moved> => {
  const record = { by: caller.by, action: 'work_item.transferred' } as const
  if (target.kind === 'person') {
    const { personId } = target
    await checkAgent(deps, tx, caller, personId)
    return act(deps, tx, { event: 'assign', values: { itemId, personId, onlyFor: onlyFor(caller) }, ...record })
  }
  const queue = await findQueue(tx, target.queueId)
  if (queue === null) throw new Failure('not_found', { detail: 'no such queue' })
  const values = { itemId, onlyFor: onlyFor(caller), queueId: queue.id, skillId: queue.skillId }
  return act(deps, tx, { event: 'transfer', values, ...record })
}

/** Nobody is given work who is not there to see it: the customer would wait for that person instead of for the queue. */
const checkAgent = async (deps: WorkDeps, tx: Tx, { actor }: Caller, personId: string): Promise<void> => {
  const agent = await deps.agents.findAgent(tx, personId)
  if (agent === null || agent.blocked) throw new Failure('not_found', { detail: 'no such agent' })
  if (agent.state === 'offline' && personId !== actor.personId) throw new Failure('agent_offline')
}
