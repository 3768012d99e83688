import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSecretBox, SECRET_KEY_BYTES } from '@oco/security'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { emailSettings } from '../../test/peers/email-account.ts'
import { addQueue } from '../../test/queue-rows.ts'
import { createChannelStore, createInbox, createOutbox, type Inbox, type Outbox } from '../channels/index.ts'
import { appendMessage, findConversation, setDelivery } from '../conversations/index.ts'
import { present } from '../kernel/assert.ts'
import { tableBlobs } from '../platform/blobs.ts'
import { receiveNext } from './receive-message.ts'
import { replyTarget } from './reply-target.ts'

const ANNA = 'anna@example.test'
const BORIS = 'boris@example.test'

describe('the thread that a letter names', () => {
  let db: TestDatabase
  let inbox: Inbox
  let outbox: Outbox
  let support: string
  let sales: string
  before(async () => {
    db = await testDatabase()
    const { database, clock } = db
    inbox = createInbox({ database, blobs: tableBlobs(clock), clock })
    outbox = createOutbox({ database, clock })
    const store = createChannelStore(createSecretBox(randomBytes(SECRET_KEY_BYTES)))
    const queueId = await addQueue(database.read, { name: 'Q' })
    const channel = { queueId, enabled: true, demo: false, now: clock.now(), settings: emailSettings({}) }
    await database.transaction(async (tx) => {
      support = await store.create(tx, { ...channel, name: 'Поддержка' })
      sales = await store.create(tx, { ...channel, name: 'Продажи' })
    })
  })
  after(() => db.drop())

  /** Receives a letter; the conversation in which it is. */
  const receive = async (channelId: string, externalId: string, from: string, references: string[] = []): Promise<string> => {
    db.clock.advance(1_000)
    await inbox.deliver(channelId, {
      ...{
        kind: 'message',
        externalId,
        from: { kind: 'email', value: from },
        alsoKnownAs: [],
        subject: 'Тема',
        text: externalId,
      },
      ...{ quoteFrom: null, html: null, attachments: [], uploadIds: [], sentAt: null, automatic: false, priority: null },
      thread: { references },
    })
    while (await receiveNext({ database: db.database, inbox, clock: db.clock, log: db.log })) continue
    const row = await db.database.read
      .selectFrom('inbox')
      .select('conversation_id')
      .where('channel_id', '=', channelId)
      .where('external_id', '=', externalId)
      .executeTakeFirstOrThrow()
    return row.conversation_id ?? ''
  }
  /** An answer that has been sent to this address. */
  const answer = (conversationId: string, externalId: string, to: string): Promise<void> =>
    db.database.transaction(async (tx) => {
      const now = db.clock.now()
      const message = {
        conversationId,
        kind: 'outbound',
        contactId: null,
        personId: null,
        text: 'Ответ',
        quoteFrom: null,
      } as const
      const rest = { html: null, automatic: false, externalId: null, idempotencyKey: null, deliveryState: 'queued' } as const
      const { contactId: subjectId } = present(await findConversation(tx, conversationId), 'the conversation')
      const { id } = await appendMessage(
        tx,
        { ...message, ...rest, subjectId, sentAt: null, now },
        { personId: null, queueId: null },
      )
      await outbox.put(tx, { messageId: id, channelId: support, subjectId, to: { kind: 'email', value: to }, now })
      await setDelivery(tx, id, { state: 'sent', reason: null, externalId })
    })
  const answeredTo = async (conversationId: string): Promise<string | undefined> => {
    const conversation = present(await findConversation(db.database.read, conversationId), 'the conversation')
    return (await replyTarget(db.database.read, conversation))?.to.value
  }

  it('takes a stranger’s letter in, and answers go where they went', async () => {
    const thread = await receive(support, '<a1>', ANNA)
    assert.equal(await receive(support, '<a2>', BORIS, ['<a1>']), thread)
    assert.equal(await answeredTo(thread), ANNA)
    assert.equal(await receive(support, '<a3>', BORIS, ['<a2>', '<a1>']), thread)
    assert.equal(await answeredTo(thread), ANNA)
  })

  it('counts somebody in once an answer has gone there', async () => {
    const thread = await receive(support, '<b1>', ANNA)
    await receive(support, '<b2>', BORIS, ['<b1>'])
    await answer(thread, '<b3>', BORIS)
    assert.equal(await answeredTo(thread), BORIS)
    await receive(support, '<b4>', ANNA, ['<b1>'])
    assert.equal(await answeredTo(thread), ANNA)
    await receive(support, '<b5>', BORIS, ['<b3>'])
    assert.equal(await answeredTo(thread), BORIS)
  })

  it('is not joined from another channel by a stranger', async () => {
    const thread = await receive(support, '<c1>', ANNA)
    const own = await receive(sales, '<c2>', BORIS, ['<c1>'])
    assert.notEqual(own, thread)
    assert.equal(await answeredTo(own), BORIS)
  })

  it('is joined from another channel by its contact, and by whoever was answered in it', async () => {
    const thread = await receive(support, '<d1>', ANNA)
    assert.equal(await receive(sales, '<d2>', ANNA, ['<d1>']), thread)
    await answer(thread, '<d3>', 'Vera@Example.test')
    assert.equal(await receive(sales, '<d4>', 'vera@example.test', ['<d3>']), thread)
  })

  it('goes on in each channel by itself where both were written to', async () => {
    const first = await receive(support, '<e1>', ANNA)
    const second = await receive(sales, '<e1>', ANNA)
    assert.notEqual(first, second)
    await answer(first, '<e2>', ANNA)
    assert.equal(await receive(support, '<e3>', ANNA, ['<e2>', '<e1>']), first)
    assert.equal(await receive(sales, '<e3>', ANNA, ['<e2>', '<e1>']), second)
  })
})
