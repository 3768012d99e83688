import assert from 'node:assert/strict'
import pg from 'pg'
import { textsIn } from '../../test/said.ts'
import { writtenBeforeVault } from '../../test/before-vault.ts'
import { testDatabase, testServer, type TestDatabase } from '../../test/harness.ts'
import { addAgent, addConversations, addQueue } from '../../test/queue-rows.ts'
import { newId } from '../kernel/ids.ts'
import { sql } from '../platform/db.ts'
import { draftsOf } from './draft-store.ts'
import { findConversation } from './conversation-store.ts'
import { letterHtml, messageViews } from './message-store.ts'
import { rewriteSealedTables } from '../platform/sealed-tables.ts'
import { sealOldConversations, sealOldDrafts, sealOldMessages, sealOldReasons } from './sealing-store.ts'

describe('rows that were written before there was a vault', () => {
  let db: TestDatabase
  let conversationId: string
  let agentId: string
  const messageId = newId()
  const LONG = `<p>${'Длинное письмо со счётом-фактурой. '.repeat(20_000)}</p>`

  before(async () => {
    db = await testDatabase()
    const { read } = db.database
    await writtenBeforeVault(read)
    const queueId = await addQueue(read, { name: 'Первая линия' })
    agentId = await addAgent(read, { name: 'Анна', queueIds: [queueId] })
    const ids = await addConversations(read, queueId, 3)
    conversationId = ids[0] ?? assert.fail()
    await sql`update conversation set subject = 'Потерянный чайник', preview = 'Где мой чайник' where id = ${conversationId}`.execute(
      read,
    )
    await sql`insert into message (id, conversation_id, sequence, kind, at, text, html)
      values (${messageId}, ${conversationId}, 1, 'inbound', now(), 'Где мой чайник «Комета-77»?', ${LONG})`.execute(read)
    await sql`insert into message (id, conversation_id, sequence, kind, at, text, delivery_state, delivery_reason)
      select gen_random_uuid(), ${conversationId}, n, 'outbound', now(), 'Заметка ' || n, 'failed', 'no such user: комета@example.test' from generate_series(2, 251) as n`.execute(
      read,
    )
    await sql`insert into draft (person_id, conversation_id, kind, text, html, saved_at)
      values (${agentId}, ${conversationId}, 'reply', 'Чайник едет', '<p>Чайник едет</p>', now())`.execute(read)
  })
  after(() => db.drop())

  const said = () => textsIn(db.database.read, conversationId)
  const shown = async () => [
    await said(),
    (await messageViews(db.database.read, { conversationId, limit: 1 }))[0]?.delivery,
    (await findConversation(db.database.read, conversationId))?.subject,
    await letterHtml(db.database.read, messageId),
    await draftsOf(db.database.read, agentId, conversationId),
  ]
  const plainRows = async (): Promise<number> => {
    const { rows } = await sql<{ plain: number }>`select
      (select count(*) from message where text is not null or html is not null or delivery_reason is not null) +
      (select count(*) from conversation where subject is not null or preview is not null) +
      (select count(*) from draft where text is not null or html is not null) as plain`.execute(db.database.read)
    return rows[0]?.plain ?? Number.NaN
  }
  const inPages = async (word: string): Promise<string[]> => {
    const server = await testServer()
    const client = new pg.Client({ connectionString: server.url('postgres', new URL(db.ownerUrl).pathname.slice(1)) })
    await client.connect()
    try {
      await client.query('checkpoint')
      const { rows } = await client.query<{ name: string }>(
        `select relname as name from pg_class
          where relkind in ('r', 't', 'i') and pg_relation_filepath(oid) is not null and pg_relation_size(oid) > 0
            and position($1::bytea in pg_read_binary_file(pg_relation_filepath(oid))) > 0`,
        [Buffer.from(word)],
      )
      return rows.map(({ name }) => name)
    } finally {
      await client.end()
    }
  }

  it('are read as before until they are sealed, and the same afterwards', async () => {
    const before = await shown()
    assert.equal((before[0] as string[])[0], 'Где мой чайник «Комета-77»?')
    assert.ok((await plainRows()) > 250)
    assert.ok((await inPages('Комета-77')).includes('message'))
    const { database } = db
    let steps = 0
    while (await database.transaction(sealOldMessages)) steps++
    assert.equal(steps, 3)
    while (await database.transaction(sealOldConversations));
    while (await database.transaction(sealOldDrafts));
    while (await database.transaction(sealOldReasons));
    assert.equal(await plainRows(), 0)
    assert.deepEqual(await shown(), before)
  })

  it('leave their words in the pages until the tables are written anew, which is done once', async () => {
    const rewritten = await rewriteSealedTables(db.database, db.clock.now())
    for (const table of ['conversation', 'draft', 'message']) assert.ok(rewritten.includes(table), table)
    // Its names are plain still: it waits for them.
    assert.ok(!rewritten.includes('contact'))
    assert.deepEqual(await inPages('Комета-77'), [])
    assert.deepEqual(await inPages('Потерянный'), [])
    assert.deepEqual(await inPages('комета@example'), [])
    assert.deepEqual(await rewriteSealedTables(db.database, db.clock.now()), [])
    assert.equal((await said()).length, 251)
  })

  it('cannot be moved to another row: it does not open there', async () => {
    await sql`update message set sealed_text = (select sealed_text from message where sequence = 2 and conversation_id = ${conversationId})
      where sequence = 3 and conversation_id = ${conversationId}`.execute(db.database.read)
    await assert.rejects(said(), { code: 'tag_mismatch' })
  })
})
