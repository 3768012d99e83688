import assert from 'node:assert/strict'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { emailAccount } from '../../test/peers/email-account.ts'
import { addConversations, addQueue } from '../../test/queue-rows.ts'
import { ChannelError, type ChannelAdapter, type SendReceipt } from '../channels/channel.ts'
import { createOutbox, SEND_ATTEMPTS_MAX, SEND_LEASE_MS, type Outbox } from '../channels/index.ts'
import { appendMessage, findConversation } from '../conversations/index.ts'
import { present } from '../kernel/assert.ts'
import { tableBlobs } from '../platform/blobs.ts'
import { sql } from '../platform/db.ts'
import { KeysAway } from '../platform/vault/index.ts'
import { deliverNext, type DeliverReply } from './deliver-reply.ts'

describe('delivering an answer', () => {
  let db: TestDatabase
  let outbox: Outbox
  let channelId: string
  let conversationId: string
  /** How the other side answers to each send in its turn. */
  let answers: (() => Promise<SendReceipt>)[]
  let sends: number
  /** What still stands when a test has failed would hold this process. */
  const releases: (() => void)[] = []
  before(async () => {
    db = await testDatabase()
    outbox = createOutbox({ database: db.database, clock: db.clock })
    const queueId = await addQueue(db.database.read, { name: 'Q' })
    conversationId = (await addConversations(db.database.read, queueId, 1))[0] ?? ''
    channelId = (await db.database.read.selectFrom('channel').select('id').executeTakeFirstOrThrow()).id
  })
  beforeEach(() => {
    answers = []
    sends = 0
  })
  afterEach(() => {
    for (const release of releases.splice(0)) release()
  })
  after(() => db.drop())

  const adapter: ChannelAdapter = {
    kind: 'email',
    limits: { attachmentBytes: 1, html: true },
    start: () => ({ stop: () => Promise.resolve() }),
    send() {
      sends++
      const answer = answers.shift()
      assert.ok(answer, 'nothing more is to be sent')
      return answer()
    },
    test: () => Promise.resolve([]),
  }
  /** One process of several on this database. */
  const step = (change: Partial<DeliverReply> = {}): Promise<boolean> => {
    const deps: DeliverReply = {
      database: db.database,
      outbox,
      registry: { account: () => emailAccount({}), adapter: () => adapter },
      blobs: tableBlobs(db.clock),
      clock: db.clock,
      failOver: () => Promise.resolve(false),
      ...change,
    }
    return deliverNext(deps)
  }
  const queued = (): Promise<string> =>
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
      await outbox.put(tx, { messageId: id, channelId, subjectId, to: { kind: 'email', value: 'anna@example.test' }, now })
      return id
    })
  const outcomeOf = async (messageId: string) => {
    const { read } = db.database
    const row = await read
      .selectFrom('outbox')
      .select(['state', 'attempts'])
      .where('message_id', '=', messageId)
      .executeTakeFirstOrThrow()
    const message = await read
      .selectFrom('message')
      .select('delivery_state')
      .where('id', '=', messageId)
      .executeTakeFirstOrThrow()
    const events = await read.selectFrom('audit_event').select('action').where('object_id', '=', messageId).execute()
    return [row.state, message.delivery_state, ...events.map(({ action }) => action)]
  }
  const sent = (): Promise<SendReceipt> => Promise.resolve({ externalId: '<sent>' })
  const refused = (retryable: boolean) => (): Promise<SendReceipt> => Promise.reject(new ChannelError('no', { retryable }))
  /** An answer that comes only when the test says which one. */
  const stalled = () => {
    let begin: () => void = () => undefined
    let end: (answer: Promise<SendReceipt>) => void = () => undefined
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const ended = new Promise<SendReceipt>((resolve) => (end = resolve))
    answers.push(() => {
      begin()
      return ended
    })
    releases.push(() => {
      end(sent())
    })
    return { begun, end }
  }

  it('is written down once, by the process that sent it, whatever one says that has stood still meanwhile', async () => {
    for (const late of [refused(false), refused(true), sent]) {
      const messageId = await queued()
      const first = stalled()
      const still = step()
      await first.begun
      db.clock.advance(SEND_LEASE_MS + 1)
      answers.push(sent)
      assert.equal(await step(), true)
      first.end(late())
      await still
      assert.deepEqual(await outcomeOf(messageId), ['sent', 'sent', 'message.sent'])
    }
  })

  it('waits for keys that do not answer, and for a channel that is not open here, and counts neither as a try', async () => {
    const messageId = await queued()
    const away: Partial<DeliverReply> = {
      outbox: { ...outbox, recipientOf: () => Promise.reject(new KeysAway({ cause: new Error('ECONNREFUSED') })) },
    }
    const notOpen: Partial<DeliverReply> = { registry: { account: () => null, adapter: () => adapter } }
    for (let time = 0; time < 2 * SEND_ATTEMPTS_MAX; time++) {
      assert.equal(await step(time % 2 === 0 ? away : notOpen), true)
      db.clock.advance(SEND_LEASE_MS + 1)
    }
    const row = await db.database.read
      .selectFrom('outbox')
      .select('attempts')
      .where('message_id', '=', messageId)
      .executeTakeFirst()
    assert.equal(row?.attempts, 0)
    answers.push(sent)
    await step()
    assert.deepEqual(await outcomeOf(messageId), ['sent', 'sent', 'message.sent'])
  })

  it('counts a try where its channel is switched off', async () => {
    const messageId = await queued()
    await sql`update channel set enabled = false`.execute(db.database.read)
    assert.equal(await step({ registry: { account: () => null, adapter: () => adapter } }), true)
    await sql`update channel set enabled = true`.execute(db.database.read)
    const row = await db.database.read
      .selectFrom('outbox')
      .select('attempts')
      .where('message_id', '=', messageId)
      .executeTakeFirst()
    assert.equal(row?.attempts, 1)
    db.clock.advance(SEND_LEASE_MS + 1)
    answers.push(sent)
    await step()
    assert.deepEqual(await outcomeOf(messageId), ['sent', 'sent', 'message.sent'])
  })

  it('is not called failed by one process while another one sends it', async () => {
    for (const late of [refused(false), refused(true)]) {
      const messageId = await queued()
      const first = stalled()
      const still = step()
      await first.begun
      db.clock.advance(SEND_LEASE_MS + 1)
      const second = stalled()
      const sending = step()
      await second.begun
      first.end(late())
      await still
      assert.deepEqual(await outcomeOf(messageId), ['queued', 'queued'])
      assert.equal(await outbox.lease(db.clock.now()), null, 'the lease is still the second one’s')
      second.end(sent())
      await sending
      assert.deepEqual(await outcomeOf(messageId), ['sent', 'sent', 'message.sent'])
    }
  })

  it('ends when every try has taken its process with it', async () => {
    const messageId = await queued()
    for (let attempt = 0; attempt < SEND_ATTEMPTS_MAX; attempt++) {
      assert.notEqual(await outbox.lease(db.clock.now()), null)
      db.clock.advance(SEND_LEASE_MS + 1)
    }
    assert.equal(await step(), true)
    assert.deepEqual(await outcomeOf(messageId), ['failed', 'failed', 'message.failed'])
    assert.equal(sends, 0)
    assert.equal(await step(), false)
  })
})
