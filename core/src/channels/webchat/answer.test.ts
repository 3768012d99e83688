import assert from 'node:assert/strict'
import { createVisitors, FORM, isRefused, say } from '../../../test/chat-visitor.ts'
import { SHOP, startChatWorld, type ChatWorld } from '../../../test/chat-world.ts'
import { textsIn } from '../../../test/said.ts'
import { GONE_AFTER_MS } from './delivery.ts'
import { CHAT_ATTACHMENT_BYTES_MAX } from './routes.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

describe('files, answers and transcripts of a web chat', () => {
  let world: ChatWorld
  const visitors = createVisitors(() => world)

  before(async () => {
    world = await startChatWorld()
  })
  afterEach(() => visitors.closeAll())
  after(() => world.stop())

  describe('files', () => {
    const upload = (authorization: string, headers: Record<string, string>, bytes: Uint8Array = PNG, name = 'снимок.png') =>
      fetch(visitors.url(`/uploads?fileName=${encodeURIComponent(name)}`), {
        method: 'POST',
        headers: { ...headers, authorization },
        body: Buffer.from(bytes),
      })
    const read = (id: string, authorization: string, headers: Record<string, string>) =>
      fetch(visitors.url(`/attachments/${id}`), { headers: { ...headers, authorization } })

    it('go with a message, typed by their bytes, and can be read by their visitor alone', async () => {
      const { open, authorization, headers } = await visitors.visit()
      const file = (await (await upload(authorization, headers, PNG, '../снимок.txt')).json()) as { id: string; fileName: string }
      assert.deepEqual(file, { id: file.id, fileName: 'снимок.txt', mediaType: 'image/png', sizeBytes: PNG.byteLength })
      assert.equal((await read(file.id, authorization, headers)).status, 200, 'on the way to its message already')
      const page = await open()
      await say(page, 'key-00000001', '', [file.id])
      const [message] = await page.messagesOnce(1)
      assert.deepEqual(message?.attachments, [file])
      const response = await read(file.id, authorization, headers)
      assert.equal(response.headers.get('content-type'), 'image/png')
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), PNG)
      const stranger = await visitors.visit()
      assert.equal((await read(file.id, stranger.authorization, stranger.headers)).status, 404)
      assert.equal((await read(file.id, 'Visit nobody', headers)).status, 401)
    })

    it('of another visitor, or of another message, go with no message', async () => {
      const one = await visitors.visit()
      const two = await visitors.visit()
      const file = (await (await upload(one.authorization, one.headers)).json()) as { id: string }
      const stranger = await two.open()
      stranger.send({ kind: 'message', clientKey: 'key-00000001', text: 'моё', uploadIds: [file.id] })
      assert.equal((await stranger.next(isRefused)).code, 'invalid_input')
      const page = await one.open()
      await say(page, 'key-00000001', 'раз', [file.id])
      await page.messagesOnce(1)
      await say(page, 'key-00000001', 'раз', [file.id])
      page.send({ kind: 'message', clientKey: 'key-00000002', text: 'два', uploadIds: [file.id] })
      assert.equal((await page.next(isRefused)).clientKey, 'key-00000002')
    })

    it('over the limit are refused', async () => {
      const { authorization, headers } = await visitors.visit()
      const response = await upload(authorization, headers, Buffer.alloc(CHAT_ATTACHMENT_BYTES_MAX + 1))
      assert.equal(response.status, 413)
      assert.equal(response.headers.get('access-control-allow-origin'), SHOP, 'the page may read why')
    })
  })

  describe('an answer', () => {
    const deliveryOf = async (messageId: string): Promise<string | null> => {
      const row = await world.database.read
        .selectFrom('message')
        .select('delivery_state')
        .where('id', '=', messageId)
        .executeTakeFirstOrThrow()
      return row.delivery_state
    }
    const lettersOf = (messageId: string) => world.letters.filter(({ message }) => message.idempotencyKey === messageId)
    const asked = async (form: Record<string, unknown> = FORM) => {
      const one = await visitors.visit(form)
      const page = await one.open()
      await say(page, 'key-00000001', 'вопрос')
      await page.messagesOnce(1)
      const answer = async (text = 'ответ') =>
        world.answer(await visitors.conversationOf(one.visitId), text, { kind: 'visitor', value: one.visitId })
      return { ...one, page, answer }
    }

    it('is sent once the page has it', async () => {
      const { page, answer } = await asked()
      const id = await answer()
      const [, message] = await page.messagesOnce(2)
      const delivered = world.deliver()
      page.send({ kind: 'received', sequence: message?.sequence ?? 0 })
      await delivered
      assert.equal(await deliveryOf(id), 'sent')
      assert.deepEqual(lettersOf(id), [])
    })

    it('waits while the visitor may come back, and counts no tries', async () => {
      const { page, answer, open } = await asked()
      await page.close()
      const id = await answer()
      await world.deliver()
      assert.equal(await deliveryOf(id), 'queued')
      const row = await world.database.read
        .selectFrom('outbox')
        .select(['attempts', 'state'])
        .where('message_id', '=', id)
        .executeTakeFirstOrThrow()
      assert.deepEqual(row, { attempts: 0, state: 'queued' })
      const back = await open()
      const message = (await back.messagesOnce(2))[1]
      back.send({ kind: 'received', sequence: message?.sequence ?? 0 })
      back.send({ kind: 'ping' })
      await back.next((frame) => frame.kind === 'pong')
      world.db.clock.advance(60_000)
      await world.deliver()
      assert.equal(await deliveryOf(id), 'sent')
      assert.deepEqual(lettersOf(id), [])
    })

    it('goes by mail to a visitor who has gone, in the same conversation', async () => {
      const { page, answer, visitId } = await asked({ ...FORM, email: 'gone@example.ru' })
      await page.close()
      world.db.clock.advance(GONE_AFTER_MS + 1_000)
      const id = await answer('ответ по почте')
      await world.deliver()
      assert.deepEqual(
        lettersOf(id).map(({ to, message }) => [to, message.text]),
        [['gone@example.ru', 'ответ по почте']],
      )
      assert.equal(await deliveryOf(id), 'sent')
      const row = await world.database.read
        .selectFrom('outbox')
        .select(['channel_id', 'recipient'])
        .where('message_id', '=', id)
        .executeTakeFirstOrThrow()
      assert.deepEqual(row, { channel_id: world.mailId, recipient: null })
      const conversation = await world.database.read
        .selectFrom('conversation')
        .select('channel_id')
        .where('thread_key', '=', visitId)
        .executeTakeFirstOrThrow()
      assert.equal(conversation.channel_id, world.chatId)
    })

    it('stays in the history of one who has left no address', async () => {
      const { page, answer, open } = await asked({ ...FORM, email: null })
      await page.close()
      world.db.clock.advance(GONE_AFTER_MS * 3)
      const id = await answer()
      await world.deliver()
      assert.equal(await deliveryOf(id), 'sent')
      assert.deepEqual(lettersOf(id), [])
      assert.equal((await (await open()).messagesOnce(2))[1]?.text, 'ответ')
    })
  })

  describe('a transcript', () => {
    it('is sent by mail with what was said, stands in the thread for the agent, and is recorded', async () => {
      const { open, visitId } = await visitors.visit()
      const page = await open()
      await say(page, 'key-00000001', 'Когда привезёте?')
      await page.messagesOnce(1)
      const conversationId = await visitors.conversationOf(visitId)
      const id = await world.answer(conversationId, 'Завтра.', { kind: 'visitor', value: visitId })
      await page.messagesOnce(2)
      page.send({ kind: 'received', sequence: page.messages()[1]?.sequence ?? 0 })
      page.send({ kind: 'transcript', email: 'copy@example.ru' })
      await page.next((frame) => frame.kind === 'transcript_queued')
      await world.deliver()
      const letter = world.letters.find(({ to }) => to === 'copy@example.ru')
      assert.match(letter?.message.text ?? '', /^Анна, .+\nКогда привезёте\?\n\n, .+\nЗавтра\.$/)
      assert.notEqual(letter?.message.idempotencyKey, id)
      const event = await world.database.read
        .selectFrom('message')
        .select('delivery_state')
        .where('conversation_id', '=', conversationId)
        .where('kind', '=', 'event')
        .executeTakeFirstOrThrow()
      assert.deepEqual(event, { delivery_state: 'sent' })
      const said = await textsIn(world.database.read, conversationId)
      assert.equal(said[2], 'Посетитель попросил прислать переписку на copy@example.ru')
      const recorded = await world.database.read
        .selectFrom('audit_event')
        .select('details')
        .where('action', '=', 'conversation.transcript_sent')
        .where('object_id', '=', conversationId)
        .executeTakeFirstOrThrow()
      assert.equal(JSON.stringify(recorded).includes('copy@'), false)
      assert.equal(page.messages().length, 2)
    })

    it('of nothing is refused, and so are too many', async () => {
      const { open } = await visitors.visit()
      const page = await open()
      page.send({ kind: 'transcript', email: 'copy@example.ru' })
      assert.equal((await page.next(isRefused)).code, 'conflict')
      page.send({ kind: 'transcript', email: 'copy@example.ru' })
      page.send({ kind: 'transcript', email: 'copy@example.ru' })
      const frame = await page.next((candidate) => candidate.kind === 'refused' && candidate.code === 'rate_limited')
      assert.ok(isRefused(frame) && (frame.retryAfterSeconds ?? 0) > 60)
    })
  })
})
