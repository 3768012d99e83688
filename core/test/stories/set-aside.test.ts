import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { sql } from '../../src/platform/db.ts'
import { eventually } from '../eventually.ts'
import { ProblemError } from '../http-client.ts'
import { letterOfManyParts, plainLetter } from '../peers/poison-letters.ts'
import { openMailOffice, type MailOffice } from './mail-office.ts'

/** Of 50 MiB that are taken, base64 leaves 36 for an attachment: letters of this size are everyday. */
const LARGE_BYTES = 40 * 1024 * 1024

describe('matter that cannot be read is set aside and stops nobody', () => {
  let folder: string
  let office: MailOffice
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oco-aside-'))
    office = await openMailOffice(folder)
  })
  after(async () => {
    await office.stop()
    await rm(folder, { recursive: true })
  })

  const setAside = async (count: number) =>
    eventually(async () => {
      const { rows } = await office.admin.call('listSetAside', { params: { id: office.channelId } })
      return rows.length === count ? rows : null
    })
  const retry = (id: string | undefined) => office.admin.call('retrySetAside', { params: { id: id ?? '' } })
  const asOwner = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: office.test.db.ownerUrl })
    await client.connect()
    await client.query(statement)
    await client.end()
  }

  it('takes a poisoned letter off the relay’s hands, shows it to the administrator, and lets the next one through', async () => {
    await office.deliver(letterOfManyParts('poison@client.test', 10_000))
    await office.deliver(plainLetter('after-poison', 'Я после неё'))
    await office.accept('after-poison')
    const [row] = await setAside(1)
    assert.equal(row?.reason, 'too_many_parts')
    assert.ok(row.sizeBytes > 10_000)
    const { rows } = await office.admin.call('listChannels')
    assert.equal(rows.find(({ id }) => id === office.channelId)?.setAside, 1)
  })

  it('keeps the bytes of the largest letter that it takes', async () => {
    const raw = Buffer.concat([letterOfManyParts('large@client.test', 10_000), Buffer.alloc(LARGE_BYTES, 'epilogue\r\n')])
    await office.deliver(raw)
    const row = (await setAside(2)).find(({ sizeBytes }) => sizeBytes >= LARGE_BYTES)
    const { rows } = await sql<{
      size: number
    }>`select blob.size_bytes::int as size from blob join inbox on inbox.raw_blob_id = blob.id
      where inbox.id = ${row?.id ?? ''}`.execute(office.test.db.database.read)
    assert.deepEqual(rows, [{ size: row?.sizeBytes }])
    await sql`delete from inbox where id = ${row?.id ?? ''}`.execute(office.test.db.database.read)
  })

  it('says so when another try does not help, and keeps the letter', async () => {
    const [row] = await setAside(1)
    const refusal = await retry(row?.id).then(
      () => null,
      (error: unknown) => error,
    )
    assert.ok(refusal instanceof ProblemError)
    assert.equal(refusal.problem.code, 'conflict')
    await setAside(1)
  })

  it('lets a letter go on that failed on its way, once the administrator tries it again', async () => {
    await asOwner(`create function refuse_message() returns trigger language plpgsql as $$
        begin raise exception 'no room for this one'; end $$;
      create trigger refuse_message before insert on message for each row when (new.external_id like '%fails-inside%')
        execute function refuse_message()`)
    await office.deliver(plainLetter('fails-inside', 'Застряло'))
    const row = await eventually(async () => {
      // Its pauses between tries are longer than a test.
      await sql`update inbox set due_at = now() where state = 'new'`.execute(office.test.db.database.read)
      const { rows } = await office.admin.call('listSetAside', { params: { id: office.channelId } })
      return rows.find(({ attempts }) => attempts > 1) ?? null
    })
    assert.match(row.reason, /^database error P0001$/)
    await asOwner('drop trigger refuse_message on message')
    await retry(row.id)
    const { messages } = await office.accept('fails-inside')
    assert.equal(messages.length, 1)
    await setAside(1)
  })
})
