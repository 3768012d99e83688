import { can, type Actor, type Origin } from '@oco/security'
import type { AgentStore } from '../agents/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { afterCommit, type Database, type Tx } from '../platform/db.ts'
import type { PoolKeeper } from '../routing/index.ts'
import { move, nextState, originsOf, type Move, type Moved, type WorkStore } from '../work-items/index.ts'

/** What every step of the queue's story stands on. */
export interface WorkDeps {
  readonly database: Database
  readonly items: WorkStore
  readonly agents: AgentStore
  readonly pool: PoolKeeper
  readonly clock: Clock
}

export type PersonActor = Extract<Actor, { kind: 'person' }>

/** Who acts on an item through the desk. */
export interface Caller {
  readonly actor: PersonActor
  readonly by: Origin
}

/** A person handles the own items; whoever may assign work handles anybody's. */
export const onlyFor = ({ actor }: Caller): string | null => (can(actor, 'work_item.assign') ? null : actor.personId)

export type Act = Omit<Move, 'values' | 'by'> & {
  readonly by: Origin
  readonly values: Omit<Move['values'], 'now' | 'handlingId'>
}

/** Moves one item in the caller's transaction, or throws the failure that says why it cannot be moved. */
export const act = async (deps: WorkDeps, tx: Tx, { values, ...rest }: Act): Promise<Moved> => {
  const now = deps.clock.now()
  const result = await move(tx, { ...rest, values: { ...values, now, handlingId: newId(now) } }, deps.items)
  if (result.kind === 'full') throw new Failure('capacity_exceeded')
  if (result.kind === 'absent') return explain(deps, { ...rest, values })
  afterCommit(tx, () => {
    deps.pool.patch(result.loads)
  })
  return result
}

/** The same as a step of its own. */
export const actAlone = (deps: WorkDeps, request: Act): Promise<Moved> =>
  deps.database.transaction((tx) => act(deps, tx, { ...request, isLast: true }))

/** Why the item was not as the event demands. It may have changed again since: then the failure is as true as any. */
const explain = async (deps: WorkDeps, { event, values }: Omit<Act, 'action' | 'by'>): Promise<never> => {
  const item = await deps.items.findItem(deps.database.read, values.itemId)
  if (item === null) throw new Failure('not_found')
  if (event === 'accept' || event === 'decline') throw new Failure('offer_gone')
  if (!originsOf(event).includes(item.state)) nextState(item.state, event)
  // Whoever does not serve the queue does not learn what waits in it.
  if (event === 'take') throw new Failure('not_found')
  if (typeof values.onlyFor === 'string' && item.assigneeId !== values.onlyFor) throw new Failure('forbidden')
  if (typeof values.dispositionId === 'string')
    throw new Failure('invalid_input', { fields: { 'body.dispositionId': 'unknown' } })
  throw new Failure('illegal_transition')
}
