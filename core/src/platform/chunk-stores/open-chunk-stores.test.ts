import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestApp } from '../../../test/app.ts'
import { testDatabase, type TestDatabase } from '../../../test/harness.ts'
import type { BlobPlace, BlobsConfig } from '../../config/blobs-config.ts'
import { StartFault } from '../../kernel/start-fault.ts'
import { BlobFault } from '../blob-fault.ts'
import { createBlobs, type Blobs } from '../blobs.ts'
import { intakeOwner } from '../vault/index.ts'
import { checkBlobPlaces, openChunkStores } from './open-chunk-stores.ts'

const S3 = { endpoint: 'http://127.0.0.1:9', bucket: 'oco-blobs', region: 'us-east-1', keyId: 'a', secretKey: 'b' }

describe('where blobs lie by the configuration', () => {
  let db: TestDatabase
  let root: string
  before(async () => {
    db = await testDatabase()
    root = await mkdtemp(join(tmpdir(), 'oco-places-'))
  })
  after(async () => {
    await db.drop()
    await rm(root, { recursive: true })
  })

  const config = (...places: [BlobPlace, ...BlobPlace[]]): BlobsConfig => ({ places, folder: root, s3: S3 })
  const storesOf = (given: BlobsConfig) => openChunkStores(given, { db: db.database.read, clock: db.clock })
  const open = (...places: [BlobPlace, ...BlobPlace[]]): Blobs =>
    createBlobs({ clock: db.clock, stores: storesOf(config(...places)), onLeftBehind: (error) => assert.fail(String(error)) })
  const write = (blobs: Blobs, text: string): Promise<string> =>
    db.database
      .transaction((tx) => blobs.write(tx, Buffer.from(text), { owner: intakeOwner(db.clock.now()), limitBytes: 100 }))
      .then(({ id }) => id)
  const read = async (blobs: Blobs, id: string): Promise<string> => String(await blobs.read(db.database.read, id))

  const check = async (given: BlobsConfig): Promise<BlobFault[]> => {
    const unavailable: BlobFault[] = []
    await checkBlobPlaces(db.database.read, { stores: storesOf(given), onUnavailable: (one) => unavailable.push(one) })
    return unavailable
  }
  const fault = (says: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StartFault, String(error))
    assert.equal(error.code, 'configuration')
    assert.match(error.message, says)
    return true
  }

  it('writes into the first place, reads from all, and from the table always', () => {
    const placesOf = (...places: [BlobPlace, ...BlobPlace[]]) => storesOf(config(...places)).map(({ place }) => place)
    assert.deepEqual(placesOf('table'), ['table'])
    assert.deepEqual(placesOf('s3', 'folder'), ['s3', 'folder', 'table'])
    assert.deepEqual(placesOf('folder', 'table'), ['folder', 'table'])
  })

  it('reads what was written before a change of the configuration, and after', async () => {
    const first = await write(open('table'), 'счёт')
    const second = await write(open('folder'), 'акт')
    const now = open('table', 'folder')
    const third = await write(now, 'письмо')
    assert.deepEqual([await read(now, first), await read(now, second), await read(now, third)], ['счёт', 'акт', 'письмо'])
    const other = open('table')
    await assert.rejects(read(other, second), (error) => error instanceof BlobFault && error.code === 'place_unknown')
  })

  it('is refused at the start where it leaves out a place that holds blobs', async () => {
    await write(open('folder'), 'акт')
    assert.deepEqual(await check(config('table', 'folder')), [])
    await assert.rejects(check(config('table')), fault(/lie in the place folder, which OCO_BLOBS does not name/))
  })

  it('is refused where the place holds nothing of this database, as a folder that is not mounted', async () => {
    await write(open('folder'), 'акт')
    const empty = await mkdtemp(join(tmpdir(), 'oco-places-'))
    try {
      const given = { ...config('table', 'folder'), folder: empty }
      await assert.rejects(check(given), fault(/place folder, where nothing of this database is: is it the right one/))
    } finally {
      await rm(empty, { recursive: true })
    }
  })

  it('does not wait for a store that does not answer, and says so', async () => {
    const unavailable = await check(config('s3', 'folder'))
    assert.deepEqual(
      unavailable.map(({ code }) => code),
      ['store_unavailable'],
    )
  })

  it('is asked of the whole product too: it does not start over blobs that it could not read', async () => {
    const app = await startTestApp({ blobs: config('folder') })
    try {
      const blobs = createBlobs({
        clock: app.db.clock,
        stores: openChunkStores(config('folder'), { db: app.db.database.read, clock: app.db.clock }),
        onLeftBehind: (error) => assert.fail(String(error)),
      })
      await app.db.database.transaction((tx) =>
        blobs.write(tx, Buffer.from('акт'), { owner: intakeOwner(app.db.clock.now()), limitBytes: 100 }),
      )
      await assert.rejects(startTestApp({}, app), fault(/which OCO_BLOBS does not name/))
    } finally {
      await app.stop()
    }
  })
})
