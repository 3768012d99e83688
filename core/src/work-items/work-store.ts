import { moveItem } from './move-store.ts'
import { lockAssigned, listDueWork, lockStandingOffers, nextDueWorkAt, reserveOffers, takeWaiting } from './offer-store.ts'
import { findItem } from './work-item-store.ts'

/** All that the story of the queue asks of the database about work items; a simulation puts its own in the place of this one. */
export const workStore = {
  moveItem,
  takeWaiting,
  reserveOffers,
  lockStandingOffers,
  listDueWork,
  nextDueWorkAt,
  lockAssigned,
  findItem,
}
export type WorkStore = typeof workStore
