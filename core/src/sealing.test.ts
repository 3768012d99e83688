import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { testErasing } from '../test/erasing.ts'
import { writtenBeforeVault } from '../test/before-vault.ts'
import { testDatabase, type TestDatabase } from '../test/harness.ts'
import { addConversations, addQueue } from '../test/queue-rows.ts'
import { createInbox, type Inbox } from './channels/index.ts'
import { filesOf } from './conversations/index.ts'
import { newId } from './kernel/ids.ts'
import { tableBlobs, type Blobs } from './platform/blobs.ts'
import { sql } from './platform/db.ts'
import { createChores } from './upkeep.ts'

const DAY_MS = 24 * 3_600_000
const SECRET = 'Паспорт 45 10 № 123456, комета'

describe('what came in before there was a vault', () => {
  let db: TestDatabase
  let blobs: Blobs
  let inbox: Inbox
  let channelId: string
  const messageId = newId()
  const file = { fileName: 'паспорт-комета.txt', mediaType: 'text/plain', inline: false }

  const chore = async (name: string): Promise<void> => {
    const { database, clock, log } = db
    const { periodic } = createChores({
      database,
      blobs,
      keys: await db.vault.keys(),
      epochs: await db.vault.epochs(),
      erasing: await testErasing(db, blobs),
      clock,
      log,
    })
    await (periodic.find((each) => each.name === name) ?? assert.fail(name)).run()
  }
  /** As a blob was written then. */
  const plainBlob = async (): Promise<string> => {
    const id = newId(db.clock.now())
    const bytes = Buffer.from(SECRET)
    await db.database.transaction(async (tx) => {
      await sql`insert into blob_chunk (blob_id, position, bytes) values (${id}, 0, ${bytes})`.execute(tx)
      await sql`insert into blob (id, size_bytes, chunk_count, sha256, created_at) values
        (${id}, ${bytes.length}, 1, ${createHash('sha256').update(bytes).digest()}, ${db.clock.now()})`.execute(tx)
    })
    return id
  }
  /** All that the database has of people's words, as text. */
  const everything = async (): Promise<string> => {
    const { rows } = await sql<{ row: string }>`
      select inbox::text as row from inbox union all select attachment::text from attachment
      union all select convert_from(bytes, 'UTF8') from blob_chunk where bytes = ${Buffer.from(SECRET)}`.execute(db.database.read)
    return rows.map(({ row }) => row).join('\n')
  }
  const next = () =>
    db.database.transaction(async (tx) => {
      const row = await inbox.next(tx, db.clock.now())
      const payload = row === null ? null : await inbox.open(tx, row)
      assert.ok(payload?.kind === 'message')
      const [stored] = payload.attachments
      return { text: payload.text, bytes: await blobs.read(tx, stored?.blobId ?? ''), name: stored?.fileName }
    })
  const raw = async () => {
    const row = await db.database.read
      .selectFrom('inbox')
      .select('raw_blob_id')
      .where('external_id', '=', '<raw>')
      .executeTakeFirst()
    return String(await blobs.read(db.database.read, row?.raw_blob_id ?? ''))
  }
  const attached = async () => {
    const [found] = await filesOf(db.database.read, messageId)
    return [found?.fileName, String(await blobs.read(db.database.read, found?.blobId ?? ''))]
  }
  const daysOfKeys = async () => (await (await db.vault.keys()).intakeDaysBefore('9999')).length

  before(async () => {
    db = await testDatabase()
    blobs = tableBlobs(db.clock)
    inbox = createInbox({ database: db.database, blobs, clock: db.clock })
    const { read } = db.database
    await writtenBeforeVault(read)
    const [conversationId = ''] = await addConversations(read, await addQueue(read, { name: 'Первая линия' }), 1)
    channelId = (await read.selectFrom('channel').select('id').executeTakeFirstOrThrow()).id
    const now = db.clock.now()
    const payload = {
      ...{ kind: 'message', externalId: '<old>', from: { kind: 'email', value: 'anna@example.test' }, alsoKnownAs: [] },
      ...{ subject: 'комета', text: SECRET, quoteFrom: null, html: null, uploadIds: [], sentAt: null, automatic: false },
      ...{ thread: { references: [] }, priority: null, attachments: [{ ...file, blobId: await plainBlob(), sizeBytes: 40 }] },
    }
    await sql`insert into inbox (id, channel_id, external_id, payload, due_at, received_at) values
      (${newId(now)}, ${channelId}, '<old>', ${JSON.stringify(payload)}, ${now}, ${now})`.execute(read)
    await sql`insert into inbox (id, channel_id, external_id, raw_blob_id, state, due_at, received_at) values
      (${newId(now)}, ${channelId}, '<raw>', ${await plainBlob()}, 'set_aside', ${now}, ${now})`.execute(read)
    await sql`insert into message (id, conversation_id, sequence, kind, at, text)
      values (${messageId}, ${conversationId}, 1, 'inbound', ${now}, 'см. вложение')`.execute(read)
    await sql`insert into attachment (id, message_id, blob_id, file_name, media_type, size_bytes, created_at)
      values (${newId(now)}, ${messageId}, ${await plainBlob()}, ${file.fileName}, 'text/plain', 40, ${now})`.execute(read)
  })
  after(() => db.drop())

  it('is taken up as it is, sealed in the background, and is the same then', async () => {
    const before = [await next(), await raw(), await attached()]
    assert.deepEqual(before, [{ text: SECRET, bytes: Buffer.from(SECRET), name: file.fileName }, SECRET, [file.fileName, SECRET]])
    assert.match(await everything(), /комета/)
    await chore('sealing of rows of before')
    assert.doesNotMatch(await everything(), /комета|anna@/)
    assert.deepEqual([await next(), await raw(), await attached()], before)
    const { rows } = await sql<{ plain: number }>`select count(*)::int as plain from blob where sealed_key is null`.execute(
      db.database.read,
    )
    assert.deepEqual(rows, [{ plain: 0 }])
  })

  it('moves from day to day while nobody takes it up, so that no key of a day lives long', async () => {
    const today = db.clock.now()
    assert.equal(await daysOfKeys(), 1)
    await chore('keys of days')
    assert.equal(await daysOfKeys(), 1)
    db.clock.advance(4 * DAY_MS)
    await chore('keys of days')
    const keys = await db.vault.keys()
    assert.deepEqual(await keys.intakeDaysBefore('9999'), [db.clock.now().toISOString().slice(0, 10)])
    assert.notEqual(db.clock.now().getTime(), today.getTime())
    assert.deepEqual([(await next()).text, await raw()], [SECRET, SECRET])
  }).timeout(30_000)

  it('leaves no key of a day once it is drained', async () => {
    await db.database.read.deleteFrom('inbox').execute()
    await db.database.transaction(async (tx) => {
      const { rows } = await sql<{ id: string }>`select id from blob where owner_kind = 'intake'`.execute(tx)
      await blobs.remove(
        tx,
        rows.map(({ id }) => id),
      )
    })
    db.clock.advance(4 * DAY_MS)
    await chore('keys of days')
    assert.equal(await daysOfKeys(), 0)
  }).timeout(30_000)
})
