import assert from 'node:assert/strict'
import { createVisitors, isRefused, say } from '../../../test/chat-visitor.ts'
import { startChatWorld, type ChatWorld } from '../../../test/chat-world.ts'
import { textsIn } from '../../../test/said.ts'
import { newId } from '../../kernel/ids.ts'
import { FLOOD_LIMITS } from './flood.ts'

describe('a conversation in a web chat', () => {
  let world: ChatWorld
  const visitors = createVisitors(() => world)

  before(async () => {
    world = await startChatWorld()
  })
  afterEach(() => visitors.closeAll())
  after(() => world.stop())

  describe('a message', () => {
    it('is confirmed once it cannot be lost any more, and comes back with its place and key', async () => {
      world.automatic(false)
      const { open, visitId } = await visitors.visit()
      const page = await open()
      await say(page, 'key-00000001', 'Где мой заказ?')
      const row = await world.database.read
        .selectFrom('inbox')
        .select(['state', 'channel_id'])
        .where('external_id', '=', `${visitId}:key-00000001`)
        .executeTakeFirstOrThrow()
      assert.deepEqual(row, { state: 'new', channel_id: world.chatId })
      assert.deepEqual(page.messages(), [])
      world.automatic(true)
      await world.receive()
      const [message] = await page.messagesOnce(1)
      assert.ok(message)
      assert.equal(message.from, 'visitor')
      assert.equal(message.author, 'Анна')
      assert.equal(message.text, 'Где мой заказ?')
      assert.equal(message.clientKey, 'key-00000001')
    })

    it('that is sent twice is there once, and is confirmed twice', async () => {
      const { open, visitId } = await visitors.visit()
      const page = await open()
      await say(page, 'key-00000001', 'раз')
      await page.messagesOnce(1)
      const again = await open()
      await say(again, 'key-00000001', 'раз')
      await say(again, 'key-00000002', 'два')
      await again.messagesOnce(2)
      const conversationId = await visitors.conversationOf(visitId)
      assert.deepEqual((await textsIn(world.database.read, conversationId)).sort(), ['два', 'раз'])
    })

    it('goes on in the same conversation, and makes one work item', async () => {
      const { open, visitId } = await visitors.visit()
      const page = await open()
      for (const n of [1, 2, 3]) await say(page, `key-0000000${n}`, `сообщение ${n}`)
      await page.messagesOnce(3)
      const conversationId = await visitors.conversationOf(visitId)
      const items = await world.database.read
        .selectFrom('work_item')
        .select('channel_kind')
        .where('conversation_id', '=', conversationId)
        .execute()
      assert.deepEqual(items, [{ channel_kind: 'webchat' }])
      const [a, b, c] = page.messages().map(({ sequence }) => sequence)
      assert.ok(a !== undefined && b !== undefined && c !== undefined && a < b && b < c)
    })

    it('does not make the contact another one because of an e-mail that nobody has verified', async () => {
      const first = await visitors.visit()
      const second = await visitors.visit()
      for (const { open } of [first, second]) {
        const page = await open()
        await say(page, 'key-00000001', 'здравствуйте')
        await page.messagesOnce(1)
      }
      const rows = await world.database.read
        .selectFrom('conversation')
        .select('contact_id')
        .where('thread_key', 'in', [first.visitId, second.visitId])
        .execute()
      assert.equal(new Set(rows.map(({ contact_id }) => contact_id)).size, 2)
    })

    it('without anything in it is refused with its key', async () => {
      const { open } = await visitors.visit()
      const page = await open()
      page.send({ kind: 'message', clientKey: 'key-00000001', text: ' \n ', uploadIds: [] })
      const frame = await page.next(isRefused)
      assert.deepEqual([frame.code, frame.clientKey], ['invalid_input', 'key-00000001'])
    })

    it('too many is refused with the time to wait; the same one goes through later', async () => {
      const { open } = await visitors.visit()
      const page = await open()
      const { burst } = FLOOD_LIMITS.message.visit
      for (let i = 0; i <= burst; i++) page.send({ kind: 'message', clientKey: `key-flood-${i}`, text: `${i}`, uploadIds: [] })
      const frame = await page.next(isRefused)
      assert.deepEqual(frame, { kind: 'refused', code: 'rate_limited', clientKey: `key-flood-${burst}`, retryAfterSeconds: 1 })
      world.db.clock.advance(1_000)
      await say(page, `key-flood-${burst}`, `${burst}`)
      await page.messagesOnce(burst + 1)
    })
  })

  describe('the history', () => {
    it('is there on return, whole or from the last place', async () => {
      const { open, visitId } = await visitors.visit()
      const page = await open()
      await say(page, 'key-00000001', 'раз')
      await say(page, 'key-00000002', 'два')
      const [, second] = await page.messagesOnce(2)
      await page.close()
      await world.answer(await visitors.conversationOf(visitId), 'три', { kind: 'visitor', value: visitId })

      const whole = await open()
      assert.deepEqual(
        (await whole.messagesOnce(3)).map(({ text }) => text),
        ['раз', 'два', 'три'],
      )
      const rest = await open(second?.sequence)
      assert.deepEqual(
        (await rest.messagesOnce(1)).map(({ text, from }) => [text, from]),
        [['три', 'system']],
      )
    })

    it('is one, though the visit goes on in another conversation', async () => {
      const { open, visitId } = await visitors.visit()
      const page = await open()
      await say(page, 'key-00000001', 'первый разговор')
      await page.messagesOnce(1)
      const first = await visitors.conversationOf(visitId)
      const longAgo = { state: 'resolved', resolved_at: new Date(0) }
      await world.database.read.updateTable('work_item').set(longAgo).where('conversation_id', '=', first).execute()
      await say(page, 'key-00000002', 'второй разговор')
      await page.messagesOnce(2)
      const { id: second } = await world.database.read
        .selectFrom('conversation')
        .select('id')
        .where('thread_key', '=', visitId)
        .where('id', '<>', first)
        .executeTakeFirstOrThrow()
      await world.answer(second, 'ответ', { kind: 'visitor', value: visitId })
      const texts = (await page.messagesOnce(3)).map(({ text }) => text)
      assert.deepEqual(texts, ['первый разговор', 'второй разговор', 'ответ'])
      const sequences = page.messages().map(({ sequence }) => sequence)
      assert.deepEqual(
        sequences,
        sequences.toSorted((a, b) => a - b),
      )
    })

    it('brings an answer to every page of the visit, and to no other visitor', async () => {
      const { open, visitId } = await visitors.visit()
      const [one, two] = [await open(), await open()]
      await say(one, 'key-00000001', 'вопрос')
      await two.messagesOnce(1)
      const stranger = await visitors.visit()
      const other = await stranger.open()
      await say(other, 'key-00000001', 'чужой вопрос')
      await other.messagesOnce(1)
      await world.answer(await visitors.conversationOf(visitId), 'ответ', { kind: 'visitor', value: visitId })
      for (const page of [one, two]) assert.equal((await page.messagesOnce(2))[1]?.text, 'ответ')
      assert.deepEqual(
        other.messages().map(({ text }) => text),
        ['чужой вопрос'],
      )
    })

    it('shows neither notes nor events of the house', async () => {
      const { open, visitId } = await visitors.visit()
      const page = await open()
      await say(page, 'key-00000001', 'вопрос')
      await page.messagesOnce(1)
      const conversationId = await visitors.conversationOf(visitId)
      await world.database.read
        .updateTable('message')
        .set({ kind: 'note' })
        .where('conversation_id', '=', conversationId)
        .execute()
      await world.answer(conversationId, 'ответ', { kind: 'visitor', value: visitId })
      const again = await open()
      assert.deepEqual(
        (await again.messagesOnce(1)).map(({ text }) => text),
        ['ответ'],
      )
    })
  })

  describe('signs of typing', () => {
    it('go both ways, and only within the conversation', async () => {
      const { open, visitId } = await visitors.visit()
      const page = await open()
      await say(page, 'key-00000001', 'вопрос')
      await page.messagesOnce(1)
      const conversationId = await visitors.conversationOf(visitId)
      const heard: unknown[] = []
      world.signals.onTyping((typing) => heard.push(typing))
      world.db.clock.advance(5_000)
      page.send({ kind: 'typing' })
      page.send({ kind: 'ping' })
      await page.next((frame) => frame.kind === 'pong')
      assert.deepEqual(heard, [{ conversationId, author: 'Анна', personId: null }])
      world.signals.typing({ conversationId: newId(), author: 'Пётр', personId: newId() })
      world.signals.typing({ conversationId, author: 'Мария', personId: newId() })
      const frame = await page.next((candidate) => candidate.kind === 'typing')
      assert.deepEqual(frame, { kind: 'typing', author: 'Мария' })
    })
  })
})
