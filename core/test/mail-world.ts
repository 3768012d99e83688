import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSecretBox, SECRET_KEY_BYTES } from '@oco/security'
import { search } from '@oco/contract'
import type { SenderAddress } from '../src/channels/channel.ts'
import { createChannelStore, createInbox, createOutbox, type Inbox, type Outbox } from '../src/channels/index.ts'
import { appendMessage, findConversation, setDelivery } from '../src/conversations/index.ts'
import { receiveNext } from '../src/flow/receive-message.ts'
import { replyTarget } from '../src/flow/reply-target.ts'
import { present } from '../src/kernel/assert.ts'
import { tableBlobs, type Blobs } from '../src/platform/blobs.ts'
import { searchRoutes } from '../src/views/search.ts'
import { call } from './call.ts'
import { testDatabase, type TestDatabase } from './harness.ts'
import { emailSettings } from './peers/email-account.ts'
import { addQueue, callerOf } from './queue-rows.ts'

export interface Letter {
  readonly id: string
  readonly from: string
  readonly name?: string
  readonly subject?: string
  readonly text: string
  readonly references?: readonly string[]
  readonly alsoKnownAs?: readonly SenderAddress[]
  readonly files?: readonly { readonly fileName: string; readonly bytes: Buffer }[]
}

/** A mail channel whose letters come and go without a mail server: all that lies between the inbox and the outbox is real. */
export interface MailWorld {
  readonly db: TestDatabase
  readonly blobs: Blobs
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly queueId: string
  readonly channelId: string
  /** Puts a letter into the inbox and leaves it there. */
  deliver(letter: Letter): Promise<void>
  /** Receives a letter; the conversation in which it is. */
  receive(letter: Letter): Promise<string>
  /** Answers whoever answers of the conversation go to; the message. */
  answer(conversationId: string, text: string, externalId: string): Promise<string>
  /** What a supervisor finds. */
  find(words: string): Promise<string[]>
  stop(): Promise<void>
}

export const startMailWorld = async (on?: TestDatabase): Promise<MailWorld> => {
  const db = on ?? (await testDatabase())
  const { database, clock } = db
  const blobs = tableBlobs(clock)
  const inbox = createInbox({ database, blobs, clock })
  const outbox = createOutbox({ database, clock })
  const store = createChannelStore(createSecretBox(randomBytes(SECRET_KEY_BYTES)))
  const queueId = await addQueue(database.read, { name: 'Q' })
  const channelId = await database.transaction((tx) =>
    store.create(tx, { queueId, enabled: true, demo: false, now: clock.now(), settings: emailSettings({}), name: 'Поддержка' }),
  )
  const deliver = async ({ id, from, name, subject, text, references, files, alsoKnownAs }: Letter): Promise<void> => {
    clock.advance(1_000)
    await inbox.deliver(channelId, {
      ...{
        kind: 'message',
        externalId: id,
        alsoKnownAs: alsoKnownAs ?? [],
        subject: subject ?? 'Тема',
        text,
        quoteFrom: null,
        html: null,
      },
      from: { kind: 'email', value: from, ...(name === undefined ? {} : { displayName: name }) },
      attachments: (files ?? []).map((file) => ({ ...file, mediaType: 'text/plain', inline: false })),
      ...{ uploadIds: [], sentAt: null, automatic: false, priority: null, thread: { references: references ?? [] } },
    })
  }
  return {
    db,
    blobs,
    inbox,
    outbox,
    queueId,
    channelId,
    deliver,
    async receive(letter) {
      await deliver(letter)
      while (await receiveNext({ database, inbox, clock, log: db.log })) continue
      const row = await database.read
        .selectFrom('inbox')
        .select('conversation_id')
        .where('external_id', '=', letter.id)
        .executeTakeFirstOrThrow()
      return row.conversation_id ?? assert.fail(`nothing came of ${letter.id}`)
    },
    answer: (conversationId, text, externalId) =>
      database.transaction(async (tx) => {
        const now = clock.now()
        const conversation = present(await findConversation(tx, conversationId), 'the conversation')
        const target = present(await replyTarget(tx, conversation), 'the way of an answer')
        const { id: messageId } = await appendMessage(
          tx,
          {
            ...{ conversationId, subjectId: conversation.contactId, kind: 'outbound', contactId: null, personId: null, text },
            ...{ quoteFrom: null, html: null, automatic: false, externalId: null, idempotencyKey: null, sentAt: null },
            deliveryState: 'queued',
            now,
          },
          { personId: null, queueId: null },
        )
        await outbox.put(tx, { messageId, channelId, subjectId: target.contactId, to: target.to, now })
        await setDelivery(tx, messageId, { state: 'sent', reason: null, externalId })
        return messageId
      }),
    async find(words) {
      const supervisor = { actor: callerOf('00000000-0000-7000-8000-000000000001', 'supervisor').actor, query: { q: words } }
      const { answer } = await call(searchRoutes({ database }), search, supervisor)
      return answer.rows.map(({ id }) => id)
    },
    stop: () => db.drop(),
  }
}
