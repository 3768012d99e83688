import assert from 'node:assert/strict'
import { testErasing } from '../test/erasing.ts'
import { testDatabase, type TestDatabase } from '../test/harness.ts'
import { addConversations, addQueue } from '../test/queue-rows.ts'
import { createInbox } from './channels/index.ts'
import { attachFiles } from './conversations/index.ts'
import { newId } from './kernel/ids.ts'
import { intakeOwner } from './platform/vault/index.ts'
import { BLOB_GRACE_MS, tableBlobs, type Blobs } from './platform/blobs.ts'
import { sql, type Tx } from './platform/db.ts'
import { createChores } from './upkeep.ts'

describe('the upkeep of blobs', () => {
  let db: TestDatabase
  let blobs: Blobs
  let channelId: string
  let conversationId: string

  before(async () => {
    db = await testDatabase()
    blobs = tableBlobs(db.clock)
    const { read } = db.database
    const [id] = await addConversations(read, await addQueue(read, { name: 'Первая линия' }), 1)
    conversationId = id ?? ''
    const { rows } = await sql<{ id: string }>`select id from channel`.execute(read)
    channelId = rows[0]?.id ?? ''
  })
  after(() => db.drop())

  const keep = (tx: Tx): Promise<string> =>
    blobs.write(tx, Buffer.from('счёт'), { owner: intakeOwner(db.clock.now()), limitBytes: 1_000 }).then(({ id }) => id)
  const kept = async (): Promise<Set<string>> => {
    const { rows } = await sql<{ id: string }>`select id from blob where exists (
      select from blob_chunk where blob_id = blob.id)`.execute(db.database.read)
    return new Set(rows.map(({ id }) => id))
  }
  const chore = async (chosen: string): Promise<void> => {
    const { periodic } = createChores({
      database: db.database,
      blobs,
      keys: await db.vault.keys(),
      epochs: await db.vault.epochs(),
      erasing: await testErasing(db, blobs),
      clock: db.clock,
      log: db.log,
    })
    await (periodic.find(({ name }) => name === chosen) ?? assert.fail(chosen)).run()
  }
  const tidy = () => chore('blobs')

  it('removes what nothing refers to, and leaves what is younger than its grace', async () => {
    await db.database.transaction(keep)
    db.clock.advance(BLOB_GRACE_MS)
    const young = await db.database.transaction(keep)
    db.clock.advance(1)
    await tidy()
    assert.deepEqual(await kept(), new Set([young]))
  })

  it('leaves what a message, a set-aside letter or a message that waits to be taken up refers to', async () => {
    const { database, clock } = db
    const inbox = createInbox({ database, blobs, clock })
    const messageId = newId()
    await database.transaction(async (tx) => {
      const [blobId, at] = [await keep(tx), clock.now()]
      await sql`insert into message (id, conversation_id, sequence, kind, at, text)
        values (${messageId}, ${conversationId}, 1, 'inbound', ${at}, 'Счёт во вложении')`.execute(tx)
      const file = { blobId, fileName: 'счёт.pdf', mediaType: 'application/pdf', sizeBytes: 8, inline: false }
      await attachFiles(tx, messageId, [file], at)
    })
    const raw = Buffer.from('не письмо')
    await inbox.setAside(channelId, { externalId: '<a>', reason: 'unreadable', sizeBytes: raw.length, raw })
    await inbox.deliver(channelId, {
      kind: 'message',
      externalId: '<b>',
      from: { kind: 'email', value: 'pyotr@example.ru' },
      alsoKnownAs: [],
      subject: 'Счёт',
      text: 'Во вложении',
      quoteFrom: null,
      html: null,
      attachments: [{ fileName: 'счёт.pdf', mediaType: 'application/pdf', inline: false, bytes: Buffer.from('счёт') }],
      uploadIds: [],
      sentAt: null,
      thread: { references: [] },
      automatic: false,
      priority: null,
    })
    clock.advance(BLOB_GRACE_MS + 1)
    await tidy()
    assert.equal((await kept()).size, 3)

    await sql`delete from message where id = ${messageId}`.execute(database.read)
    await sql`delete from inbox where channel_id = ${channelId}`.execute(database.read)
    await tidy()
    assert.equal((await kept()).size, 0)
  })

  it('leaves what is being written at this very moment, however long that takes', async () => {
    const id = await db.database.transaction(async (tx) => {
      const id = await keep(tx)
      db.clock.advance(BLOB_GRACE_MS + 1)
      await tidy()
      return id
    })
    assert.deepEqual(await kept(), new Set([id]))
  })
})
