import assert from 'node:assert/strict'
import { writtenBeforeVault } from '../../test/before-vault.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import type { Address } from '../kernel/address.ts'
import { newId } from '../kernel/ids.ts'
import { sql } from '../platform/db.ts'
import { addressOf, changeContactRow, contactView, findContact, resolveContact } from './contact-store.ts'
import { sealOldAddresses, sealOldContacts } from './sealing-store.ts'

const ANNA: Address = { kind: 'email', value: 'Anna.Petrova@Example.TEST', displayName: 'Анна Петрова' }

describe('contacts under the vault', () => {
  let db: TestDatabase
  before(async () => {
    db = await testDatabase()
    await writtenBeforeVault(db.database.read)
  })
  after(() => db.drop())

  const resolve = (from: Address, alsoKnownAs: Address[] = []) =>
    db.database.transaction((tx) => resolveContact(tx, { from, alsoKnownAs, demo: false, now: db.clock.now() }))
  const found = async (address: Address) => (await db.database.transaction((tx) => findContact(tx, address)))?.id
  /** Every row of both tables as the database has it. */
  const rows = async (): Promise<string> => {
    const { rows } = await sql<{ row: string }>`
      select contact::text as row from contact union all select contact_address::text from contact_address`.execute(
      db.database.read,
    )
    return rows.map(({ row }) => row).join('\n')
  }
  /** As it was written before there was a vault. */
  const addOld = async (name: string, email: string): Promise<string> => {
    const id = newId(db.clock.now())
    await sql`insert into contact (id, display_name, note, created_at) values (${id}, ${name}, 'звонить утром', ${db.clock.now()})`.execute(
      db.database.read,
    )
    await sql`insert into contact_address (id, contact_id, kind, value, normalised)
      values (${newId(db.clock.now())}, ${id}, 'email', ${email}, lower(${email}))`.execute(db.database.read)
    return id
  }

  it('are found by any spelling of an address, and nothing of them lies in plain text', async () => {
    const made = await resolve(ANNA, [{ kind: 'phone', value: '8 (495) 123-45-67' }])
    assert.equal(made.created, true)
    const again = await resolve({ kind: 'email', value: 'anna.petrova@example.test' })
    assert.deepEqual(again, { id: made.id, displayName: 'Анна Петрова', created: false })
    assert.equal(await found({ kind: 'phone', value: '+7 495 1234567' }), made.id)
    assert.equal(await found({ kind: 'external', value: '+7 495 1234567' }), undefined)
    await db.database.transaction((tx) => changeContactRow(tx, made.id, { note: 'не звонить', version: 0 }))
    const view = await contactView(db.database.read, made.id)
    assert.equal(view?.note, 'не звонить')
    assert.deepEqual(
      [...view.addresses].sort((a, b) => a.kind.localeCompare(b.kind)),
      [
        { kind: 'email', value: 'Anna.Petrova@Example.TEST' },
        { kind: 'phone', value: '8 (495) 123-45-67' },
      ],
    )
    assert.equal(await addressOf(db.database.read, made.id, 'email'), 'Anna.Petrova@Example.TEST')
    assert.doesNotMatch(await rows(), /petrova|петрова|1234567|123-45-67|звонить/i)
  })

  it('of before are found as they are, are sealed in the background, and are found then', async () => {
    const id = await addOld('Пётр Иванов', 'Pyotr@Example.RU')
    assert.equal(await found({ kind: 'email', value: 'pyotr@example.ru' }), id)
    assert.equal((await resolve({ kind: 'email', value: 'PYOTR@example.ru' })).id, id)
    const before = await contactView(db.database.read, id)
    assert.equal(before?.displayName, 'Пётр Иванов')
    assert.match(await rows(), /pyotr@example/)
    while (await db.database.transaction(sealOldContacts));
    while (await db.database.transaction(sealOldAddresses));
    assert.doesNotMatch(await rows(), /pyotr|иванов|утром/i)
    assert.deepEqual(await contactView(db.database.read, id), before)
    assert.equal(await found({ kind: 'email', value: 'pyotr@EXAMPLE.ru' }), id)
    assert.equal(await db.database.transaction(sealOldContacts), false)
  })

  it('are one contact where two processes see a new address at the same moment', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => resolve({ kind: 'external', value: 'case-17' })))
    assert.equal(new Set(all.map(({ id }) => id)).size, 1)
    assert.equal(all.filter(({ created }) => created).length, 1)
  })

  it('whose key is destroyed have no name and no address left, and take no other', async () => {
    const { id } = await resolve({ kind: 'email', value: 'gone@example.test', displayName: 'Кто-то' })
    await (await db.vault.keys()).destroy('subject', [id])
    const view = await contactView(db.database.read, id)
    assert.deepEqual([view?.displayName, view?.addresses[0]?.value], ['', ''])
    assert.equal(await addressOf(db.database.read, id, 'email'), null)
    await assert.rejects(
      db.database.transaction((tx) => changeContactRow(tx, id, { displayName: 'Снова', version: 0 })),
      { code: 'key_destroyed' },
    )
  }).timeout(20_000)
})
