import assert from 'node:assert/strict'
import { SYSTEM_ORIGIN } from '@oco/security'
import { newId } from '../kernel/ids.ts'
import { sql, violates } from '../platform/db.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { addAgent, addConversations, addItem, addQueue } from '../../test/queue-rows.ts'
import { enqueue, latestItem, queueCounters, recordFirstReply, resumeOnMessage, workItemViews } from './index.ts'
import type { MoveEvent, MoveValues } from './move-statement-store.ts'
import { move as moveIn } from './move-service.ts'
import { workStore } from './work-store.ts'

const OFFLINE = 'offline'

describe('work items', () => {
  let db: TestDatabase
  let queueId: string
  before(async () => {
    db = await testDatabase()
    queueId = await addQueue(db.database.read, { name: 'Почта' })
  })
  after(() => db.drop())

  const move = (event: MoveEvent, values: Omit<MoveValues, 'now'>) =>
    db.database.transaction((tx) => {
      const given = { now: db.clock.now(), handlingId: newId(), ...values }
      return moveIn(tx, { event, values: given, by: SYSTEM_ORIGIN, action: 'work_item.assigned' }, workStore)
    })
  const viewOf = async (id: string) => (await workItemViews(db.database.read, [id])).get(id)
  const used = async (personId: string): Promise<number> =>
    (await sql<{ used: number }>`select capacity_used as used from agent where person_id = ${personId}`.execute(db.database.read))
      .rows[0]?.used ?? -1
  const actionsOn = async (id: string): Promise<string[]> =>
    (
      await sql<{ action: string }>`select action from audit_event where object_id = ${id} order by sequence`.execute(
        db.database.read,
      )
    ).rows.map((row) => row.action)

  it('enqueues with number, deadlines, weight, audit and a live row', async () => {
    const [conversationId = ''] = await addConversations(db.database.read, queueId, 1)
    const now = db.clock.now()
    const { id } = await db.database.transaction((tx) =>
      enqueue(tx, SYSTEM_ORIGIN, {
        conversationId,
        queueId,
        channelKind: 'webchat',
        priority: 4,
        skillId: null,
        firstReplyTargetMs: 60_000,
        resolutionTargetMs: null,
        reopenedFrom: null,
        now,
      }),
    )
    const view = await viewOf(id)
    assert.ok(view)
    assert.ok(view.number > 0)
    assert.equal(view.state, 'waiting')
    assert.equal(view.channel, 'webchat')
    assert.equal(view.firstReplyDueAt, new Date(now.getTime() + 60_000).toISOString())
    assert.equal(view.resolutionDueAt, null)
    assert.deepEqual(await actionsOn(id), ['work_item.enqueued'])
    const { rows } = await sql`select type from live_event where work_item_id = ${id} and queue_id = ${queueId}
      and conversation_id = ${conversationId}`.execute(db.database.read)
    assert.deepEqual(rows, [{ type: 'work_item.changed' }])
    assert.ok(((await queueCounters(db.database.read)).get(queueId) ?? 0) >= 1)
  })

  it('refuses a second open item of a conversation, and takes a reopened one after the first is resolved', async () => {
    const first = await addItem(db.database, { queueId })
    const conversationId = (await viewOf(first))?.conversationId ?? ''
    const again = (reopenedFrom: string | null) =>
      db.database.transaction((tx) =>
        enqueue(tx, SYSTEM_ORIGIN, {
          conversationId,
          queueId,
          channelKind: 'email',
          priority: 3,
          skillId: null,
          firstReplyTargetMs: null,
          resolutionTargetMs: null,
          reopenedFrom,
          now: db.clock.now(),
        }),
      )
    await assert.rejects(again(null), (error) => violates(error, 'work_item_one_open'))
    const agent = await addAgent(db.database.read, { name: 'Анна', queueIds: [queueId] })
    await move('take', { itemId: first, personId: agent, onlyFor: agent })
    await move('resolve', { itemId: first, onlyFor: agent, dispositionId: null })
    const second = await again(first)
    const latest = await db.database.transaction((tx) => latestItem(tx, conversationId))
    assert.equal(latest?.id, second.id)
    assert.equal(latest.state, 'waiting')
    assert.equal((await viewOf(second.id))?.reopenedFrom, first)
    assert.deepEqual(await actionsOn(second.id), ['work_item.reopened'])
  })

  it('has no latest item where nothing was enqueued', async () => {
    const [conversationId = ''] = await addConversations(db.database.read, queueId, 1)
    assert.equal(await db.database.transaction((tx) => latestItem(tx, conversationId)), null)
  })

  it('notes the first reply once', async () => {
    const id = await addItem(db.database, { queueId })
    const conversationId = (await viewOf(id))?.conversationId ?? ''
    const first = db.clock.now()
    await db.database.transaction((tx) => recordFirstReply(tx, { conversationId, now: first }))
    await db.database.transaction((tx) => recordFirstReply(tx, { conversationId, now: new Date(first.getTime() + 5_000) }))
    assert.equal((await viewOf(id))?.firstRepliedAt, first.toISOString())
  })

  describe('a message on a pending item', () => {
    const pended = async (agent: string): Promise<string> => {
      const id = await addItem(db.database, { queueId })
      assert.equal((await move('take', { itemId: id, personId: agent, onlyFor: agent })).kind, 'moved')
      assert.equal((await move('pend', { itemId: id, onlyFor: agent, pendingUntil: null })).kind, 'moved')
      assert.equal(await used(agent), 0)
      return id
    }
    const message = (itemId: string) =>
      db.database.transaction((tx) => resumeOnMessage(tx, SYSTEM_ORIGIN, { itemId, now: db.clock.now() }))

    it('gives it back to its assignee', async () => {
      const agent = await addAgent(db.database.read, { name: 'Борис', queueIds: [queueId] })
      const id = await pended(agent)
      await message(id)
      const view = await viewOf(id)
      assert.equal(view?.state, 'assigned')
      assert.equal(view.assignee?.id, agent)
      assert.equal(await used(agent), 10)
      assert.ok((await actionsOn(id)).includes('work_item.resumed'))
    })

    it('puts it into the line where the assignee is offline', async () => {
      const agent = await addAgent(db.database.read, { name: 'Вера', queueIds: [queueId] })
      const id = await pended(agent)
      await sql`update agent set state = ${OFFLINE} where person_id = ${agent}`.execute(db.database.read)
      await message(id)
      assert.equal((await viewOf(id))?.state, 'waiting')
      assert.equal(await used(agent), 0)
    })

    it('puts it into the line where the assignee has no room', async () => {
      const agent = await addAgent(db.database.read, { name: 'Галина', queueIds: [queueId] })
      const id = await pended(agent)
      await sql`update agent set capacity_used = 95 where person_id = ${agent}`.execute(db.database.read)
      await message(id)
      assert.equal((await viewOf(id))?.state, 'waiting')
      assert.equal(await used(agent), 95)
    })

    it('does nothing to an item that is not pending', async () => {
      const id = await addItem(db.database, { queueId })
      await message(id)
      assert.equal((await viewOf(id))?.version, 0)
      assert.deepEqual(await actionsOn(id), ['work_item.enqueued'])
    })
  })
})
