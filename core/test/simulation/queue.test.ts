import assert from 'node:assert/strict'
import type { WorkItemState } from '@oco/contract'
import { NEXT } from '../../src/work-items/work-item.ts'
import { createRandom } from '../random.ts'
import type { FakeRows } from './fake-rows.ts'
import { SimulatedCentre } from './simulated-centre.ts'

const DAY_MS = 24 * 60 * 60_000

/** Actions that may record a change from one state to another. */
const RECORDS: Readonly<Record<string, readonly string[]>> = {
  'waiting offered': ['work_item.offered'],
  'waiting assigned': ['work_item.assigned'],
  'offered assigned': ['work_item.assigned'],
  'offered waiting': ['work_item.declined', 'work_item.offer_expired', 'work_item.offer_withdrawn'],
  'assigned assigned': ['work_item.assigned', 'work_item.transferred'],
  'assigned waiting': ['work_item.released'],
  'assigned pending': ['work_item.pended'],
  'pending assigned': ['work_item.resumed', 'work_item.assigned'],
  'pending waiting': ['work_item.resumed', 'work_item.released'],
  'pending pending': ['work_item.pended'],
  'pending resolved': ['work_item.resolved'],
  'assigned resolved': ['work_item.resolved'],
}

describe('a day of the queue, simulated', () => {
  const random = createRandom()
  const items = 3_000
  const states = new Map<string, WorkItemState>()
  const recordIds = new Set<string>()
  let checked = 0
  let stateChanges = 0

  const centre = new SimulatedCentre({ random, processes: 3, agents: 36, items, hours: 10 }, (rows) => {
    checkTraces(rows)
    checkLoads(rows)
  })

  /** Each change of state starts where the last one ended, is legal, and has a record of its own that says so. */
  const checkTraces = (rows: FakeRows): void => {
    for (; checked < rows.traces.length; checked++) {
      const { itemId, from, to, record } = rows.traces[checked] ?? assert.fail()
      assert.equal(from, states.get(itemId) ?? 'waiting', itemId)
      assert.ok(Object.values(NEXT[from]).includes(to), `${from} to ${to}`)
      assert.ok(RECORDS[`${from} ${to}`]?.includes(record.action), `${from} to ${to} as ${record.action}`)
      assert.ok(!recordIds.has(record.id), 'a record stands for one change')
      recordIds.add(record.id)
      states.set(itemId, to)
    }
  }

  /** Nobody carries more than the limit, nor other than what is offered to and assigned to that person. */
  const checkLoads = (rows: FakeRows): void => {
    const carried = new Map<string, number>()
    for (const { state, weight, offeredTo, assigneeId } of rows.openItems.values()) {
      const carrier = state === 'offered' ? offeredTo : state === 'assigned' ? assigneeId : null
      if (carrier !== null) carried.set(carrier, (carried.get(carrier) ?? 0) + weight)
    }
    for (const { personId, capacityUsed, capacityLimit } of rows.agents.values()) {
      assert.ok(capacityUsed <= capacityLimit, `${personId} carries ${capacityUsed} of ${capacityLimit}`)
      assert.equal(capacityUsed, carried.get(personId) ?? 0, personId)
    }
  }

  before(async () => {
    try {
      await centre.run(2 * DAY_MS)
    } catch (error) {
      console.log(`OCO_TEST_SEED=${random.seed} repeats this`)
      throw error
    }
    stateChanges = centre.rows.audited.filter(({ action }) => action === 'agent_state.changed').length
  })

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(`OCO_TEST_SEED=${random.seed} repeats this`)
  })

  const offersOf = (outcome: string | null): number => centre.rows.offers.filter((offer) => offer.outcome === outcome).length

  it('resolves every item and loses none', () => {
    assert.equal(centre.rows.items.size, items)
    const open = [...centre.rows.items.values()].filter((item) => item.state !== 'resolved')
    assert.deepEqual(open, [])
  })

  it('offers an item to one agent at a time', () => {
    const standing = new Map<string, string>()
    let offered = 0
    for (const { itemId, to, record } of centre.rows.traces) {
      if (to === 'offered') {
        assert.ok(!standing.has(itemId), `${itemId} is offered twice`)
        standing.set(itemId, record.id)
        offered++
      } else standing.delete(itemId)
    }
    assert.equal(offered, centre.rows.offers.length)
    assert.equal(offersOf(null), 0)
  })

  it('leaves nobody with a load and nothing in hands', () => {
    for (const agent of centre.rows.agents.values()) assert.equal(agent.capacityUsed, 0)
    assert.ok(centre.rows.handlings.every((handling) => handling.endedAt !== null))
  })

  it('has seen every way an offer and a handling can end, so that the above means something', () => {
    for (const outcome of ['accepted', 'declined', 'expired', 'withdrawn']) assert.ok(offersOf(outcome) > 0, outcome)
    const ends = new Set(centre.rows.handlings.map((handling) => handling.endedBy))
    assert.deepEqual([...ends].sort(), ['agent_gone', 'pended', 'released', 'resolved', 'transferred'])
    assert.ok(recordIds.size > items * 3)
    assert.ok(stateChanges > 100)
  })

  it('records every change of an agent', () => {
    const changes = [...centre.rows.agents.values()].filter((agent) => agent.version > 0).length
    assert.equal(changes, centre.rows.agents.size)
    const reasons = new Set(
      centre.rows.audited
        .filter(({ action }) => action === 'agent_state.changed')
        .map(({ details }) => details?.['reason'] ?? null),
    )
    for (const reason of ['missed_offer', 'disconnected', 'lunch', null]) assert.ok(reasons.has(reason), String(reason))
  })
})
