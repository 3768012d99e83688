import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import { completeFirstRun, openLive, startTestApp, type FirstRun, type TestApp } from '../app.ts'
import { consentOf } from '../../src/channels/webchat/visit-store.ts'
import { FORM, isRefused, openPage, say, type VisitorPage } from '../chat-visitor.ts'
import { CHAT, SHOP } from '../chat-world.ts'
import { eventually } from '../eventually.ts'

describe('a visitor of another site is answered in the chat', () => {
  let test: TestApp
  let people: FirstRun
  const pages: VisitorPage[] = []
  before(async () => {
    test = await startTestApp()
    people = await completeFirstRun(test, { webchat: { name: 'Чат', settings: CHAT } })
    await people.agent.call('changeOwnAgentState', { body: { state: 'ready' } })
  })
  afterEach(() => Promise.all(pages.splice(0).map((page) => page.close())))
  after(() => test.stop())

  const url = (path: string): string => `${test.started.address}/api/v1/webchat/${people.webchatChannelId ?? ''}${path}`
  const startVisit = (form: object = FORM, origin = SHOP): Promise<Response> =>
    fetch(url('/visits'), {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify(form),
    })
  const openVisit = async (): Promise<{ visitId: string; secret: string }> =>
    (await startVisit()).json() as Promise<{ visitId: string; secret: string }>
  const openChat = async (visit: { visitId: string; secret: string }, afterSequence = 0): Promise<VisitorPage> => {
    const page = await openPage(url('/socket'))
    pages.push(page)
    page.send({ kind: 'open', ...visit, afterSequence })
    await page.next(({ kind }) => kind === 'opened' || kind === 'refused')
    return page
  }
  /** Takes the offer that stands for the agent: one visitor at a time writes here. */
  const accept = async (): Promise<string> => {
    const { workItem } = await eventually(async () => (await people.agent.call('readDesk')).offers[0] ?? null)
    const params = { id: workItem?.id ?? '' }
    const item = await people.agent.call('acceptOffer', { params, body: { offerId: workItem?.offer?.id ?? '' } })
    return item.conversationId
  }
  const reply = (id: string, text: string, idempotencyKey: string) =>
    people.agent.call('replyToConversation', { params: { id }, body: { text, idempotencyKey } })
  const resolve = async (conversationId: string): Promise<void> => {
    const { workItem } = await people.agent.call('readConversation', { params: { id: conversationId } })
    await people.agent.call('resolveWorkItem', { params: { id: workItem?.id ?? '' }, body: { dispositionId: null } })
  }

  it('keeps the consent word for word, with its version and time, on record', async () => {
    const before = new Date()
    const { visitId } = await openVisit()
    const consent = await consentOf(test.db.database.read, visitId)
    assert.ok(consent)
    assert.equal(consent.text, CHAT.consentText)
    assert.equal(consent.version, FORM.consentVersion)
    assert.equal(consent.pageUrl, FORM.pageUrl)
    assert.ok(consent.at >= before && consent.at <= new Date())
    const events = await test.db.database.read
      .selectFrom('audit_event')
      .select(['action', 'subject_kind'])
      .where('object_id', '=', visitId)
      .execute()
    assert.deepEqual(events, [{ action: 'consent.given', subject_kind: 'anonymous' }])
  })

  it('starts no chat without the tick, or by a tick under other words', async () => {
    assert.equal((await startVisit({ ...FORM, consent: false })).status, 422)
    const stale = await startVisit({ ...FORM, consentVersion: 2 })
    assert.equal(stale.status, 409)
    assert.equal(((await stale.json()) as { code: string }).code, 'conflict')
  })

  it('takes a question to the agent and the answer back, and both see each other write', async () => {
    const visit = await openVisit()
    const visitor = await openChat(visit)
    const desk = await openLive(people.agent)
    await say(visitor, 'question-1', 'Где мой заказ?')
    const conversationId = await accept()
    desk.send({ kind: 'watch', conversationIds: [conversationId] })
    const typing = desk.next((frame) => frame.kind === 'typing' && frame.conversationId === conversationId)
    await eventually(async () => {
      visitor.send({ kind: 'typing' })
      return Promise.race([typing.then(() => true), new Promise<null>((resolve) => setTimeout(resolve, 50, null))])
    })
    desk.send({ kind: 'typing', conversationId })
    const seen = await visitor.next((frame) => frame.kind === 'typing')
    assert.deepEqual(seen, { kind: 'typing', author: 'Агент Первый' })
    await reply(conversationId, 'Уже в пути.', 'chat-answer-1')
    const messages = await visitor.messagesOnce(2)
    assert.deepEqual(
      messages.map(({ from, text }) => [from, text]),
      [
        ['visitor', 'Где мой заказ?'],
        ['agent', 'Уже в пути.'],
      ],
    )
    await desk.close()
    await resolve(conversationId)
  })

  it('goes on after a lost connection where the page left off, and takes a repeated message once', async () => {
    const visit = await openVisit()
    const first = await openChat(visit)
    await say(first, 'lost-0001', 'Первое')
    const [seen] = await first.messagesOnce(1)
    await first.close()
    const conversationId = await accept()
    await reply(conversationId, 'Пока вас не было', 'chat-answer-2')
    const second = await openChat(visit, seen?.sequence ?? 0)
    await say(second, 'lost-0001', 'Первое')
    await say(second, 'lost-0002', 'Второе')
    const messages = await second.messagesOnce(2)
    assert.deepEqual(
      messages.map(({ text }) => text),
      ['Пока вас не было', 'Второе'],
    )
    const { messages: all } = await people.agent.call('readConversation', { params: { id: conversationId } })
    assert.deepEqual(
      all.map(({ kind, text }) => [kind, text]),
      [
        ['inbound', 'Первое'],
        ['outbound', 'Пока вас не было'],
        ['inbound', 'Второе'],
      ],
    )
    await resolve(conversationId)
  })

  it('opens a visit to nobody who does not hold its secret', async () => {
    const { visitId } = await openVisit()
    const stranger = await openChat({ visitId, secret: 'x'.repeat(43) })
    assert.equal(stranger.frames.find(isRefused)?.code, 'unauthenticated')
    assert.deepEqual(stranger.messages(), [])
  })

  it('is refused to pages of other origins, in words that these cannot even read', async () => {
    const refused = await startVisit(FORM, 'https://elsewhere.example')
    assert.equal(refused.status, 403)
    assert.equal(refused.headers.get('access-control-allow-origin'), null)
    assert.equal((await startVisit()).headers.get('access-control-allow-origin'), SHOP)
    const socket = new WebSocket(url('/socket').replace('http', 'ws'), { headers: { origin: 'https://elsewhere.example' } })
    const status = await new Promise((resolve) => {
      socket.once('unexpected-response', (request, response) => {
        resolve(response.statusCode)
        request.destroy()
      })
      socket.once('error', () => undefined)
    })
    assert.equal(status, 403)
  })

  it('stops a flood: messages beyond the limit are refused, say when to come again, and are not stored', async () => {
    const visit = await openVisit()
    const visitor = await openChat(visit)
    for (let index = 0; index < 30; index++) {
      visitor.send({
        kind: 'message',
        clientKey: `flood-${String(index).padStart(3, '0')}`,
        text: `Спам ${index}`,
        uploadIds: [],
      })
    }
    const refused = await visitor.next(isRefused)
    assert.equal(refused.code, 'rate_limited')
    assert.ok((refused.retryAfterSeconds ?? 0) >= 1)
    await eventually(() =>
      Promise.resolve(visitor.frames.filter(({ kind }) => kind === 'stored' || kind === 'refused').length === 30 ? true : null),
    )
    const stored = visitor.frames.filter(({ kind }) => kind === 'stored').length
    const conversationId = await accept()
    const count = async (): Promise<number> =>
      (await people.agent.call('readConversation', { params: { id: conversationId } })).messages.length
    await eventually(async () => ((await count()) === stored ? true : null))
    assert.ok(stored < 30)
    await resolve(conversationId)
  })
})
