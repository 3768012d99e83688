import assert from 'node:assert/strict'
import { completeFirstRun, openLive, startTestApp, type FirstRun, type TestApp } from '../app.ts'
import { eventually } from '../eventually.ts'

describe('a request of another system goes the whole way', () => {
  let test: TestApp
  let people: FirstRun
  before(async () => {
    test = await startTestApp()
    people = await completeFirstRun(test)
  })
  after(() => test.stop())

  it('is offered, accepted, noted on and resolved, and every step is on record', async () => {
    const { admin, agent, queueId } = people
    const channel = await admin.call('createChannel', { body: { name: 'CRM', queueId, settings: { kind: 'intake' } } })
    const token = await admin.call('createToken', { body: { name: 'crm', channelId: channel.id } })
    const crm = test.client().withHeaders({ authorization: `Bearer ${token.secret}`, 'idempotency-key': 'crm-0001-a' })
    const page = await openLive(agent)
    await agent.call('changeOwnAgentState', { body: { state: 'ready' } })
    const offered = page.next((frame) => frame.kind === 'events' && frame.events.some(({ type }) => type === 'offer.made'))
    const body = { from: { email: 'client@example.test', name: 'Клиент' }, subject: 'Нет связи', text: 'С утра нет связи.' }
    const first = await eventually(async () => crm.call('createIntake', { body }))
    const again = await crm.call('createIntake', { body })
    assert.equal(first.repeated, false)
    assert.deepEqual(again, { requestId: first.requestId, repeated: true })
    await offered

    const { offers } = await agent.call('readDesk')
    const item = offers[0]?.workItem
    assert.ok(item?.offer)
    await agent.call('acceptOffer', { params: { id: item.id }, body: { offerId: item.offer.id } })
    const conversation = await agent.call('readConversation', { params: { id: item.conversationId } })
    assert.equal(conversation.subject, 'Нет связи')
    assert.deepEqual(
      conversation.messages.map(({ kind, text }) => [kind, text]),
      [['inbound', 'С утра нет связи.']],
    )
    const params = { id: item.conversationId }
    await agent.call('addNote', { params, body: { text: 'Авария на линии.', idempotencyKey: 'note-0001' } })
    const { rows: found } = await agent.call('search', { query: { q: 'связь' } })
    assert.deepEqual(
      found.map(({ id }) => id),
      [item.conversationId],
    )
    const done = await agent.call('resolveWorkItem', { params: { id: item.id }, body: { dispositionId: null } })
    assert.equal(done.state, 'resolved')
    await page.close()

    const { rows } = await test.db.database.read
      .selectFrom('audit_event')
      .select('action')
      .where('object_id', 'in', [item.id, item.conversationId])
      .orderBy('sequence')
      .execute()
      .then((events) => ({ rows: events.map(({ action }) => action) }))
    assert.deepEqual(rows, [
      'conversation.started',
      'work_item.enqueued',
      'work_item.offered',
      'work_item.assigned',
      'conversation.viewed',
      'work_item.resolved',
    ])
  })
})
