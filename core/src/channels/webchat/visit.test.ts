import assert from 'node:assert/strict'
import type { Problem } from '@oco/contract'
import { createVisitors, FORM, isRefused, openPage } from '../../../test/chat-visitor.ts'
import { CHAT, SHOP, startChatWorld, type ChatWorld } from '../../../test/chat-world.ts'
import { newId } from '../../kernel/ids.ts'
import { CHAT_CLOSE } from './chat-session.ts'
import { FLOOD_LIMITS } from './flood.ts'
import { CHAT_ATTACHMENT_BYTES_MAX } from './routes.ts'
import { consentOf } from './visit-store.ts'

describe('a visit of a web chat over HTTP and a socket', () => {
  let world: ChatWorld
  const visitors = createVisitors(() => world)

  before(async () => {
    world = await startChatWorld()
  })
  afterEach(() => visitors.closeAll())
  after(() => world.stop())

  describe('before the chat', () => {
    it('tells a page of an allowed origin what to show', async () => {
      const response = await fetch(visitors.url(), { headers: visitors.shopper() })
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('access-control-allow-origin'), SHOP)
      assert.match(response.headers.get('vary') ?? '', /Origin/i)
      assert.equal(response.headers.get('access-control-allow-credentials'), null)
      assert.deepEqual(await response.json(), {
        title: CHAT.title,
        greeting: CHAT.greeting,
        askEmail: 'optional',
        consent: { text: CHAT.consentText, version: 1 },
        locale: 'ru',
        maxAttachmentBytes: CHAT_ATTACHMENT_BYTES_MAX,
      })
    })

    it('refuses pages of other origins, and gives their browsers no leave to ask', async () => {
      const headers = { origin: 'https://evil.example.ru' }
      const response = await fetch(visitors.url(), { headers })
      assert.equal(response.status, 403)
      assert.equal(((await response.json()) as Problem).code, 'origin_not_allowed')
      assert.equal(response.headers.get('access-control-allow-origin'), null)
      const preflight = await fetch(visitors.url('/visits'), {
        method: 'OPTIONS',
        headers: { ...headers, 'access-control-request-method': 'POST' },
      })
      assert.equal(preflight.headers.get('access-control-allow-origin'), null)
      assert.equal((await fetch(visitors.url())).status, 403, 'nor whoever names no origin')
    })

    it('lets a browser of an allowed origin ask with its headers', async () => {
      const preflight = await fetch(visitors.url('/uploads'), {
        method: 'OPTIONS',
        headers: { ...visitors.shopper(), 'access-control-request-method': 'POST' },
      })
      assert.equal(preflight.status, 204)
      assert.equal(preflight.headers.get('access-control-allow-origin'), SHOP)
      assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization/)
    })

    it('knows no other chat', async () => {
      const response = await fetch(`${world.base}/api/v1/webchat/${newId()}`, { headers: visitors.shopper() })
      assert.equal(response.status, 404)
    })
  })

  describe('the consent', () => {
    it('is kept word for word, with its version and time, and recorded', async () => {
      const { visitId } = await visitors.visit()
      assert.deepEqual(await consentOf(world.database.read, visitId), {
        ...{ text: CHAT.consentText, version: 1 },
        ...{ at: world.db.clock.now(), pageUrl: `${SHOP}/cart` },
      })
      const event = await world.database.read
        .selectFrom('audit_event')
        .selectAll()
        .where('action', '=', 'consent.given')
        .where('object_id', '=', visitId)
        .executeTakeFirstOrThrow()
      assert.equal(event.subject_kind, 'anonymous')
      assert.deepEqual(event.details, { channelId: world.chatId, consentVersion: 1 })
    })

    it('starts nothing while it is not given, or was given to other words', async () => {
      assert.equal((await visitors.start({ ...FORM, consent: false })).body.code, 'invalid_input')
      assert.equal((await visitors.start({ ...FORM, consentVersion: 7 })).body.code, 'conflict')
    })

    it('keeps the secret nowhere, and what was filled in sealed', async () => {
      const { visitId, secret } = await visitors.visit()
      const row = await world.database.read
        .selectFrom('webchat_visit')
        .selectAll()
        .where('id', '=', visitId)
        .executeTakeFirstOrThrow()
      assert.equal(JSON.stringify(row).includes(secret), false)
      assert.deepEqual([row.name, row.email, row.consent_text, row.page_url], [null, null, null, null])
      assert.equal(row.secret_hash.byteLength, 32)
    })
  })

  describe('the socket', () => {
    it('is refused to other origins before the upgrade', async () => {
      await assert.rejects(openPage(visitors.url('/socket'), { origin: 'https://evil.example.ru' }), /403/)
      await assert.rejects(openPage(`${world.base}/api/v1/webchat/${newId()}/socket`), /404/)
    })

    it('is closed to whoever does not know the secret', async () => {
      const { open } = await visitors.visit()
      const page = await open(0, 'x'.repeat(43))
      assert.equal((await page.next(isRefused)).code, 'unauthenticated')
      assert.equal(await page.closed, CHAT_CLOSE.unauthenticated)
    })

    it('is closed to whoever speaks before opening', async () => {
      const page = await openPage(visitors.url('/socket'), visitors.shopper())
      page.send({ kind: 'typing' })
      assert.equal(await page.closed, CHAT_CLOSE.openExpected)
    })

    it('answers a ping, and says what it cannot read', async () => {
      const { open } = await visitors.visit()
      const page = await open()
      page.send({ kind: 'ping' })
      await page.next((frame) => frame.kind === 'pong')
      page.raw('{')
      assert.equal((await page.next(isRefused)).code, 'bad_request')
    })

    it('is cut off by a frame that is too large', async () => {
      const { open } = await visitors.visit()
      const page = await open()
      page.raw('x'.repeat(70_000))
      assert.equal(await page.closed, 1009)
    })

    it('is cut off by a flood of frames', async () => {
      const { open } = await visitors.visit()
      const page = await open()
      for (let i = 0; i < 200; i++) page.send({ kind: 'ping' })
      assert.equal(await page.closed, CHAT_CLOSE.policy)
    })
  })

  it('lets nobody start chats without end', async () => {
    const headers = visitors.shopper()
    for (let i = 0; i < FLOOD_LIMITS.visit.address.burst; i++)
      assert.equal((await visitors.start(FORM, headers)).response.status, 200)
    const { response, body } = await visitors.start(FORM, headers)
    assert.equal(response.status, 429)
    assert.equal(body.code, 'rate_limited')
    assert.equal(response.headers.get('retry-after'), String(body.retryAfterSeconds))
    assert.match(response.headers.get('access-control-expose-headers') ?? '', /retry-after/)
  })
})
