import assert from 'node:assert/strict'
import { startFaultyStore, type FaultyStore, type StoreFault } from '../../../test/peers/faulty-store.ts'
import { needPrograms } from '../../../test/peers/debian-packages.ts'
import { freePorts } from '../../../test/peers/foreground.ts'
import { startSwift, SWIFT_PROGRAMS, type SwiftPeer } from '../../../test/peers/swift.ts'
import { testDatabase, type TestDatabase } from '../../../test/harness.ts'
import type { S3Place } from '../../config/blobs-config.ts'
import { systemClock } from '../../kernel/clock.ts'
import { newId } from '../../kernel/ids.ts'
import { StartFault } from '../../kernel/start-fault.ts'
import { BlobFault, type BlobFaultCode } from '../blob-fault.ts'
import type { ChunkStore } from '../chunk-store.ts'
import { createS3Client, S3_TRIES } from './s3-client.ts'
import { checkBlobPlaces } from './open-chunk-stores.ts'
import { s3Chunks } from './s3-chunks.ts'

const IMPATIENT = { timeoutMs: 2_000, retryMs: 1 }
const BUSY: StoreFault = { kind: 'status', status: 503 }

describe('an S3-compatible store that fails', () => {
  let swift: SwiftPeer
  let faulty: FaultyStore
  let db: TestDatabase
  const namespace = newId()

  before(async function () {
    await needPrograms(this, SWIFT_PROGRAMS)
    swift = await startSwift()
    faulty = await startFaultyStore(swift.place.endpoint)
    db = await testDatabase()
  })
  after(async () => {
    await faulty?.stop()
    await swift?.stop()
    await db?.drop()
  })

  const open = (change: Partial<S3Place> = {}, patience = IMPATIENT, name = namespace): ChunkStore => {
    const client = createS3Client({ ...swift.place, endpoint: faulty.endpoint, ...change }, { clock: systemClock, patience })
    return s3Chunks({ client, namespace: () => Promise.resolve(name) })
  }
  const put = (store: ChunkStore, id: string, bytes: Buffer): Promise<void> =>
    db.database.transaction((tx) => store.put(tx, id, 0, bytes))
  const get = (store: ChunkStore, id: string) => store.get(db.database.read, id, 0)
  const fault =
    (code: BlobFaultCode, says = /./) =>
    (error: unknown) => {
      assert.ok(error instanceof BlobFault, String(error))
      assert.equal(error.code, code)
      assert.match(error.message, says)
      assert.doesNotMatch(error.message, new RegExp(swift.place.secretKey))
      return true
    }

  it('is asked again when it is busy, silent or breaks off, so many times and no more', async () => {
    const [store, id, bytes] = [open({}, { timeoutMs: 300, retryMs: 1 }), newId(), Buffer.from('счёт')]
    faulty.fail(BUSY, { kind: 'silence' })
    await put(store, id, bytes)
    for (const kind of ['silence', 'break-off'] as const) {
      faulty.fail({ kind }, { kind: 'status', status: 500 })
      assert.deepEqual(await get(store, id), bytes)
    }
    const before = faulty.asked
    faulty.fail(...Array.from({ length: S3_TRIES }, () => BUSY))
    await assert.rejects(get(store, id), fault('store_unavailable', /503 SlowDown/))
    assert.equal(faulty.asked - before, S3_TRIES)
    faulty.fail(...Array.from({ length: S3_TRIES }, () => ({ kind: 'silence' }) as const))
    await assert.rejects(get(store, id), fault('store_unavailable', /TimeoutError/))
    assert.deepEqual(await get(store, id), bytes)
  })

  it('is told apart: no such chunk is null; no such bucket, a wrong key and no server are faults', async () => {
    const id = newId()
    assert.equal(await get(open(), id), null)
    const before = faulty.asked
    await assert.rejects(get(open({ bucket: 'another-one' }), id), fault('store_refused', /404 NoSuchBucket/))
    await assert.rejects(get(open({ secretKey: 'wrong' }), id), fault('store_refused', /403 SignatureDoesNotMatch/))
    await assert.rejects(put(open({ keyId: 'nobody' }), id, Buffer.from('a')), fault('store_refused', /403/))
    assert.equal(faulty.asked - before, 3, 'what was refused is not asked again')
    const [port = 0] = await freePorts(1)
    await assert.rejects(
      get(open({ endpoint: `http://127.0.0.1:${String(port)}` }), id),
      fault('store_unavailable', /ECONNREFUSED/),
    )
  })

  it('stops the start where it refuses us, and is seen to be empty or not', async () => {
    const check = (change: Partial<S3Place>): Promise<void> =>
      checkBlobPlaces(db.database.read, { stores: [open(change)], onUnavailable: (error) => assert.fail(error.message) })
    await check({})
    await assert.rejects(
      check({ secretKey: 'wrong' }),
      (error) => error instanceof StartFault && /in the place s3: store_refused: .*SignatureDoesNotMatch/.test(error.message),
    )
    await assert.rejects(check({ bucket: 'another-one' }), (error) => error instanceof StartFault)
    await put(open(), newId(), Buffer.from('счёт'))
    assert.deepEqual([await open().probe(), await open({}, IMPATIENT, newId()).probe()], [true, false])
  })

  it('does not keep what came to it changed, and what comes back changed is refused', async () => {
    const [store, id] = [open(), newId()]
    faulty.fail({ kind: 'flip-request' })
    await assert.rejects(put(store, id, Buffer.from('счёт')), fault('store_refused', /PUT of .*: 400/))
    assert.equal(await get(store, id), null)
    await put(store, id, Buffer.from('счёт'))
    faulty.fail({ kind: 'flip' })
    await assert.rejects(get(store, id), fault('damaged'))
    assert.deepEqual(await get(store, id), Buffer.from('счёт'))
  })

  it('follows nobody elsewhere, and takes no page for a list', async () => {
    faulty.fail({ kind: 'status', status: 307 })
    await assert.rejects(get(open(), newId()), fault('store_refused', /307/))
    faulty.fail({ kind: 'status', status: 200 })
    await assert.rejects(open().remove([newId()]), fault('store_refused', /no list/))
  })
})
