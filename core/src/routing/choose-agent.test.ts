import assert from 'node:assert/strict'
import fc from 'fast-check'
import { AgentPool, type PoolAgent } from './agent-pool.ts'
import { chooseAgent, REFUSAL_MEMORY_MS, REFUSAL_PAUSE_MS, type Choosable } from './choose-agent.ts'

const NOW = new Date('2026-06-01T12:00:00Z')
const WEIGHTS = [100, 30, 10, 10]
const ago = (ms: number): Date => new Date(NOW.getTime() - ms)

const agent = (personId: string, more: Partial<PoolAgent> = {}): PoolAgent => ({
  personId,
  state: 'ready',
  capacityLimit: 100,
  capacityUsed: 0,
  idleSince: ago(60_000),
  version: 1,
  queueIds: ['mail'],
  skillIds: [],
  ...more,
})
const item = (more: Partial<Choosable> = {}): Choosable => ({ queueId: 'mail', skillId: null, weight: 10, refusals: [], ...more })
const poolOf = (...agents: PoolAgent[]): AgentPool => {
  const pool = new AgentPool(WEIGHTS)
  pool.replaceAll(agents)
  return pool
}
const choose = (wanted: Choosable, ...agents: PoolAgent[]) => chooseAgent(wanted, poolOf(...agents), NOW)

describe('choosing an agent', () => {
  it('takes the longest idle', () => {
    const choice = choose(item(), agent('a', { idleSince: ago(1_000) }), agent('b', { idleSince: ago(9_000) }), agent('c'))
    assert.equal(choice.personId, 'c')
  })

  it('prefers somebody idle to somebody with work in hand, however long ago that began', () => {
    const choice = choose(
      item(),
      agent('a', { capacityUsed: 10, idleSince: ago(9_000_000) }),
      agent('b', { idleSince: ago(1_000) }),
    )
    assert.equal(choice.personId, 'b')
  })

  it('says by reason why the others were none', () => {
    const decision = choose(
      item({ skillId: 'english', weight: 30, refusals: [{ personId: 'f', at: ago(1_000) }] }),
      agent('a', { skillIds: ['english'] }),
      agent('b'),
      agent('c', { skillIds: ['english'], state: 'offline' }),
      agent('d', { skillIds: ['english'], state: 'not_ready' }),
      agent('e', { skillIds: ['english'], capacityUsed: 80 }),
      agent('f', { skillIds: ['english'] }),
      agent('g', { skillIds: ['english'], queueIds: ['chat'] }),
    )
    assert.deepEqual(decision, {
      personId: 'a',
      ring: 0,
      counts: { lacks_skill: 1, offline: 1, not_ready: 1, no_room: 1, refused: 1, left: 1 },
      retryAt: null,
    })
  })

  it('finds nobody in a queue that nobody serves', () => {
    assert.deepEqual(choose(item({ queueId: 'fax' }), agent('a')), { personId: null, ring: 0, counts: {}, retryAt: null })
    assert.deepEqual(choose(item({ skillId: 'latin' }), agent('a')).counts, { lacks_skill: 1 })
  })

  it('passes over who refused while others are there, then waits, then asks again', () => {
    const refusedAgo = (ms: number) => item({ refusals: [{ personId: 'a', at: ago(ms) }] })
    assert.equal(choose(refusedAgo(1_000), agent('a'), agent('b', { capacityUsed: 90 })).personId, 'b')
    const paused = choose(refusedAgo(1_000), agent('a'))
    assert.equal(paused.personId, null)
    assert.deepEqual(paused.retryAt, new Date(NOW.getTime() + REFUSAL_PAUSE_MS - 1_000))
    const again = choose(refusedAgo(REFUSAL_PAUSE_MS), agent('a'))
    assert.deepEqual([again.personId, again.ring, again.counts], ['a', 1, { refused: 1 }])
    assert.equal(choose(refusedAgo(REFUSAL_MEMORY_MS), agent('a')).ring, 0)
  })

  it('gives an item of an unnamed weight only to whom it fits', () => {
    assert.equal(choose(item({ weight: 25 }), agent('a', { capacityUsed: 80 }), agent('b', { capacityUsed: 85 })).personId, null)
    assert.equal(choose(item({ weight: 20 }), agent('a', { capacityUsed: 80 })).personId, 'a')
  })
})

const anAgent = (index: number): fc.Arbitrary<PoolAgent> =>
  fc.record({
    personId: fc.constant(`p${index}`),
    state: fc.constantFrom('ready' as const, 'ready' as const, 'not_ready' as const, 'offline' as const),
    capacityLimit: fc.constantFrom(30, 100, 200),
    capacityUsed: fc.integer({ min: 0, max: 20 }).map((tens) => tens * 10),
    idleSince: fc.integer({ min: 0, max: 5 }).map((minutes) => ago(minutes * 60_000)),
    version: fc.constant(1),
    queueIds: fc.subarray(['mail', 'chat', 'calls']),
    skillIds: fc.subarray(['english', 'tax']),
  })
const agents = fc
  .integer({ min: 0, max: 12 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => anAgent(index))))
const anItem: fc.Arbitrary<Choosable> = fc.record({
  queueId: fc.constantFrom('mail', 'chat', 'calls'),
  skillId: fc.constantFrom(null, 'english', 'tax', 'latin'),
  weight: fc.constantFrom(10, 30, 100, 45),
  // The store gives the last refusal of each person, so nobody is named twice.
  refusals: fc.uniqueArray(
    fc.record({
      personId: fc.integer({ min: 0, max: 11 }).map((index) => `p${index}`),
      at: fc.integer({ min: 0, max: 900 }).map((s) => ago(s * 1_000)),
    }),
    { maxLength: 4, selector: ({ personId }) => personId },
  ),
})

/** The same choice without any index: look at everybody. */
const candidates = (wanted: Choosable, all: readonly PoolAgent[]): PoolAgent[] =>
  all
    .filter((one) => one.queueIds.includes(wanted.queueId))
    .filter((one) => wanted.skillId === null || one.skillIds.includes(wanted.skillId))
    .filter((one) => one.state === 'ready' && one.capacityUsed + wanted.weight <= one.capacityLimit)
const byRank = (a: PoolAgent, b: PoolAgent): number =>
  Math.floor((a.capacityUsed * 1000) / a.capacityLimit) - Math.floor((b.capacityUsed * 1000) / b.capacityLimit) ||
  a.idleSince.getTime() - b.idleSince.getTime() ||
  (a.personId < b.personId ? -1 : 1)
const refusedWithin = (wanted: Choosable, personId: string, ms: number): boolean =>
  wanted.refusals.some((refusal) => refusal.personId === personId && NOW.getTime() - refusal.at.getTime() < ms)

describe('choosing an agent, whatever the pool', () => {
  it('respects queue, skill, state and room, and takes the first in rank of those who did not refuse', () => {
    fc.assert(
      fc.property(agents, anItem, (all, wanted) => {
        const able = candidates(wanted, all).sort(byRank)
        const fresh = able.filter((one) => !refusedWithin(wanted, one.personId, REFUSAL_MEMORY_MS))
        const patient = able.filter((one) => !refusedWithin(wanted, one.personId, REFUSAL_PAUSE_MS))
        const decision = choose(wanted, ...all)
        assert.equal(decision.personId, (fresh[0] ?? patient[0])?.personId ?? null)
        assert.equal(decision.ring, fresh.length === 0 && patient.length > 0 ? 1 : 0)
        // Of an unnamed weight, those behind the choice who have a little too little room are counted as left.
        if (WEIGHTS.includes(wanted.weight)) assert.equal(decision.counts.left ?? 0, fresh.length)
        assert.equal(decision.retryAt !== null, able.length > 0 && patient.length === 0)
      }),
      { numRuns: 2_000 },
    )
  })

  it('counts everybody who serves the queue exactly once', () => {
    fc.assert(
      fc.property(agents, anItem, (all, wanted) => {
        const counts = Object.values(choose(wanted, ...all).counts)
        const members = all.filter((one) => one.queueIds.includes(wanted.queueId)).length
        assert.equal(
          counts.reduce((sum, count) => sum + count, 0),
          members,
        )
      }),
      { numRuns: 1_000 },
    )
  })

  it('never fills anybody beyond the limit, however many items come', () => {
    fc.assert(
      fc.property(agents, fc.array(anItem, { maxLength: 60 }), (all, items) => {
        const pool = poolOf(...all)
        const used = new Map(all.map((one) => [one.personId, one.capacityUsed]))
        for (const wanted of items) {
          const { personId } = chooseAgent(wanted, pool, NOW)
          if (personId === null) continue
          pool.reserve(personId, wanted.weight)
          used.set(personId, (used.get(personId) ?? 0) + wanted.weight)
          assert.ok((used.get(personId) ?? 0) <= (all.find((one) => one.personId === personId)?.capacityLimit ?? 0))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('chooses after any series of patches as a pool built anew would', () => {
    const patches = fc.array(fc.tuple(fc.integer({ min: 0, max: 11 }), anAgent(0), fc.integer({ min: 0, max: 5 })), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(agents, patches, anItem, (all, changes, wanted) => {
        const pool = poolOf(...all)
        const truth = new Map(all.map((one) => [one.personId, one]))
        for (const [index, load, version] of changes) {
          const known = truth.get(`p${index}`)
          const { state, capacityLimit, capacityUsed, idleSince } = load
          const fresh = { personId: `p${index}`, state, capacityLimit, capacityUsed, idleSince, version }
          assert.equal(pool.patch(fresh), known !== undefined)
          if (known !== undefined && version > known.version) truth.set(known.personId, { ...known, ...fresh })
        }
        assert.deepEqual(chooseAgent(wanted, pool, NOW), chooseAgent(wanted, poolOf(...truth.values()), NOW))
        const opening = pool.openings().find((one) => one.queueId === wanted.queueId)
        if (candidates(wanted, [...truth.values()]).length > 0) {
          assert.ok(opening !== undefined && opening.weightMax >= wanted.weight)
          assert.ok(wanted.skillId === null || opening.skillIds.includes(wanted.skillId))
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the pool', () => {
  it('keeps a newer load through a reading that began before it', () => {
    const pool = poolOf(agent('a'))
    pool.patch({ ...agent('a'), capacityUsed: 100, version: 5 })
    pool.replaceAll([agent('a', { version: 4, queueIds: ['chat'] })])
    assert.equal(chooseAgent(item({ queueId: 'chat' }), pool, NOW).personId, null)
    assert.equal(chooseAgent(item({ queueId: 'chat' }), pool, NOW).counts.no_room, 1)
  })

  it('counts an improvement when somebody gets room, and only then', () => {
    const pool = poolOf(agent('a'))
    const start = pool.improvements
    pool.reserve('a', 100)
    assert.equal(pool.improvements, start)
    pool.patch({ ...agent('a'), capacityUsed: 50, version: 2 })
    assert.equal(pool.improvements, start + 1)
  })
})
