import type { AgentPool } from './agent-pool.ts'
import type { Ranking } from './ranking.ts'

/** Somebody who has declined or missed an item is not asked for it again so soon, */
export const REFUSAL_PAUSE_MS = 30_000
/** and for so long only where nobody else has room. */
export const REFUSAL_MEMORY_MS = 10 * 60_000

export interface Choosable {
  readonly queueId: string
  readonly skillId: string | null
  readonly weight: number
  /** Who declined, missed or gave back this very item, and when last. */
  readonly refusals: readonly { readonly personId: string; readonly at: Date }[]
}

/** Why those who serve the queue are no candidates, each counted once, by the first reason that fits; `left`: the candidates. */
export const REASONS = ['lacks_skill', 'offline', 'not_ready', 'no_room', 'refused'] as const
export type Reason = (typeof REASONS)[number]

export interface Decision {
  readonly personId: string | null
  /** How wide the circle was drawn: 0, those not asked lately; 1, those too who refused a while ago. */
  readonly ring: 0 | 1
  readonly counts: Readonly<Partial<Record<Reason | 'left', number>>>
  /** When somebody who refused may be asked again; null unless that alone is missing. */
  readonly retryAt: Date | null
}

/**
 * Chooses for one item: of those who serve the queue, have the skill and have room, the least loaded; of equally loaded ones the
 * longest idle. Whoever refused the item lately is passed over while others are there.
 */
export const chooseAgent = (item: Choosable, pool: AgentPool, now: Date): Decision => {
  const circle = pool.circle(item.queueId, item.skillId)
  const everybody = pool.circle(item.queueId, null)
  if (circle === undefined || everybody === undefined) {
    return { personId: null, ring: 0, counts: counted({ lacks_skill: everybody?.members ?? 0 }), retryAt: null }
  }
  const ranking = circle.withRoom(item.weight)
  const recent = item.refusals.filter(({ at }) => now.getTime() - at.getTime() < REFUSAL_MEMORY_MS)
  const refusedAt = new Map(recent.map(({ personId, at }) => [personId, at.getTime()]))
  let first: string | null = null
  let again: string | null = null
  let retryAtMs = Number.POSITIVE_INFINITY
  let refused = 0
  let unfit = 0
  for (let index = 0; first === null; index++) {
    const place = ranking.at(index)
    if (place === undefined) break
    const at = refusedAt.get(place.personId)
    if (place.room < item.weight) unfit++
    else if (at === undefined) first = place.personId
    else {
      refused++
      const dueMs = at + REFUSAL_PAUSE_MS
      if (dueMs <= now.getTime()) again ??= place.personId
      else retryAtMs = Math.min(retryAtMs, dueMs)
    }
  }
  const choice = first ?? again
  const passed = first === null ? refused : countRefused(ranking, pool, refusedAt)
  return {
    personId: choice,
    ring: first === null && again !== null ? 1 : 0,
    counts: counted({
      offline: circle.offline,
      not_ready: circle.notReady,
      lacks_skill: everybody.members - circle.members,
      no_room: circle.ready - ranking.size + unfit,
      refused: passed,
      left: ranking.size - unfit - passed,
    }),
    retryAt: choice === null && Number.isFinite(retryAtMs) ? new Date(retryAtMs) : null,
  }
}

/** Those among the ranked who refused; the search above stopped at the first who did not. */
const countRefused = (ranking: Ranking, pool: AgentPool, refusedAt: ReadonlyMap<string, number>): number => {
  let count = 0
  for (const personId of refusedAt.keys()) {
    const place = pool.place(personId)
    if (place !== undefined && ranking.has(place)) count++
  }
  return count
}

const counted = (counts: Partial<Record<Reason | 'left', number>>): Partial<Record<Reason | 'left', number>> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
