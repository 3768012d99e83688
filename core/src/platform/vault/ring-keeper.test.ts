import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyEncryptionKey, openProductCrypto, type Crypto } from '@oco/security'
import { testDatabase, type TestDatabase } from '../../../test/harness.ts'
import { StartFault } from '../../kernel/start-fault.ts'
import { openDataKeyStore, type DataKeyStore } from './data-key-store.ts'
import { readRingFile, replaceRingFile } from './key-ring-file.ts'
import { openRing, type RingKeeper } from './ring-keeper.ts'

describe('the key ring of a process', () => {
  let crypto: Crypto
  let db: TestDatabase
  let store: DataKeyStore
  let folder: string

  before(async () => {
    crypto = await openProductCrypto()
  })
  after(() => crypto.close())
  beforeEach(async () => {
    db = await testDatabase()
    store = openDataKeyStore({ url: (await db.keys()).url, onIdleError: () => undefined })
    folder = mkdtempSync(join(tmpdir(), 'oco-ring-'))
  })
  afterEach(async () => {
    await store.close()
    await db.drop()
    rmSync(folder, { recursive: true })
  })

  const placeOf = (name: string, passphrase: string | null = null) => ({ path: join(folder, name), passphrase })
  const open = (name = 'ring', passphrase: string | null = null): Promise<RingKeeper> =>
    openRing({ crypto, place: placeOf(name, passphrase), store, clock: db.clock })
  const refusal = (says: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StartFault && error.code === 'key_ring', String(error))
    assert.match(error.message, says)
    return true
  }

  it('is made once, and is the same at the next opening', async () => {
    const first = (await open()).ring()
    assert.deepEqual([...(await open()).ring().fingerprints], [...first.fingerprints])
    assert.deepEqual(await store.ringVersions(), first.fingerprints)
  })

  it('is refused where it is gone, and not made anew over keys that it wraps', async () => {
    await open()
    renameSync(join(folder, 'ring'), join(folder, 'away'))
    await assert.rejects(open(), refusal(/is missing although the keys database has keys under it/))
    assert.equal(existsSync(join(folder, 'ring')), false)
  })

  it('is refused where it is another one, or an old copy of the right one', async () => {
    await open()
    const { versions } = await readRingFile(crypto, placeOf('ring'))
    await replaceRingFile(crypto, placeOf('other'), [generateKeyEncryptionKey(1, new Date())])
    await assert.rejects(open('other'), refusal(/is not the key ring of this keys database \(version 1 is another\)/))
    await replaceRingFile(crypto, placeOf('newer'), [...versions, generateKeyEncryptionKey(2, new Date())])
    assert.equal((await open('newer')).ring().current, 2)
    await assert.rejects(open('ring'), refusal(/lacks version 2, which the keys database has seen/))
  })

  it('is taken up again when its file has changed, and only then', async () => {
    const keeper = await open()
    assert.equal(await keeper.refresh(), false)
    const { versions } = await readRingFile(crypto, placeOf('ring'))
    await replaceRingFile(crypto, placeOf('ring'), [...versions, generateKeyEncryptionKey(2, new Date())])
    utimesSync(join(folder, 'ring'), new Date(), new Date(Date.now() + 5_000))
    assert.equal(await keeper.refresh(), true)
    assert.equal(keeper.ring().current, 2)
    assert.equal(await keeper.refresh(), false)
  })

  it('is refused where others may read it, or the passphrase is not its own', async () => {
    await open('locked', 'двадцать семь воробьёв')
    await assert.rejects(open('locked', 'двадцать восемь воробьёв'), refusal(/the passphrase is not its own/))
    await assert.rejects(open('locked'), refusal(/is locked by a passphrase/))
    chmodSync(join(folder, 'locked'), 0o640)
    await assert.rejects(open('locked', 'двадцать семь воробьёв'), refusal(/is open to others: chmod 600 it/))
  }).timeout(30_000)
})
