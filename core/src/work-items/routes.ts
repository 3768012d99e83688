import {
  acceptOffer,
  assignWorkItem,
  declineOffer,
  pendWorkItem,
  releaseWorkItem,
  resolveWorkItem,
  resumeWorkItem,
  takeWorkItem,
  transferWorkItem,
  type WorkItemView,
} from '@oco/contract'
import type { Actor, Origin } from '@oco/security'
import { present } from '../kernel/assert.ts'
import { personOf, route, type Route } from '../platform/http.ts'

interface Caller {
  readonly actor: Extract<Actor, { kind: 'person' }>
  readonly by: Origin
}
type Item = { readonly itemId: string }
type Target = { readonly kind: 'queue'; readonly queueId: string } | { readonly kind: 'person'; readonly personId: string }

/** The acts of the desk; each is one step of the story and throws the failures that its endpoint names. */
export interface WorkActs {
  accept(caller: Caller, request: Item & { offerId: string }): Promise<void>
  decline(caller: Caller, request: Item & { offerId: string }): Promise<void>
  take(caller: Caller, request: Item): Promise<void>
  release(caller: Caller, request: Item): Promise<void>
  transfer(caller: Caller, request: Item & { target: Target; note: string }): Promise<void>
  assign(caller: Caller, request: Item & { personId: string }): Promise<void>
  pend(caller: Caller, request: Item & { until: Date | null }): Promise<void>
  resume(caller: Caller, request: Item): Promise<void>
  resolve(caller: Caller, request: Item & { dispositionId: string | null }): Promise<void>
}

export interface WorkItemRouteDeps {
  readonly acts: WorkActs
  readonly viewsOf: (itemIds: readonly string[]) => Promise<ReadonlyMap<string, WorkItemView>>
}

export const workItemRoutes = ({ acts, viewsOf }: WorkItemRouteDeps): Route[] => {
  /** Does what was asked and shows the item as it is now, which may be further on already. */
  const done = async (itemId: string, act: Promise<void>): Promise<WorkItemView> => {
    await act
    return present((await viewsOf([itemId])).get(itemId), 'the item just moved')
  }
  const caller = ({ actor, by }: { actor: Actor; by: Origin }): Caller => ({ actor: personOf(actor), by })
  return [
    route(acceptOffer, (call) =>
      done(call.params.id, acts.accept(caller(call), { itemId: call.params.id, offerId: call.body.offerId })),
    ),
    route(declineOffer, (call) =>
      done(call.params.id, acts.decline(caller(call), { itemId: call.params.id, offerId: call.body.offerId })),
    ),
    route(takeWorkItem, (call) => done(call.params.id, acts.take(caller(call), { itemId: call.params.id }))),
    route(releaseWorkItem, (call) => done(call.params.id, acts.release(caller(call), { itemId: call.params.id }))),
    route(transferWorkItem, (call) =>
      done(call.params.id, acts.transfer(caller(call), { itemId: call.params.id, ...call.body })),
    ),
    route(assignWorkItem, (call) =>
      done(call.params.id, acts.assign(caller(call), { itemId: call.params.id, personId: call.body.personId })),
    ),
    route(pendWorkItem, (call) => {
      const until = call.body.until === null ? null : new Date(call.body.until)
      return done(call.params.id, acts.pend(caller(call), { itemId: call.params.id, until }))
    }),
    route(resumeWorkItem, (call) => done(call.params.id, acts.resume(caller(call), { itemId: call.params.id }))),
    route(resolveWorkItem, (call) =>
      done(call.params.id, acts.resolve(caller(call), { itemId: call.params.id, dispositionId: call.body.dispositionId })),
    ),
  ]
}
