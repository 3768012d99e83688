import assert from 'node:assert/strict'
import type { ErrorCode } from '@oco/contract/names'
import { completeFirstRun, openLive, PASSWORD, startTestApp, type FirstRun, type TestApp } from '../app.ts'
import { eventually } from '../eventually.ts'
import { ProblemError, type HttpClient } from '../http-client.ts'
import { addItem } from '../queue-rows.ts'

describe('an item goes from hand to hand over HTTP', () => {
  let test: TestApp
  let people: FirstRun
  let boss: HttpClient
  let other: HttpClient
  let ids: Record<'agent' | 'boss' | 'other', string>
  before(async () => {
    test = await startTestApp()
    people = await completeFirstRun(test)
    const { admin, queueId } = people
    const add = (login: string, role: 'agent' | 'supervisor') =>
      admin.call('createPerson', { body: { login, displayName: login, role, queueIds: [queueId], password: PASSWORD } })
    const [bossId, otherId] = [(await add('boss', 'supervisor')).id, (await add('other', 'agent')).id]
    boss = await test.client().signIn('boss', PASSWORD)
    other = await test.client().signIn('other', PASSWORD)
    ids = { boss: bossId, other: otherId, agent: (await people.agent.call('readSession')).person.id }
  })
  after(() => test.stop())

  const item = async () => ({ id: await addItem(test.db.database, { queueId: people.queueId, now: new Date() }) })
  const refused = (attempt: Promise<unknown>, code: ErrorCode): Promise<void> =>
    assert.rejects(attempt, (error) => error instanceof ProblemError && error.problem.code === code)

  it('is taken, released, and refused to whom it does not belong', async () => {
    const params = await item()
    assert.equal((await people.agent.call('takeWorkItem', { params })).assignee?.id, ids.agent)
    await refused(other.call('takeWorkItem', { params }), 'illegal_transition')
    await refused(other.call('releaseWorkItem', { params }), 'forbidden')
    await refused(other.call('assignWorkItem', { params, body: { personId: ids.other } }), 'forbidden')
    const released = await people.agent.call('releaseWorkItem', { params })
    assert.deepEqual([released.state, released.assignee], ['waiting', null])
  })

  it('is transferred with a note to a colleague, and by a supervisor to another queue', async () => {
    const params = await item()
    await people.agent.call('takeWorkItem', { params })
    const target = { kind: 'person', personId: ids.other } as const
    await refused(people.agent.call('transferWorkItem', { params, body: { target } }), 'agent_offline')
    await other.call('changeOwnAgentState', { body: { state: 'not_ready', reason: 'lunch' } })
    const passed = await people.agent.call('transferWorkItem', { params, body: { target, note: 'Клиент ждёт звонка' } })
    assert.equal(passed.assignee?.id, ids.other)
    const { messages } = await other.call('readConversation', { params: { id: passed.conversationId } })
    assert.deepEqual(
      messages.map(({ kind, text }) => [kind, text]),
      [['note', 'Клиент ждёт звонка']],
    )
    const queue = await people.admin.call('createQueue', { body: { name: 'Вторая линия' } })
    const moved = await boss.call('transferWorkItem', { params, body: { target: { kind: 'queue', queueId: queue.id } } })
    assert.deepEqual([moved.state, moved.queue.name], ['waiting', 'Вторая линия'])
    await refused(people.agent.call('takeWorkItem', { params }), 'not_found')
    await refused(boss.call('assignWorkItem', { params, body: { personId: ids.agent } }), 'agent_offline')
    await people.agent.call('changeOwnAgentState', { body: { state: 'not_ready', reason: 'lunch' } })
    const assigned = await boss.call('assignWorkItem', { params, body: { personId: ids.agent } })
    assert.equal(assigned.assignee?.id, ids.agent)
  })

  it('rests, is taken up again, and ends with a disposition', async () => {
    const params = await item()
    const { id: dispositionId } = await people.admin.call('createDisposition', { body: { name: 'Решено звонком' } })
    await people.agent.call('takeWorkItem', { params })
    await refused(people.agent.call('pendWorkItem', { params, body: { until: '2020-01-01T00:00:00Z' } }), 'invalid_input')
    assert.equal((await people.agent.call('pendWorkItem', { params, body: { until: null } })).state, 'pending')
    assert.equal((await people.agent.call('resumeWorkItem', { params })).state, 'assigned')
    const done = await people.agent.call('resolveWorkItem', { params, body: { dispositionId } })
    assert.deepEqual([done.state, done.disposition?.name], ['resolved', 'Решено звонком'])
    await refused(people.agent.call('resolveWorkItem', { params, body: { dispositionId } }), 'illegal_transition')
  })

  it('is declined by one agent, and withdrawn from another whom the supervisor sends to a meeting', async () => {
    const page = await openLive(other)
    const [made, withdrawn] = (['offer.made', 'offer.withdrawn'] as const).map((type) =>
      page.next((frame) => frame.kind === 'events' && frame.events.some((event) => event.type === type)),
    )
    await people.agent.call('changeOwnAgentState', { body: { state: 'ready' } })
    const params = await item()
    const offer = await eventually(async () => {
      const { offers } = await people.agent.call('readDesk')
      return offers.find(({ workItem }) => workItem?.id === params.id)?.workItem?.offer ?? assert.fail()
    })
    await refused(other.call('declineOffer', { params, body: { offerId: offer.id } }), 'offer_gone')
    await other.call('changeOwnAgentState', { body: { state: 'ready' } })
    await people.agent.call('declineOffer', { params, body: { offerId: offer.id } })
    await made
    const change = { state: 'not_ready', reason: 'meeting' } as const
    const state = await boss.call('changeAgentState', { params: { id: ids.other }, body: change })
    assert.deepEqual([state.state, state.reason, state.capacityUsed], ['not_ready', 'meeting', 0])
    await withdrawn
    assert.equal((await other.call('readOwnAgentState')).reason, 'meeting')
    await refused(people.agent.call('changeAgentState', { params: { id: ids.other }, body: change }), 'forbidden')
    await page.close()
  })
})
