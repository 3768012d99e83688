import { actAlone, onlyFor, type Caller, type WorkDeps } from './act-on-work.ts'

/** How an item comes into somebody's hands: by an offer, or because the person takes it. */
export const answerWork = (deps: WorkDeps) => ({
  /** Throws `offer_gone` where this offer does not stand for this person any more: answered, expired, withdrawn. */
  async accept({ actor, by }: Caller, { itemId, offerId }: { itemId: string; offerId: string }): Promise<void> {
    await actAlone(deps, {
      event: 'accept',
      values: { itemId, offerId, personId: actor.personId },
      by,
      action: 'work_item.assigned',
      details: { how: 'accepted', offerId },
    })
  },

  /** Throws as `accept` does. The item keeps its place in the line and is offered to others first. */
  async decline({ actor, by }: Caller, { itemId, offerId }: { itemId: string; offerId: string }): Promise<void> {
    await actAlone(deps, {
      event: 'decline',
      values: { itemId, offerId, personId: actor.personId },
      by,
      action: 'work_item.declined',
      details: { offerId },
    })
  },

  /** A waiting item of a queue that the person serves, whatever the person's state. */
  async take(caller: Caller, { itemId }: { itemId: string }): Promise<void> {
    await actAlone(deps, {
      event: 'take',
      values: { itemId, personId: caller.actor.personId, onlyFor: onlyFor(caller) },
      by: caller.by,
      action: 'work_item.assigned',
      details: { how: 'taken' },
    })
  },
})
