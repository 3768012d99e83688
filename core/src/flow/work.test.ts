import assert from 'node:assert/strict'
import { SYSTEM_ORIGIN } from '@oco/security'
import type { WorkItemView } from '@oco/contract'
import { DISCONNECT_GRACE_MS } from '../agents/index.ts'
import { isFailure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { openDatabase, sql, type Database } from '../platform/db.ts'
import { createWake, type Wake } from '../platform/wake.ts'
import { REFUSAL_PAUSE_MS } from '../routing/choose-agent.ts'
import { workItemViews } from '../work-items/index.ts'
import { eventually } from '../../test/eventually.ts'
import { lockItem } from '../../test/locked-item.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { addAgent, addItem, addQueue, addSkill, callerOf, type AgentRow } from '../../test/queue-rows.ts'
import { createWork, type Work } from './work.ts'

describe('the queue of one process', () => {
  let db: TestDatabase
  let database: Database
  let wake: Wake
  let work: Work
  let queueId: string
  const notes: string[] = []

  before(async () => {
    db = await testDatabase()
    wake = createWake({ url: db.url, node: newId(), log: db.log })
    database = openDatabase({ url: db.url, clock: db.clock, onWake: (topics) => wake.wake(topics), onIdleError: () => undefined })
    work = createWork({
      database,
      wake,
      clock: db.clock,
      log: db.log,
      addNote: (_tx, _by, note) => Promise.resolve(notes.push(note.text)),
    })
    await wake.start()
    await work.start()
  })
  after(async () => {
    await work.stop()
    await wake.stop()
    await database.close()
    await db.drop()
  })
  beforeEach(async () => {
    queueId = await addQueue(database.read, { name: newId() })
  })

  const agent = async (row: Partial<AgentRow> = {}): Promise<string> => {
    const id = await addAgent(database.read, { name: 'Анна', queueIds: [queueId], ...row })
    wake.wake(['agents'])
    return id
  }
  const settled = async (): Promise<void> => {
    // A pool in doubt is read anew at most four times a second of this clock.
    db.clock.advance(1_000)
    wake.wake(['offers', 'deadlines'])
    await work.idle()
  }
  const item = (more: Partial<Parameters<typeof addItem>[1]> = {}): Promise<string> => {
    db.clock.advance(1)
    return addItem(database, { queueId, now: db.clock.now(), ...more })
  }
  const viewOf = async (id: string): Promise<WorkItemView> => {
    const view = (await workItemViews(database.read, [id])).get(id)
    assert.ok(view)
    return view
  }
  const agentOf = async (personId: string) =>
    (
      await sql<{ state: string; reason: string | null; used: number }>`select state, reason, capacity_used as used from agent
        where person_id = ${personId}`.execute(database.read)
    ).rows[0]
  const actionsOn = async (id: string): Promise<string[]> =>
    (
      await sql<{ action: string }>`select action from audit_event where object_id = ${id} order by sequence`.execute(
        database.read,
      )
    ).rows.map((row) => row.action)
  const liveOf = async (personId: string, type: string): Promise<number> =>
    (await sql`select from live_event where person_id = ${personId} and type = ${type}`.execute(database.read)).rows.length
  const offered = async (id: string): Promise<{ offerId: string; personId: string }> => {
    await settled()
    const { offer } = await viewOf(id)
    assert.ok(offer, 'is offered')
    return { offerId: offer.id, personId: offer.personId }
  }

  it('goes from the line over an offer into hands and out of them, with its facts and its trail', async () => {
    const person = await agent()
    const id = await item()
    const { offerId, personId } = await offered(id)
    assert.equal(personId, person)
    assert.equal((await agentOf(person))?.used, 10)
    assert.equal(await liveOf(person, 'offer.made'), 1)
    const caller = callerOf(person)
    await work.acts.accept(caller, { itemId: id, offerId })
    assert.equal((await viewOf(id)).assignee?.id, person)
    await work.acts.resolve(caller, { itemId: id, dispositionId: null })
    assert.equal((await viewOf(id)).state, 'resolved')
    assert.equal((await agentOf(person))?.used, 0)
    assert.deepEqual(await actionsOn(id), ['work_item.enqueued', 'work_item.offered', 'work_item.assigned', 'work_item.resolved'])
    const facts = await sql`select outcome, ended_by, handling.ended_at is not null as done, counts from offer
      join handling using (work_item_id) where work_item_id = ${id}`.execute(database.read)
    assert.deepEqual(facts.rows, [{ outcome: 'accepted', ended_by: 'resolved', done: true, counts: { left: 1 } }])
  })

  it('offers as soon as an item comes or somebody becomes ready, without anybody looking', async () => {
    const person = await agent({ state: 'offline' })
    await settled()
    const id = await item()
    await work.agents.changeState(callerOf(person).by, { personId: person, change: { state: 'ready' } })
    await work.idle()
    assert.equal((await viewOf(id)).state, 'offered')
    const next = await item()
    await work.idle()
    assert.equal((await viewOf(next)).state, 'offered')
  })

  it('fills capacity over all channels, and no further', async () => {
    const person = await agent()
    const ids = []
    for (const channelKind of ['webchat', 'webchat', 'webchat', 'webchat', 'email', 'email'] as const)
      ids.push(await item({ channelKind }))
    await settled()
    const states = []
    for (const id of ids) states.push((await viewOf(id)).state)
    assert.deepEqual(states, ['offered', 'offered', 'offered', 'waiting', 'offered', 'waiting'])
    assert.equal((await agentOf(person))?.used, 100)
  })

  it('offers by priority, then by the time of waiting', async () => {
    const early = await item({ now: new Date(db.clock.now().getTime() - 60_000) })
    const late = await item()
    const urgent = await item({ priority: 5 })
    const person = await agent({ capacityLimit: 10 })
    assert.equal((await offered(urgent)).personId, person)
    await work.acts.accept(callerOf(person), { itemId: urgent, offerId: (await offered(urgent)).offerId })
    await work.acts.resolve(callerOf(person), { itemId: urgent, dispositionId: null })
    await settled()
    assert.equal((await viewOf(early)).state, 'offered')
    assert.equal((await viewOf(late)).state, 'waiting')
  })

  it('does not let items that nobody can take stand in the way', async () => {
    const skillId = await addSkill(database.read, newId())
    await agent({ capacityLimit: 50 })
    for (let index = 0; index < 40; index++) await item({ skillId, priority: 5 })
    const skilled = await agent({ skillIds: [skillId], capacityLimit: 10 })
    for (let index = 0; index < 40; index++) await item({ skillId, priority: 5, channelKind: 'webchat' })
    const plain = await item({ priority: 1 })
    await settled()
    assert.equal((await viewOf(plain)).state, 'offered')
    assert.equal((await agentOf(skilled))?.used, 10)
  })

  it('passes over who declined while others are there, and asks again later where nobody else is', async () => {
    const first = await agent({ idleSince: new Date('2026-01-01T00:00:00Z') })
    const second = await agent()
    const id = await item()
    const one = await offered(id)
    assert.equal(one.personId, first)
    await work.acts.decline(callerOf(first), { itemId: id, offerId: one.offerId })
    const two = await offered(id)
    assert.equal(two.personId, second)
    await work.acts.decline(callerOf(second), { itemId: id, offerId: two.offerId })
    await settled()
    assert.equal((await viewOf(id)).state, 'waiting')
    db.clock.advance(REFUSAL_PAUSE_MS)
    assert.equal((await offered(id)).personId, first)
    assert.deepEqual((await actionsOn(id)).slice(2, 5), ['work_item.declined', 'work_item.offered', 'work_item.declined'])
  })

  it('lets an offer expire by the clock: the item keeps its place, whoever missed it is not ready', async () => {
    const person = await agent({ capacityLimit: 20 })
    const id = await item()
    const other = await item()
    const { offerId } = await offered(id)
    const since = (await viewOf(id)).enqueuedAt
    db.clock.advance(30_000)
    await assert.rejects(work.acts.accept(callerOf(person), { itemId: id, offerId }), (error) => isFailure(error, 'offer_gone'))
    wake.wake(['deadlines'])
    await until(async () => (await agentOf(person))?.state === 'not_ready')
    assert.deepEqual(await agentOf(person), { state: 'not_ready', reason: 'missed_offer', used: 0 })
    assert.equal((await viewOf(id)).state, 'waiting')
    assert.equal((await viewOf(other)).state, 'waiting')
    assert.equal((await viewOf(id)).enqueuedAt, since)
    assert.ok((await actionsOn(person)).includes('agent_state.changed'))
    const trails = [await actionsOn(id), await actionsOn(other)].map((actions) => actions.at(-1)).sort()
    assert.ok(trails.includes('work_item.offer_expired'))
    assert.ok(trails.every((action) => action === 'work_item.offer_expired' || action === 'work_item.offer_withdrawn'))
  })

  it('withdraws what is offered when the agent is not ready any more', async () => {
    const person = await agent()
    const id = await item()
    const { offerId } = await offered(id)
    await work.agents.changeState(callerOf(person).by, { personId: person, change: { state: 'not_ready', reason: 'lunch' } })
    assert.equal((await viewOf(id)).state, 'waiting')
    assert.equal((await agentOf(person))?.used, 0)
    assert.equal(await liveOf(person, 'offer.withdrawn'), 1)
    assert.equal((await actionsOn(id)).at(-1), 'work_item.offer_withdrawn')
    await assert.rejects(work.acts.accept(callerOf(person), { itemId: id, offerId }), (error) => isFailure(error, 'offer_gone'))
  })

  it('makes a ready agent not ready who does not come back in time, and keeps what is in hands', async () => {
    const person = await agent({ capacityLimit: 10 })
    const id = await item()
    const { offerId } = await offered(id)
    await work.acts.accept(callerOf(person), { itemId: id, offerId })
    work.presence.agentConnected(person)
    work.presence.agentConnected(person)
    work.presence.agentDisconnected(person)
    work.presence.agentDisconnected(person)
    await until(
      async () =>
        (await sql`select from agent where person_id = ${person} and connected_until is not null`.execute(database.read)).rows
          .length === 1,
    )
    db.clock.advance(DISCONNECT_GRACE_MS - 1_000)
    await settled()
    db.clock.advance(31_000)
    wake.wake(['deadlines'])
    await until(async () => (await agentOf(person))?.state === 'not_ready')
    assert.deepEqual(await agentOf(person), { state: 'not_ready', reason: 'disconnected', used: 10 })
    assert.equal((await viewOf(id)).state, 'assigned')
  })

  describe('in hands', () => {
    const inHands = async (row: Partial<AgentRow> = {}): Promise<{ id: string; person: string }> => {
      const person = await agent(row)
      const id = await item()
      await work.acts.take(callerOf(person), { itemId: id })
      return { id, person }
    }

    it('is taken only by who serves the queue, has room, and only while it waits', async () => {
      const { id, person } = await inHands({ state: 'not_ready', capacityLimit: 15 })
      await assert.rejects(work.acts.take(callerOf(person), { itemId: id }), (error) => isFailure(error, 'illegal_transition'))
      const next = await item()
      await assert.rejects(work.acts.take(callerOf(person), { itemId: next }), (error) => isFailure(error, 'capacity_exceeded'))
      const stranger = await agent({ queueIds: [] })
      await assert.rejects(work.acts.take(callerOf(stranger), { itemId: next }), (error) => isFailure(error, 'not_found'))
      await assert.rejects(work.acts.take(callerOf(stranger), { itemId: newId() }), (error) => isFailure(error, 'not_found'))
      await work.acts.take(callerOf(stranger, 'supervisor'), { itemId: next })
      assert.equal((await viewOf(next)).assignee?.id, stranger)
    })

    it('is released into the line, and goes to others first', async () => {
      const { id, person } = await inHands()
      const other = await agent({ capacityLimit: 10 })
      await work.acts.release(callerOf(person), { itemId: id })
      assert.equal((await agentOf(person))?.used, 0)
      assert.equal((await offered(id)).personId, other)
    })

    it('is handled by its assignee and supervisors alone', async () => {
      const { id } = await inHands()
      const other = await agent()
      for (const act of ['release', 'resume'] as const)
        await assert.rejects(work.acts[act](callerOf(other), { itemId: id }), (error) =>
          isFailure(error, act === 'release' ? 'forbidden' : 'illegal_transition'),
        )
      const resolving = work.acts.resolve(callerOf(other), { itemId: id, dispositionId: null })
      await assert.rejects(resolving, (error) => isFailure(error, 'forbidden'))
      await assert.rejects(work.acts.pend(callerOf(other), { itemId: id, until: null }), (error) => isFailure(error, 'forbidden'))
      const target = { kind: 'person', personId: other } as const
      const moving = work.acts.transfer(callerOf(other), { itemId: id, target, note: '' })
      await assert.rejects(moving, (error) => isFailure(error, 'forbidden'))
      await work.acts.resolve(callerOf(other, 'supervisor'), { itemId: id, dispositionId: null })
      assert.equal((await viewOf(id)).state, 'resolved')
    })

    it('goes to another person with a note, or not at all where there is no room', async () => {
      const { id, person } = await inHands()
      const other = await agent({ state: 'not_ready', capacityLimit: 10 })
      const target = { kind: 'person', personId: other } as const
      await work.acts.transfer(callerOf(person), { itemId: id, target, note: 'Просит Марию' })
      assert.equal((await viewOf(id)).assignee?.id, other)
      assert.deepEqual([(await agentOf(person))?.used, (await agentOf(other))?.used], [0, 10])
      assert.equal(notes.at(-1), 'Просит Марию')
      const second = await item()
      await work.acts.take(callerOf(person), { itemId: second })
      await assert.rejects(work.acts.transfer(callerOf(person), { itemId: second, target, note: 'x' }), (error) =>
        isFailure(error, 'capacity_exceeded'),
      )
      assert.deepEqual([(await agentOf(person))?.used, (await agentOf(other))?.used], [10, 10])
      assert.equal(notes.at(-1), 'Просит Марию')
      const nobody = { kind: 'person', personId: newId() } as const
      await assert.rejects(work.acts.transfer(callerOf(person), { itemId: second, target: nobody, note: '' }), (error) =>
        isFailure(error, 'not_found'),
      )
    })

    it('goes to nobody who is offline, by whosever hand: it would lie there unseen', async () => {
      const { id, person } = await inHands()
      const [away, boss] = [await agent({ state: 'offline' }), await agent({ role: 'supervisor', state: 'offline' })]
      const target = { kind: 'person', personId: away } as const
      const refused = (error: unknown): boolean => isFailure(error, 'agent_offline')
      await assert.rejects(work.acts.transfer(callerOf(person), { itemId: id, target, note: 'Утром' }), refused)
      const chief = callerOf(boss, 'supervisor')
      await assert.rejects(work.acts.assign(chief, { itemId: id, personId: away }), refused)
      assert.equal((await viewOf(id)).assignee?.id, person)
      // To oneself is another matter: whoever takes something knows of it.
      await work.acts.assign(chief, { itemId: id, personId: boss })
      assert.equal((await viewOf(id)).assignee?.id, boss)
    })

    it('goes into the line of another queue, with its skill', async () => {
      const { id, person } = await inHands()
      const skillId = await addSkill(database.read, newId())
      const toQueue = await addQueue(database.read, { name: newId(), skillId })
      await work.acts.transfer(callerOf(person), { itemId: id, target: { kind: 'queue', queueId: toQueue }, note: '' })
      const view = await viewOf(id)
      assert.deepEqual([view.state, view.queue.id, view.skill?.id, view.assignee], ['waiting', toQueue, skillId, null])
      assert.equal((await agentOf(person))?.used, 0)
    })

    it('is given to a person by a supervisor from wherever it is', async () => {
      const boss = await agent({ role: 'supervisor', queueIds: [] })
      const { id, person } = await inHands()
      const other = await agent()
      await work.acts.assign(callerOf(boss, 'supervisor'), { itemId: id, personId: other })
      assert.deepEqual([(await agentOf(person))?.used, (await agentOf(other))?.used], [0, 10])
      await assert.rejects(work.acts.assign(callerOf(boss, 'supervisor'), { itemId: id, personId: other }), (error) =>
        isFailure(error, 'illegal_transition'),
      )
      const waiting = await item()
      const { personId } = await offered(waiting)
      await work.acts.assign(callerOf(boss, 'supervisor'), { itemId: waiting, personId })
      assert.equal((await viewOf(waiting)).assignee?.id, personId)
      assert.equal((await agentOf(personId))?.used, personId === other ? 20 : 10)
      await work.acts.pend(callerOf(boss, 'supervisor'), { itemId: id, until: null })
      await work.acts.assign(callerOf(boss, 'supervisor'), { itemId: id, personId: person })
      assert.equal((await viewOf(id)).assignee?.id, person)
    })

    it('rests until its moment, and then goes back to its assignee', async () => {
      const { id, person } = await inHands()
      await assert.rejects(work.acts.pend(callerOf(person), { itemId: id, until: db.clock.now() }), (error) =>
        isFailure(error, 'invalid_input'),
      )
      await work.acts.pend(callerOf(person), { itemId: id, until: new Date(db.clock.now().getTime() + 600_000) })
      assert.equal((await agentOf(person))?.used, 0)
      await settled()
      assert.equal((await viewOf(id)).state, 'pending')
      db.clock.advance(600_000)
      wake.wake(['deadlines'])
      await until(async () => (await viewOf(id)).state === 'assigned')
      assert.equal((await agentOf(person))?.used, 10)
    })

    it('is taken up again only where there is room', async () => {
      const { id, person } = await inHands({ capacityLimit: 10 })
      await work.acts.pend(callerOf(person), { itemId: id, until: null })
      const next = await item()
      await work.acts.take(callerOf(person), { itemId: next })
      await assert.rejects(work.acts.resume(callerOf(person), { itemId: id }), (error) => isFailure(error, 'capacity_exceeded'))
      await work.acts.resolve(callerOf(person), { itemId: next, dispositionId: null })
      await work.acts.resume(callerOf(person), { itemId: id })
      assert.equal((await viewOf(id)).state, 'assigned')
    })

    it('is resolved with a disposition that is offered, or not at all', async () => {
      const { id, person } = await inHands()
      await assert.rejects(work.acts.resolve(callerOf(person), { itemId: id, dispositionId: newId() }))
      const dispositionId = newId()
      await sql`insert into disposition (id, name, removed_at) values (${dispositionId}, 'Решено', now())`.execute(database.read)
      const resolving = work.acts.resolve(callerOf(person), { itemId: id, dispositionId })
      await assert.rejects(resolving, (error) => isFailure(error, 'invalid_input'))
      assert.equal((await viewOf(id)).state, 'assigned')
      await sql`update disposition set removed_at = null where id = ${dispositionId}`.execute(database.read)
      await work.acts.resolve(callerOf(person), { itemId: id, dispositionId })
      assert.equal((await viewOf(id)).disposition?.id, dispositionId)
    })

    it('goes back into the line when its agent serves no more', async () => {
      const { id, person } = await inHands()
      const standing = await item()
      await settled()
      await database.transaction((tx) => work.agents.takeOffline(tx, SYSTEM_ORIGIN, person))
      assert.deepEqual(await agentOf(person), { state: 'offline', reason: null, used: 0 })
      assert.deepEqual([(await viewOf(id)).state, (await viewOf(standing)).state], ['waiting', 'waiting'])
    })

    it('goes back too where something else had it locked when its agent was blocked', async () => {
      const { id, person } = await inHands()
      const letGo = await lockItem(database, id)
      await sql`update person set blocked_at = now() where id = ${person}`.execute(database.read)
      await database.transaction((tx) => work.agents.takeOffline(tx, SYSTEM_ORIGIN, person))
      assert.equal((await viewOf(id)).state, 'assigned')
      letGo()
      wake.wake(['deadlines'])
      await until(async () => (await viewOf(id)).state === 'waiting')
    })
  })
})

/** Real time: what is waited for is done by a drain of its own. */
const until = (holds: () => Promise<boolean>): Promise<true> => eventually(async () => (await holds()) || null)
