import assert from 'node:assert/strict'
import { SYSTEM_ORIGIN } from '@oco/security'
import { newId } from '../../src/kernel/ids.ts'
import { sql } from '../../src/platform/db.ts'
import { agentStore, type AgentStore } from '../../src/agents/index.ts'
import { makeOffers, move, workStore, type MoveResult, type WorkStore } from '../../src/work-items/index.ts'
import type { MoveEvent, MoveValues } from '../../src/work-items/move-statement-store.ts'
import { EFFECT, NEXT } from '../../src/work-items/work-item.ts'
import { testDatabase, type TestDatabase } from '../harness.ts'
import { addAgent, addItem, addQueue, addSkill, START } from '../queue-rows.ts'
import { createRandom } from '../random.ts'
import { fakeAgentStore } from './fake-agent-store.ts'
import { FakeRows } from './fake-rows.ts'
import { fakeWorkStore } from './fake-work-store.ts'

const ITEMS = 10
const MOVES = 2_000
const MOVES_MAX = 5 * MOVES
/** Events that need room in somebody's hands. */
const CAN_BE_FULL = ['take', 'assign', 'resume', 'wake'] as const
const EVENTS = Object.keys(EFFECT) as MoveEvent[]

interface Pair {
  readonly items: WorkStore
  readonly agents: AgentStore
  readonly database: TestDatabase['database'] | FakeRows
}

/** The simulation is worth as much as its fakes: here the same moves are made on them and on PostgreSQL, and must come to the same. */
describe('the fake stores and the real ones', () => {
  const random = createRandom()
  let db: TestDatabase
  let queueIds: string[]
  let skillId: string
  let agentIds: string[]
  let itemIds: string[]
  let fake: FakeRows
  let pairs: [Pair, Pair]

  before(async () => {
    db = await testDatabase()
    const read = db.database.read
    queueIds = [await addQueue(read, { name: 'Почта' }), await addQueue(read, { name: 'Жалобы' })]
    skillId = await addSkill(read, 'английский')
    fake = new FakeRows({ offerTimeoutMs: 30_000, onCommit: () => undefined })
    agentIds = []
    for (const [index, capacityLimit] of [30, 40, 60].entries()) {
      const serves = queueIds.slice(0, 1 + (index % 2))
      const skillIds = index === 2 ? [skillId] : []
      const personId = await addAgent(read, { name: `Агент ${index}`, queueIds: serves, skillIds, capacityLimit })
      agentIds.push(personId)
      fake.agents.set(personId, {
        personId,
        queueIds: serves,
        skillIds,
        state: 'ready',
        reason: null,
        since: db.clock.now(),
        capacityLimit,
        capacityUsed: 0,
        idleSince: START,
        connectedUntil: null,
        version: 0,
      })
    }
    itemIds = []
    for (let index = 0; index < ITEMS; index++) itemIds.push(await addBoth(index))
    const real = { items: workStore, agents: agentStore, database: db.database }
    pairs = [real, { items: fakeWorkStore(fake), agents: fakeAgentStore(fake), database: fake }]
  })
  after(() => db.drop())

  const addBoth = async (index: number): Promise<string> => {
    const queueId = queueIds[0] ?? ''
    const channelKind = index % 2 === 0 ? 'email' : 'webchat'
    db.clock.advance(1)
    const now = db.clock.now()
    const id = await addItem(db.database, { queueId, channelKind, now })
    fake.addItem({
      id,
      conversationId: '',
      channelKind,
      priority: 3,
      weight: index % 2 === 0 ? 10 : 30,
      queueId,
      skillId: null,
      state: 'waiting',
      version: 0,
      waitingSince: now,
      assigneeId: null,
      offerId: null,
      offeredTo: null,
      offerExpiresAt: null,
      pendingUntil: null,
      offers: [],
      handlings: [],
    })
    return id
  }

  const maybe = <T>(value: T): T | null => (random.chance(0.5) ? value : null)

  const valuesFor = (event: MoveEvent, itemId: string): MoveValues => {
    const now = db.clock.now()
    const known = fake.items.get(itemId)
    const personId = random.pick(agentIds)
    const later = new Date(now.getTime() + random.below(20_000) - 10_000)
    return {
      itemId,
      now,
      offerId: random.chance(0.8) ? (known?.offerId ?? newId()) : newId(),
      personId: random.chance(0.5) ? (known?.offeredTo ?? personId) : personId,
      onlyFor: maybe(random.chance(0.7) ? (known?.assigneeId ?? personId) : personId),
      handlingId: newId(),
      queueId: random.pick(queueIds),
      skillId: maybe(skillId),
      pendingUntil: maybe(later),
      dueBy: event === 'wake' || event === 'return' ? maybe(later) : null,
      dispositionId: null,
    }
  }

  /** Mostly something that is possible, seldom the end, so that much happens to every item. */
  const eventFor = (itemId: string): MoveEvent => {
    const next = NEXT[fake.items.get(itemId)?.state ?? 'resolved']
    const possible = EVENTS.filter((event) => event in next && (event !== 'resolve' || random.chance(0.1)))
    return possible.length > 0 && random.chance(0.8) ? random.pick(possible) : random.pick(EVENTS)
  }

  /** What the two must agree on; conversation and exact version of an agent's row are each one's own. */
  const essence = (result: MoveResult): unknown => {
    if (result.kind !== 'moved') return result
    const { conversationId: _, loads, ...rest } = result
    return { ...rest, loads: loads.map((load) => ({ ...load })).sort((a, b) => (a.personId < b.personId ? -1 : 1)) }
  }

  const onBoth = async (act: (pair: Pair) => Promise<unknown>, what: string): Promise<void> => {
    const [real, faked] = [await act(pairs[0]), await act(pairs[1])]
    assert.deepEqual(faked, real, `${what} (OCO_TEST_SEED=${random.seed})`)
  }

  const openingsOfAll = () =>
    queueIds.map((queueId) => ({ queueId, weightMax: 30, skillIds: random.chance(0.5) ? [skillId] : [] }))

  const offerSome = async (): Promise<void> => {
    const now = db.clock.now()
    const request = {
      openings: openingsOfAll(),
      passedOver: {},
      limit: 1 + random.below(4),
      refusedSince: new Date(now.getTime() - 60_000),
    }
    const persons = [random.pick(agentIds), random.pick(agentIds)]
    const ids = Array.from({ length: 4 }, () => ({ id: newId(), recordId: newId() }))
    await onBoth(
      (pair) =>
        pair.database.transaction(async (tx) => {
          const taken = await pair.items.takeWaiting(tx, request)
          const offers = taken.map(({ id: itemId, weight }, index) => ({
            ...(ids[index] ?? assert.fail()),
            itemId,
            personId: persons[index % 2] ?? '',
            weight,
            expiresAt: new Date(now.getTime() + 30_000),
            ring: 0,
            counts: {},
          }))
          const order = taken.map(({ id, version, refusals }) => ({
            id,
            version,
            refusals: Object.fromEntries(
              [...refusals].sort((a, b) => a.at.getTime() - b.at.getTime()).map((one) => [one.personId, one.at]),
            ),
          }))
          if (offers.length === 0) return { order }
          const { itemIds: made, loads } = await makeOffers(tx, offers, now, pair.items)
          return { order, made: [...made].sort(), loads: [...loads].sort((a, b) => (a.personId < b.personId ? -1 : 1)) }
        }),
      'an offer',
    )
  }

  const changeSomebody = async (): Promise<void> => {
    const state = random.pick(['ready', 'ready', 'not_ready', 'offline'] as const)
    const change = {
      personId: random.pick(agentIds),
      state,
      reason: state === 'not_ready' ? ('lunch' as const) : null,
      changedBy: null,
      changeId: newId(),
      now: db.clock.now(),
      ...(random.chance(0.3) ? { onlyFrom: 'ready' as const } : {}),
    }
    await onBoth((pair) => pair.database.transaction((tx) => pair.agents.changeState(tx, change)), `agent ${state}`)
  }

  it(`agree on ${MOVES} moves, offers and changes of agents, whatever is tried`, async () => {
    const tally = new Map<string, number>()
    const missing = (): string[] => [
      ...EVENTS.filter((event) => !tally.has(`${event} moved`)).map((event) => `${event} moved`),
      ...CAN_BE_FULL.filter((event) => !tally.has(`${event} full`)).map((event) => `${event} full`),
    ]
    // Goes on until the rare has happened too, within bounds: which moves are rare depends on the seed.
    for (let index = 0; index < MOVES || (missing().length > 0 && index < MOVES_MAX); index++) {
      db.clock.advance(random.below(2_000))
      if (random.chance(0.15)) await changeSomebody()
      if (random.chance(0.4)) await offerSome()
      const open = itemIds.filter((id) => fake.openItems.has(id))
      if (open.length < ITEMS) itemIds.push(await addBoth(index))
      const itemId = random.pick(random.chance(0.95) ? open : itemIds)
      const event = eventFor(itemId)
      const values = valuesFor(event, itemId)
      const what = `${event} of ${fake.items.get(itemId)?.state ?? ''}`
      await onBoth(async (pair) => {
        const request = { event, values, by: SYSTEM_ORIGIN, action: 'work_item.assigned', isLast: random.chance(0.5) } as const
        const result = await pair.database.transaction((tx) => move(tx, request, pair.items))
        if (pair.database === fake) tally.set(`${event} ${result.kind}`, (tally.get(`${event} ${result.kind}`) ?? 0) + 1)
        return essence(result)
      }, what)
    }
    assert.deepEqual(missing(), [], `everything has happened (seed ${random.seed})`)
  })

  it('end with the same rows, and with one record for each change', async () => {
    const { rows } =
      await sql`select id, state, version, queue_id as "queueId", skill_id as "skillId", assignee_id as "assigneeId",
        offer_id as "offerId", offered_to as "offeredTo", offer_expires_at as "offerExpiresAt", pending_until as "pendingUntil",
        waiting_since as "waitingSince",
        (select count(*)::integer from offer where work_item_id = work_item.id) as offers,
        (select count(*)::integer from handling where work_item_id = work_item.id and ended_at is null) as open,
        (select count(*)::integer from audit_event where object_id = work_item.id) as records
      from work_item order by id`.execute(db.database.read)
    const faked = [...fake.items.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ conversationId: _, channelKind: _kind, priority: _priority, weight: _weight, handlings, offers, ...item }) => ({
        ...item,
        offers: offers.length,
        open: handlings.filter((one) => one.endedAt === null).length,
        // One for the beginning, and one for each change.
        records: 1 + item.version,
      }))
    assert.deepEqual(faked.map(sorted), (rows as Record<string, unknown>[]).map(sorted), `OCO_TEST_SEED=${random.seed}`)
  })
})

const sorted = (row: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))
