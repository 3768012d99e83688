import assert from 'node:assert/strict'
import { completeFirstRun, PASSWORD, startTestApp, type FirstRun, type TestApp } from '../app.ts'
import { eventually } from '../eventually.ts'

describe('whoever reads what customers wrote is on record', () => {
  let test: TestApp
  let people: FirstRun
  let conversationId: string
  let messageId: string

  before(async () => {
    test = await startTestApp()
    people = await completeFirstRun(test)
    const { admin, agent, queueId } = people
    const channel = await admin.call('createChannel', { body: { name: 'CRM', queueId, settings: { kind: 'intake' } } })
    const token = await admin.call('createToken', { body: { name: 'crm', channelId: channel.id } })
    const crm = test.client().withHeaders({ authorization: `Bearer ${token.secret}`, 'idempotency-key': 'crm-0001-a' })
    const body = { from: { email: 'client@example.test', name: 'Клиент' }, subject: 'Письмо', text: 'Здравствуйте.' }
    await eventually(async () => crm.call('createIntake', { body }))
    await agent.call('changeOwnAgentState', { body: { state: 'ready' } })
    const item = await eventually(async () => (await agent.call('readDesk')).offers[0]?.workItem ?? null)
    assert.ok(item.offer)
    await agent.call('acceptOffer', { params: { id: item.id }, body: { offerId: item.offer.id } })
    conversationId = item.conversationId
    const row = await test.db.database.read
      .updateTable('message')
      .set({ html: '<p>Здравствуйте.</p>' })
      .where('conversation_id', '=', conversationId)
      .returning('id')
      .executeTakeFirstOrThrow()
    messageId = row.id
  })
  after(() => test.stop())

  const newSession = () => test.client().signIn('agent', PASSWORD)
  const recorded = async (action: string, objectId: string): Promise<unknown[]> => {
    const rows = await test.db.database.read
      .selectFrom('audit_event')
      .select(['subject_kind', 'details'])
      .where('action', '=', action)
      .where('object_id', '=', objectId)
      .execute()
    assert.ok(rows.every((row) => row.subject_kind === 'person'))
    return rows.map((row) => row.details)
  }
  const viewsBy = async (act: () => Promise<unknown>): Promise<number> => {
    const before = (await recorded('conversation.viewed', conversationId)).length
    await act()
    return (await recorded('conversation.viewed', conversationId)).length - before
  }

  it('by messages alone, and by one letter alone', async () => {
    const params = { id: conversationId }
    const [reader, peeper] = [await newSession(), await newSession()]
    assert.equal(await viewsBy(() => reader.call('listMessages', { params, query: { afterSequence: 0 } })), 1)
    const letter = (): Promise<Response> => peeper.send('readMessageHtml', { params: { id: messageId } })
    assert.equal(await viewsBy(async () => assert.match(await (await letter()).text(), /Здравствуйте/)), 1)
    assert.equal(await viewsBy(letter), 0)
  })

  it('once for a page with all its letters and messages', async () => {
    const session = await newSession()
    const params = { id: conversationId }
    const views = await viewsBy(async () => {
      await session.call('readConversation', { params })
      for (let i = 0; i < 3; i++) await session.send('readMessageHtml', { params: { id: messageId } })
      await session.call('listMessages', { params, query: {} })
    })
    assert.equal(views, 1)
    assert.equal(await viewsBy(() => session.call('readConversation', { params })), 1)
  })

  it('by each page of a list, while it is worked with', async () => {
    const session = await newSession()
    const listed = () =>
      test.db.database.read
        .selectFrom('audit_event')
        .select('details')
        .where('action', '=', 'conversation.listed')
        .where('subject_kind', '=', 'person')
        .orderBy('sequence')
        .execute()
    for (const view of ['all', 'all', 'mine'] as const) await session.call('listConversations', { query: { view } })
    assert.deepEqual(
      (await listed()).map(({ details }) => (details as { view?: string }).view),
      ['all', 'mine'],
    )
  })

  it('and so is whoever begins and drops a draft', async () => {
    const session = await newSession()
    const save = (text: string) => session.call('saveDraft', { params: { id: conversationId, kind: 'note' }, body: { text } })
    for (const text of ['Позвонить', 'Позвонить завтра', '', '']) await save(text)
    assert.deepEqual(await recorded('draft.saved', conversationId), [{ kind: 'note' }])
    assert.deepEqual(await recorded('draft.removed', conversationId), [{ kind: 'note' }])
  })

  it('and whoever sends the first request on its way, where it needs a channel', async () => {
    await people.admin.call('startFirstRequest')
    const { id } = await test.db.database.read
      .selectFrom('channel')
      .select('id')
      .where('name', '=', 'Проверка')
      .executeTakeFirstOrThrow()
    assert.deepEqual(await recorded('channel.created', id), [{ kind: 'intake' }])
  })
})
