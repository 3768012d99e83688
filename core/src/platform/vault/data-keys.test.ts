import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { createKeyRing, CryptoError, generateKeyEncryptionKey, openProductCrypto, type Crypto, type KeyRing } from '@oco/security'
import { testDatabase, testLog, testServer, type TestDatabase } from '../../../test/harness.ts'
import { systemClock } from '../../kernel/clock.ts'
import { newId } from '../../kernel/ids.ts'
import { openDataKeyStore, type DataKeyStore } from './data-key-store.ts'
import { createDataKeys, KEY_LEASE_MS, type DataKeys } from './data-keys.ts'
import { createVault } from './vault.ts'

describe('keys of data', () => {
  let db: TestDatabase
  let ownerUrl: string
  let crypto: Crypto
  let ring: KeyRing
  let store: DataKeyStore
  const processes: DataKeys[] = []

  const startProcess = (change: Partial<DataKeyStore> = {}): DataKeys => {
    const keys = createDataKeys({ store: { ...store, ...change }, ring: () => ring, clock: systemClock, log: testLog })
    keys.start()
    processes.push(keys)
    return keys
  }
  const vaultOf = (keys: DataKeys) => createVault({ crypto, keys, store, clock: systemClock })

  before(async () => {
    crypto = await openProductCrypto()
    db = await testDatabase()
    const addresses = await db.keys()
    ownerUrl = addresses.ownerUrl
    store = openDataKeyStore({ url: addresses.url, onIdleError: () => undefined })
    ring = createKeyRing(crypto, [generateKeyEncryptionKey(1, new Date())])
  })
  afterEach(() => {
    for (const each of processes.splice(0)) each.stop()
  })
  after(async () => {
    await store.close()
    await crypto.close()
    await db.drop()
  })

  const place = (id: string) => ['message', 'text', id]

  it('open in one process what another has sealed, and nothing at another place or under another name', async () => {
    const [one, other] = [vaultOf(startProcess()), vaultOf(startProcess())]
    const [anna, boris] = [newId(), newId()]
    await one.sealerFor('subject', [boris])
    const sealed = (await one.sealerFor('subject', [anna])).seal(anna, place('1'), 'Где мой заказ?')
    assert.equal(sealed.includes(Buffer.from('заказ')), false)
    const sealer = await other.sealer('subject', [anna, boris])
    assert.equal(sealer.open(anna, place('1'), sealed), 'Где мой заказ?')
    assert.throws(() => sealer.open(anna, place('2'), sealed), { code: 'tag_mismatch' })
    assert.throws(() => sealer.open(boris, place('1'), sealed), { code: 'tag_mismatch' })
  })

  it('are made once, whoever makes them at the same moment', async () => {
    const all = Array.from({ length: 4 }, () => startProcess())
    const name = newId()
    await Promise.all(all.map((keys) => keys.make('subject', [name])))
    const sealers = await Promise.all(all.map((keys) => vaultOf(keys).sealer('subject', [name])))
    const sealed = sealers[0]?.seal(name, place('1'), 'одно и то же') ?? Buffer.of()
    for (const sealer of sealers) assert.equal(sealer.open(name, place('1'), sealed), 'одно и то же')
  })

  it('are read in one statement for all who ask at one moment, and in none while they are held', async () => {
    const names = Array.from({ length: 50 }, () => newId())
    await startProcess().make('subject', names)
    let reads = 0
    const counting = startProcess({
      read: (wanted) => {
        reads++
        return store.read(wanted)
      },
    })
    const held = await Promise.all(names.map((name) => counting.hold('subject', [name])))
    held.forEach((keys, index) => assert.notEqual(keys.get(names[index] ?? ''), null))
    assert.ok(reads <= 2, `${reads} statements`)
    const before = reads
    await counting.hold('subject', names)
    assert.equal(reads, before)
  })

  it('are no one’s any more when their destruction returns, and are never made anew', async () => {
    const [eraser, other] = [startProcess(), startProcess()]
    const [gone, kept] = [newId(), newId()]
    await eraser.make('subject', [gone, kept])
    const sealer = await vaultOf(other).sealer('subject', [gone, kept])
    const sealed = [gone, kept].map((name) => sealer.seal(name, place('1'), 'личное'))
    const startedMs = performance.now()
    assert.equal(await eraser.destroy('subject', [gone]), 1)
    const tookMs = performance.now() - startedMs
    assert.ok(tookMs >= KEY_LEASE_MS && tookMs < 5_500, `${tookMs} ms`)
    // Whoever had it before has it no more; whoever asks now gets nothing.
    assert.throws(() => sealer.open(gone, place('1'), sealed[0] ?? Buffer.of()), CryptoError)
    const later = await vaultOf(other).sealer('subject', [gone, kept])
    assert.equal(later.open(gone, place('1'), sealed[0] ?? Buffer.of()), null)
    assert.equal(later.open(kept, place('1'), sealed[1] ?? Buffer.of()), 'личное')
    await assert.rejects(other.make('subject', [gone]), { code: 'key_destroyed' })
    assert.equal(await eraser.destroy('subject', [gone]), 0)
  }).timeout(20_000)

  it('go on over their lease while they are in use, and end with it where the database is out of reach', async () => {
    let reachable = true
    const keys = startProcess({
      living: (names) => (reachable ? store.living(names) : Promise.reject(new Error('no way there'))),
    })
    const name = newId()
    await keys.make('subject', [name])
    const held = await keys.hold('subject', [name])
    await pause(KEY_LEASE_MS + 1_000)
    assert.notEqual(held.get(name), null)
    reachable = false
    await pause(KEY_LEASE_MS + 500)
    assert.throws(() => held.get(name), { code: 'key_unknown' })
  }).timeout(20_000)

  it('leave nothing of themselves in the pages of their table when they are destroyed', async () => {
    const keys = startProcess()
    const name = newId()
    await keys.make('subject', [name])
    const [row] = await store.read([{ kind: 'subject', name }])
    const wrapped = row?.wrapped ?? Buffer.of()
    assert.equal(await isInPages(ownerUrl, wrapped), true)
    await keys.destroy('subject', [name])
    assert.equal(await isInPages(ownerUrl, wrapped), false)
  }).timeout(20_000)

  it('come under the newest version of the ring a part at a time, by whoever gets to it, and open as before', async () => {
    const [one, other] = [startProcess(), startProcess()]
    const names = Array.from({ length: 450 }, () => newId())
    await one.make('subject', names)
    const sealed = (await vaultOf(one).sealer('subject', names)).seal(names[7] ?? '', place('1'), 'до ротации')
    ring = createKeyRing(crypto, [...ring.versions, generateKeyEncryptionKey(2, new Date())])
    const before = (await store.counts()).byRingVersion
    assert.ok((before.get(1) ?? 0) >= 450)
    assert.equal(await one.rewrapSome(), true)
    assert.equal((await store.counts()).byRingVersion.get(2), 200)
    const rewrap = async (keys: DataKeys): Promise<void> => {
      while (await keys.rewrapSome());
    }
    await Promise.all([rewrap(one), rewrap(other)])
    await rewrap(one)
    assert.deepEqual([...(await store.counts()).byRingVersion.keys()], [2])
    const fresh = startProcess()
    assert.equal((await vaultOf(fresh).sealer('subject', names)).open(names[7] ?? '', place('1'), sealed), 'до ротации')
  })
})

/** Looks through the raw pages of the table's parts, dead tuples and free space included. */
const isInPages = async (ownerUrl: string, wrapped: Buffer): Promise<boolean> => {
  const server = await testServer()
  const client = new pg.Client({ connectionString: server.url('postgres', new URL(ownerUrl).pathname.slice(1)) })
  await client.connect()
  try {
    await client.query('checkpoint')
    const { rows } = await client.query<{ found: boolean }>(
      `select bool_or(position($1::bytea in pg_read_binary_file(pg_relation_filepath(inhrelid))) > 0) as found
        from pg_inherits where inhparent = 'data_key'::regclass`,
      [wrapped],
    )
    return rows[0]?.found ?? false
  } finally {
    await client.end()
  }
}
