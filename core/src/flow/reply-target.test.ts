import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSecretBox, SECRET_KEY_BYTES } from '@oco/security'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { emailSettings } from '../../test/peers/email-account.ts'
import { addQueue } from '../../test/queue-rows.ts'
import { createChannelStore, type ChannelStore } from '../channels/index.ts'
import { resolveContact } from '../contacts/index.ts'
import { findConversation, startConversation } from '../conversations/index.ts'
import { present } from '../kernel/assert.ts'
import { replyTarget } from './reply-target.ts'

describe('where an answer goes', () => {
  let db: TestDatabase
  let store: ChannelStore
  let mailId: string
  let intakeId: string
  before(async () => {
    db = await testDatabase()
    store = createChannelStore(createSecretBox(randomBytes(SECRET_KEY_BYTES)))
    const queueId = await addQueue(db.database.read, { name: 'Q' })
    const channel = { queueId, enabled: true, demo: false, now: db.clock.now() }
    await db.database.transaction(async (tx) => {
      mailId = await store.create(tx, { ...channel, name: 'Почта', settings: emailSettings({}) })
      intakeId = await store.create(tx, { ...channel, name: 'API', settings: { kind: 'intake' } })
    })
  })
  after(() => db.drop())

  const conversation = (channelId: string, email: string) =>
    db.database.transaction(async (tx) => {
      const now = db.clock.now()
      const from = { kind: 'email', value: email } as const
      const { id: contactId } = await resolveContact(tx, { from, alsoKnownAs: [], demo: false, now })
      const { id } = await startConversation(tx, { contactId, channelId, subject: 'Тема', threadKey: null, demo: false, now })
      return present(await findConversation(tx, id), 'the conversation')
    })
  const enable = (id: string, enabled: boolean) =>
    db.database.read.updateTable('channel').set({ enabled }).where('id', '=', id).execute()

  it('is the contact’s address, by the channel of the conversation', async () => {
    const { contactId, ...known } = await conversation(mailId, 'anna@example.test')
    const to = { kind: 'email', value: 'anna@example.test' }
    assert.deepEqual(await replyTarget(db.database.read, { ...known, contactId }), {
      ...{ channelId: mailId, channelKind: 'email', to, contactId },
    })
  })

  it('is the contact’s address by mail, for a request of another system', async () => {
    const { contactId, ...known } = await conversation(intakeId, 'boris@example.test')
    const to = { kind: 'email', value: 'boris@example.test' }
    assert.deepEqual(await replyTarget(db.database.read, { ...known, contactId }), {
      ...{ channelId: mailId, channelKind: 'email', to, contactId },
    })
  })

  it('is nowhere while the channel is switched off, and there as soon as it is on, open or not', async () => {
    const known = await conversation(mailId, 'vera@example.test')
    await enable(mailId, false)
    assert.equal(await replyTarget(db.database.read, known), null)
    assert.equal(await replyTarget(db.database.read, await conversation(intakeId, 'gleb@example.test')), null)
    await enable(mailId, true)
    assert.notEqual(await replyTarget(db.database.read, known), null)
  })
})
