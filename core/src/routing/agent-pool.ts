import type { AgentStateName } from '@oco/contract'
import { Ranking, type Place } from './ranking.ts'

/** What changes from minute to minute. A higher `version` is newer; it only grows. */
export interface AgentLoad {
  readonly personId: string
  readonly state: AgentStateName
  readonly capacityLimit: number
  readonly capacityUsed: number
  readonly idleSince: Date
  readonly version: number
}

export interface PoolAgent extends AgentLoad {
  readonly queueIds: readonly string[]
  readonly skillIds: readonly string[]
}

/** All who serve one queue and, where a skill is named, have it. */
export interface Circle {
  readonly members: number
  readonly offline: number
  readonly notReady: number
  readonly ready: number
  /** The ready ones who have room for an item of this weight (maybe a few who have a little less). */
  withRoom(weight: number): Ranking
}

/** A queue that has somebody with room: what its items may weigh at most, and which skills are there. */
export interface Opening {
  readonly queueId: string
  readonly weightMax: number
  readonly skillIds: readonly string[]
}

class OpenCircle implements Circle {
  members = 0
  offline = 0
  notReady = 0
  ready = 0
  readonly #weights: readonly number[]
  readonly #rankings: readonly Ranking[]

  constructor(weights: readonly number[]) {
    this.#weights = weights
    this.#rankings = weights.map(() => new Ranking())
  }

  withRoom(weight: number): Ranking {
    let index = this.#weights.length - 1
    while (index > 0 && (this.#weights[index] ?? 0) > weight) index--
    return this.#rankings[index] ?? NOBODY
  }

  get someRoom(): boolean {
    return (this.#rankings[0]?.size ?? 0) > 0
  }

  /** Nobody has room for more than this. */
  get weightMax(): number {
    const index = this.#rankings.findIndex((ranking) => ranking.size === 0)
    return index < 0 ? Number.MAX_SAFE_INTEGER : (this.#weights[index] ?? 1) - 1
  }

  count(state: AgentStateName, by: 1 | -1): void {
    this.members += by
    if (state === 'offline') this.offline += by
    else if (state === 'not_ready') this.notReady += by
    else this.ready += by
  }

  place(place: Place, act: 'add' | 'remove'): void {
    for (let index = 0; index < this.#weights.length; index++) {
      if ((this.#weights[index] ?? 0) > place.room) return
      this.#rankings[index]?.[act](place)
    }
  }
}

const NOBODY = new Ranking()

interface Entry {
  agent: PoolAgent
  place: Place
  circles: readonly OpenCircle[]
}

const placeOf = (agent: AgentLoad): Place => ({
  personId: agent.personId,
  loadPermille: Math.floor((agent.capacityUsed * 1000) / Math.max(1, agent.capacityLimit)),
  idleSinceMs: agent.idleSince.getTime(),
  room: roomOf(agent),
})

/**
 * Who could take what, kept in memory and indexed by queue, skill and room, so that a choice looks at a few people, not at all.
 * It is a cache and may be behind; the reservation in the database decides.
 */
export class AgentPool {
  /** Grows whenever somebody may have got room: what found nobody before may be tried again. */
  improvements = 0
  readonly #weights: readonly number[]
  readonly #entries = new Map<string, Entry>()
  readonly #circles = new Map<string, { all: OpenCircle; bySkill: Map<string, OpenCircle> }>()

  /** `weights`: the weights that items have. Lighter ones than the lightest count as that. */
  constructor(weights: readonly number[]) {
    this.#weights = [...new Set(weights)].sort((a, b) => a - b)
  }

  /** Everything anew; of an agent that is known in a newer version already, the load stays. */
  replaceAll(agents: readonly PoolAgent[]): void {
    const known = new Map(this.#entries)
    this.#entries.clear()
    this.#circles.clear()
    let improved = false
    for (const agent of agents) {
      const before = known.get(agent.personId)
      const entry = this.#put(newer(before?.agent, agent))
      improved ||= before === undefined || entry.place.room > before.place.room || servesMore(before.agent, agent)
    }
    if (improved) this.improvements++
  }

  /** A load as some transaction has left it. Older ones than the known are ignored; false: nobody by this id is known. */
  patch(load: AgentLoad): boolean {
    const entry = this.#entries.get(load.personId)
    if (entry === undefined) return false
    if (load.version <= entry.agent.version) return true
    this.#change(entry, { ...entry.agent, ...load })
    return true
  }

  /** Takes room in mind, until `patch` brings what the database says. */
  reserve(personId: string, weight: number): void {
    const entry = this.#entries.get(personId)
    if (entry === undefined) return
    this.#change(entry, { ...entry.agent, capacityUsed: entry.agent.capacityUsed + weight })
  }

  place(personId: string): Place | undefined {
    return this.#entries.get(personId)?.place
  }

  circle(queueId: string, skillId: string | null): Circle | undefined {
    const circles = this.#circles.get(queueId)
    return skillId === null ? circles?.all : circles?.bySkill.get(skillId)
  }

  openings(): Opening[] {
    const openings: Opening[] = []
    for (const [queueId, { all, bySkill }] of this.#circles) {
      if (!all.someRoom) continue
      const skillIds = [...bySkill].filter(([, circle]) => circle.someRoom).map(([skillId]) => skillId)
      openings.push({ queueId, weightMax: all.weightMax, skillIds })
    }
    return openings
  }

  #put(agent: PoolAgent): Entry {
    const circles = agent.queueIds.flatMap((queueId) => {
      const known = this.#circles.get(queueId) ?? { all: new OpenCircle(this.#weights), bySkill: new Map<string, OpenCircle>() }
      this.#circles.set(queueId, known)
      const bySkill = agent.skillIds.map((skillId) => {
        const circle = known.bySkill.get(skillId) ?? new OpenCircle(this.#weights)
        known.bySkill.set(skillId, circle)
        return circle
      })
      return [known.all, ...bySkill]
    })
    const entry = { agent, place: placeOf(agent), circles }
    this.#entries.set(agent.personId, entry)
    enter(entry, 1)
    return entry
  }

  #change(entry: Entry, agent: PoolAgent): void {
    const before = entry.place
    const place = placeOf(agent)
    // What the database says is mostly what was reserved in mind.
    if (agent.state === entry.agent.state && isSame(place, before)) {
      entry.agent = agent
      return
    }
    enter(entry, -1)
    entry.agent = agent
    entry.place = place
    enter(entry, 1)
    if (place.room > before.room) this.improvements++
  }
}

const newer = (known: PoolAgent | undefined, read: PoolAgent): PoolAgent =>
  known === undefined || read.version >= known.version ? read : { ...known, queueIds: read.queueIds, skillIds: read.skillIds }

const servesMore = (before: PoolAgent, now: PoolAgent): boolean =>
  now.queueIds.some((id) => !before.queueIds.includes(id)) || now.skillIds.some((id) => !before.skillIds.includes(id))

const isSame = (a: Place, b: Place): boolean =>
  a.loadPermille === b.loadPermille && a.idleSinceMs === b.idleSinceMs && a.room === b.room

const roomOf = (agent: AgentLoad): number => (agent.state === 'ready' ? agent.capacityLimit - agent.capacityUsed : 0)

const enter = (entry: Entry, by: 1 | -1): void => {
  for (const circle of entry.circles) {
    circle.count(entry.agent.state, by)
    circle.place(entry.place, by === 1 ? 'add' : 'remove')
  }
}
