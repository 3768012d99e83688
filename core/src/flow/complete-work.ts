import { Failure } from '../kernel/errors.ts'
import { wake } from '../platform/db.ts'
import { act, actAlone, onlyFor, type Caller, type WorkDeps } from './act-on-work.ts'

/** How work on an item rests, goes on and ends. */
export const completeWork = (deps: WorkDeps) => ({
  /** Puts an item aside: it weighs nothing until the customer writes, `until` comes, or somebody takes it up. */
  async pend(caller: Caller, { itemId, until }: { itemId: string; until: Date | null }): Promise<void> {
    if (until !== null && until <= deps.clock.now()) throw new Failure('invalid_input', { fields: { 'body.until': 'past' } })
    await deps.database.transaction(async (tx) => {
      await act(deps, tx, {
        event: 'pend',
        values: { itemId, onlyFor: onlyFor(caller), pendingUntil: until },
        by: caller.by,
        action: 'work_item.pended',
        details: { until: until?.toISOString() ?? null },
      })
      if (until !== null) wake(tx, 'deadlines')
    })
  },

  async resume(caller: Caller, { itemId }: { itemId: string }): Promise<void> {
    await actAlone(deps, {
      event: 'resume',
      values: { itemId, onlyFor: onlyFor(caller) },
      by: caller.by,
      action: 'work_item.resumed',
      details: { cause: 'person' },
    })
  },

  /** Throws `invalid_input` for a disposition that is not offered any more. */
  async resolve(caller: Caller, { itemId, dispositionId }: { itemId: string; dispositionId: string | null }): Promise<void> {
    await actAlone(deps, {
      event: 'resolve',
      values: { itemId, onlyFor: onlyFor(caller), dispositionId },
      by: caller.by,
      action: 'work_item.resolved',
      details: { dispositionId },
    })
  },
})
