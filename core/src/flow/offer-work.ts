import { newId } from '../kernel/ids.ts'
import { afterCommit, type Tx } from '../platform/db.ts'
import { chooseAgent, REFUSAL_MEMORY_MS } from '../routing/index.ts'
import { makeOffers, type NewOffer, type WaitingItem } from '../work-items/index.ts'
import type { WorkDeps } from './act-on-work.ts'

/** So many items are offered in one transaction. */
export const OFFER_BATCH_MAX = 16
/** So many items that found nobody are passed over before the rest of the line has to wait for somebody to get room. */
const PASSED_OVER_MAX = 512

export interface OfferDeps extends WorkDeps {
  /** An offer stands until `at`: the clock must look then. */
  readonly onOffered: (at: Date) => void
}

export interface Offered {
  readonly made: readonly NewOffer[]
  /** True where the line may hold more that could be offered now. */
  readonly more: boolean
}

/**
 * Takes the head of the line and offers it. Woken by whatever puts an item into the line or gives somebody room; any number of
 * processes do it at once. The choice is made from the pool in memory, which may be behind; the reservation under lock on the agents'
 * rows decides, so that a stale pool costs another look and never a second offer.
 */
export const offerWork = (deps: OfferDeps) => {
  const { pool: keeper, clock } = deps
  const passedOver = new PassedOver()

  const offerNext = async (): Promise<Offered> => {
    await keeper.settle()
    const now = clock.now()
    passedOver.forget(now, keeper.pool.improvements)
    const openings = keeper.pool.openings()
    if (openings.length === 0 || passedOver.full) return { made: [], more: false }
    const inMind = new Set<string>()
    let outcome: Taken
    try {
      outcome = await deps.database.transaction(async (tx) => {
        const request = {
          openings,
          passedOver: passedOver.versions(),
          limit: OFFER_BATCH_MAX,
          refusedSince: before(now, REFUSAL_MEMORY_MS),
        }
        const taken = await deps.items.takeWaiting(tx, request)
        const choices = chooseAll(deps, taken, now)
        for (const { personId } of choices.offers) inMind.add(personId)
        return { ...choices, taken: taken.length, ...(await reserve(deps, tx, choices.offers, now)) }
      })
    } catch (error) {
      await keeper.refresh()
      throw error
    }
    for (const one of outcome.nobody) passedOver.add(one)
    for (const { personId } of outcome.made) inMind.delete(personId)
    // Somebody was not as the pool had it.
    if (inMind.size > 0) await keeper.refresh()
    return { made: outcome.made, more: outcome.taken === OFFER_BATCH_MAX || inMind.size > 0 }
  }

  return {
    offerNext,
    /** When somebody who refused may be asked again, or the pool may be read anew. */
    nextDueAt: (): Date | null => keeper.dueAt(clock.now()) ?? passedOver.earliestRetry(),
  }
}

/** An item for which nobody is there; `retryAt`: when that may change by itself. */
interface Nobody {
  readonly id: string
  readonly version: number
  readonly retryAt: Date | null
}
interface Choices {
  readonly offers: readonly NewOffer[]
  readonly nobody: readonly Nobody[]
}
interface Taken extends Choices {
  readonly taken: number
  readonly made: readonly NewOffer[]
}

/** In the line's order; each choice takes its room in the pool, so that the next one sees it. */
const chooseAll = (deps: OfferDeps, items: readonly WaitingItem[], now: Date): Choices => {
  const offers: NewOffer[] = []
  const nobody: Nobody[] = []
  for (const item of items) {
    const { personId, ring, counts, retryAt } = chooseAgent(item, deps.pool.pool, now)
    if (personId === null) {
      nobody.push({ id: item.id, version: item.version, retryAt })
      continue
    }
    deps.pool.pool.reserve(personId, item.weight)
    const { id: itemId, weight } = item
    const expiresAt = new Date(now.getTime() + item.offerTimeoutMs)
    offers.push({ id: newId(now), itemId, personId, weight, expiresAt, ring, counts, recordId: newId(now) })
  }
  return { offers, nobody }
}

const reserve = async (deps: OfferDeps, tx: Tx, offers: readonly NewOffer[], now: Date): Promise<{ made: NewOffer[] }> => {
  if (offers.length === 0) return { made: [] }
  const { itemIds, loads } = await makeOffers(tx, offers, now, deps.items)
  const made = offers.filter((offer) => itemIds.has(offer.itemId))
  afterCommit(tx, () => {
    deps.pool.patch(loads)
    for (const { expiresAt } of made) deps.onOffered(expiresAt)
  })
  return { made }
}

const before = (now: Date, ms: number): Date => new Date(now.getTime() - ms)

/**
 * Items that found nobody, so that they do not stand in the way of those behind them. Forgotten when somebody gets room, and each one
 * when somebody who refused it may be asked again.
 */
class PassedOver {
  readonly #items = new Map<string, Nobody>()
  #improvements = 0

  get full(): boolean {
    return this.#items.size >= PASSED_OVER_MAX
  }

  versions(): Record<string, number> {
    return Object.fromEntries([...this.#items.values()].map(({ id, version }) => [id, version]))
  }

  add(one: Nobody): void {
    this.#items.set(one.id, one)
  }

  forget(now: Date, improvements: number): void {
    if (improvements !== this.#improvements) this.#items.clear()
    this.#improvements = improvements
    for (const { id, retryAt } of this.#items.values()) if (retryAt !== null && retryAt <= now) this.#items.delete(id)
  }

  earliestRetry(): Date | null {
    let earliest: Date | null = null
    for (const { retryAt } of this.#items.values()) {
      if (retryAt !== null && (earliest === null || retryAt < earliest)) earliest = retryAt
    }
    return earliest
  }
}
