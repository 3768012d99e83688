import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { testErasing } from '../../test/erasing.ts'
import { startMailWorld, type MailWorld } from '../../test/mail-world.ts'
import { callerOf } from '../../test/queue-rows.ts'
import { contactView, findContact } from '../contacts/index.ts'
import { filesOf, findConversation, messageViews } from '../conversations/index.ts'
import { sql } from '../platform/db.ts'
import { eraseContact, reapplyErasures, type EraseContact } from './erase-contact.ts'

const ANNA = 'anna.petrova@example.test'
const BORIS = 'boris@example.test'
const CALLER = callerOf('00000000-0000-7000-8000-000000000001', 'supervisor')

describe('an erased contact', () => {
  let world: MailWorld
  let folder: string
  let deps: EraseContact
  let [own, others] = ['', '']
  let [anna, boris] = ['', '']

  const contactOf = async (value: string): Promise<string | undefined> =>
    (await world.db.database.transaction((tx) => findContact(tx, { kind: 'email', value })))?.id
  const said = async (conversationId: string): Promise<string[]> =>
    (await messageViews(world.db.database.read, { conversationId, limit: 100 })).map(({ text }) => text)
  /** Everything of people in the database, as text. */
  const TABLES = ['contact', 'contact_address', 'conversation', 'message', 'draft', 'attachment', 'outbox', 'inbox'] as const
  const sums = async (): Promise<number> => {
    const { rows } = await sql<{ count: number }>`select (
      (select count(*) from contact_address where contact_id = ${anna}) +
      (select count(*) from contact where id = ${anna} and (search_terms is not null or length(sealed_name) > 0)) +
      (select count(*) from conversation where contact_id = ${anna} and search_terms is not null) +
      (select count(*) from message where contact_id = ${anna} and (search_terms is not null or length(sealed_text) > 0)))::int
      as count`.execute(world.db.database.read)
    return rows[0]?.count ?? Number.NaN
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oco-erase-'))
    world = await startMailWorld()
    deps = await testErasing(world.db, world.blobs, folder)
    const file = { fileName: 'паспорт.txt', bytes: Buffer.from('45 10 123456') }
    own = await world.receive({
      id: '<a1>',
      from: ANNA,
      name: 'Анна Петрова',
      subject: 'Потерян заказ',
      text: 'Где мой заказ?',
      files: [file],
    })
    await world.answer(own, 'Едет к вам, Анна', '<o1>')
    await world.receive({ id: '<b1>', from: BORIS, text: 'И мой тоже, я Борис', references: ['<o1>'] })
    others = await world.receive({ id: '<b2>', from: BORIS, name: 'Борис', subject: 'Счёт', text: 'Пришлите счёт' })
    await world.answer(others, 'Вот он', '<o2>')
    await world.receive({ id: '<a2>', from: ANNA, text: 'Счёт вижу, спасибо', references: ['<o2>'] })
    anna = (await contactOf(ANNA)) ?? assert.fail()
    boris = (await contactOf(BORIS)) ?? assert.fail()
    assert.deepEqual(await said(own), ['Где мой заказ?', 'Едет к вам, Анна', 'И мой тоже, я Борис'])
    assert.deepEqual(await said(others), ['Пришлите счёт', 'Вот он', 'Счёт вижу, спасибо'])
  })
  after(async () => {
    await world.stop()
    await rm(folder, { recursive: true })
  })

  const erase = (id: string) => eraseContact(deps, CALLER, id)

  it('is none while something of it is in work', async () => {
    await assert.rejects(erase(anna), { code: 'conflict' })
    assert.equal((await said(own))[0], 'Где мой заказ?')
  })

  it('has nothing left that can be read or found, and what others said is as it was', async () => {
    const { read } = world.db.database
    await sql`update work_item set state = 'resolved', resolved_at = now()`.execute(read)
    await world.deliver({ id: '<a3>', from: ANNA.toUpperCase(), text: 'Ещё не принято: Анна' })
    await world.deliver({ id: '<b3>', from: BORIS, text: 'Ещё не принято: Борис' })
    const [file] = await filesOf(read, (await messageViews(read, { conversationId: own, limit: 10 }))[0]?.id ?? '')
    assert.ok(file)
    assert.equal(file.fileName, 'паспорт.txt')

    const { keysDestroyed, unreadableFrom } = await erase(anna)
    assert.equal(keysDestroyed, 1)
    const days = (Date.parse(unreadableFrom) - world.db.clock.now().getTime()) / 86_400_000
    assert.ok(days > 14 && days < 18, String(days))

    assert.deepEqual(await said(own), ['', '', 'И мой тоже, я Борис'])
    assert.deepEqual(await said(others), ['Пришлите счёт', 'Вот он', ''])
    const view = await contactView(read, anna)
    assert.deepEqual([view?.displayName, view?.addresses, view?.note], ['', [], ''])
    assert.ok(view?.erasedAt)
    assert.equal((await findConversation(read, own))?.subject, '')
    assert.equal(await world.blobs.read(read, file.blobId), null)
    assert.equal(await sums(), 0)
    for (const words of ['заказ', 'петрова', 'anna.petrova', 'спасибо']) assert.deepEqual(await world.find(words), [], words)
    assert.deepEqual(await world.find('борис'), [own])
    assert.deepEqual(await world.find('boris'), [others])
    const waiting = await read.selectFrom('inbox').select('external_id').where('state', '=', 'new').execute()
    assert.deepEqual(waiting, [{ external_id: '<b3>' }])
    for (const table of TABLES) {
      const { rows } = await sql<{ row: string }>`select ${sql.ref(table)}::text as row from ${sql.table(table)}`.execute(read)
      assert.doesNotMatch(rows.map(({ row }) => row).join(), /Анна|petrova|заказ|паспорт/i)
    }
    const actions = await read.selectFrom('audit_event').select('action').where('object_id', '=', anna).execute()
    assert.ok(actions.some(({ action }) => action === 'contact.erased'))
    await assert.rejects(erase(anna), { code: 'conflict' })
  }).timeout(60_000)

  it('is a stranger when it writes again, and its old letters name no thread', async () => {
    const again = await world.receive({ id: '<a4>', from: ANNA, text: 'Это снова я', references: ['<o1>'] })
    assert.notEqual(again, own)
    assert.notEqual(await contactOf(ANNA), anna)
    assert.deepEqual(await said(again), ['Это снова я'])
  })

  it('is erased again where a restore has brought both databases back, by the acts of the file', async () => {
    const { read } = world.db.database
    await sql`update work_item set state = 'resolved', resolved_at = now()`.execute(read)
    const keysUrl = (await world.db.keys()).ownerUrl
    const asOwner = async (statement: string, values: unknown[], url = keysUrl): Promise<Record<string, unknown>[]> => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        return (await client.query<Record<string, unknown>>(statement, values)).rows
      } finally {
        await client.end()
      }
    }
    // What the backups have of Boris, who is erased after they were taken.
    const [key] = await asOwner('select * from data_key where name = $1', [boris])
    const { rows: addresses } = await sql<
      Record<string, unknown>
    >`select * from contact_address where contact_id = ${boris}`.execute(read)
    const { rows: names } = await sql<{ sealed_name: Buffer }>`select sealed_name from contact where id = ${boris}`.execute(read)
    await erase(boris)
    assert.equal(await contactOf(BORIS), undefined)
    assert.equal(await reapplyErasures(deps), 0)

    await asOwner('update data_key set wrapped = $2, ring_version = $3, destroyed_at = null where name = $1', [
      ...[boris, key?.['wrapped'], key?.['ring_version']],
    ])
    await asOwner('delete from erasure where contact_id = $1', [boris], world.db.ownerUrl)
    await sql`update contact set erased_at = null, sealed_name = ${names[0]?.sealed_name} where id = ${boris}`.execute(read)
    for (const { id, kind, sealed_value: value, lookup } of addresses) {
      await sql`insert into contact_address (id, contact_id, kind, sealed_value, lookup)
        values (${id}, ${boris}, ${kind}, ${value}, ${lookup})`.execute(read)
    }
    assert.equal(await contactOf(BORIS), boris)
    await appendFile(deps.actsFile, '{"v":1,"contactId":"cut')
    assert.equal(await reapplyErasures(deps), 1)
    assert.equal(await contactOf(BORIS), undefined)
    assert.equal((await contactView(read, boris))?.displayName, '')
    assert.deepEqual((await asOwner('select wrapped from data_key where name = $1', [boris]))[0], { wrapped: null })
    assert.equal(await reapplyErasures(deps), 0)
    assert.doesNotMatch(await readFile(deps.actsFile, 'utf8'), /@|Борис|Анна/)
  }).timeout(60_000)
})
