import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { BLOB_CHUNK_BYTES, STORES_UNDER_TEST, type StoreUnderTest } from '../../test/blob-stores.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { BLOB_PLACES } from '../config/blobs-config.ts'
import { isFailure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { BlobFault, type BlobFaultCode } from './blob-fault.ts'
import { handOverBlobs } from './blob-keys.ts'
import { BLOB_GRACE_MS, createBlobs, type Blobs } from './blobs.ts'
import type { ChunkStore } from './chunk-store.ts'
import { sql, type Tx } from './db.ts'
import { intakeOwner, subjectOwner } from './vault/index.ts'

const LIMIT = 64 * 1024 * 1024
/** Read ahead and written together by the cryptography, in chunks. */
const SEALED_AT_ONCE = 2 * 16
const THREE_CHUNKS = 2 * BLOB_CHUNK_BYTES + 1_000

const fault = (code: BlobFaultCode) => (error: unknown) => error instanceof BlobFault && error.code === code

for (const place of BLOB_PLACES) {
  describe(`blobs whose chunks lie in the place ${place}`, () => {
    const { prepare, open } = STORES_UNDER_TEST[place]
    let db: TestDatabase
    let under: StoreUnderTest
    let blobs: Blobs
    const left: unknown[] = []

    before(async function () {
      await prepare(this)
      db = await testDatabase()
      under = await open(db.database)
      blobs = createBlobs({ clock: db.clock, stores: [under.store], onLeftBehind: (error) => left.push(error) })
    })
    afterEach(() => {
      assert.deepEqual(left, [])
    })
    after(async () => {
      await under?.stop()
      await db?.drop()
    })

    let owner = intakeOwner(new Date('2026-11-01T00:00:00Z'))
    const write = (bytes: Parameters<Blobs['write']>[1], limitBytes = LIMIT) =>
      db.database.transaction((tx) => blobs.write(tx, bytes, { owner, limitBytes }))
    const { read, stream } = {
      read: (id: string) => blobs.read(db.database.read, id),
      stream: (id: string) => blobs.stream(db.database.read, id),
    }
    const lying = async (store: ChunkStore = under.store): Promise<string[]> => {
      const ids: string[] = []
      for await (const id of store.lying(new Date(db.clock.now().getTime() + 1))) ids.push(id)
      return ids
    }
    const sweepAll = async (): Promise<void> => {
      while (await blobs.sweep(db.database, db.clock.now()));
    }
    const givenUp = async (work: (tx: Tx) => Promise<unknown>): Promise<void> => {
      await assert.rejects(
        db.database.transaction(async (tx) => {
          await work(tx)
          throw new Error('given up')
        }),
        /given up/,
      )
    }

    it('gives back what was written, whole and chunk by chunk, and says where it lies', async () => {
      for (const size of [0, 1, BLOB_CHUNK_BYTES, BLOB_CHUNK_BYTES + 1, THREE_CHUNKS]) {
        const bytes = randomBytes(size)
        const { id, sizeBytes } = await write(bytes)
        assert.equal(sizeBytes, size)
        assert.deepEqual(await read(id), bytes)
        const chunks: Uint8Array[] = []
        for await (const chunk of stream(id)) chunks.push(chunk)
        assert.equal(chunks.length, Math.max(1, Math.ceil(size / BLOB_CHUNK_BYTES)))
        assert.deepEqual(Buffer.concat(chunks), bytes)
        const row = await db.database.read.selectFrom('blob').select('place').where('id', '=', id).executeTakeFirstOrThrow()
        assert.equal(row.place, place)
      }
      assert.equal(await read(newId()), null)
    })

    it('takes 20 MiB and gives them back without ever holding more than some chunks', async () => {
      const total = 20 * 1024 * 1024
      const piece = randomBytes(100_000)
      const hash = createHash('sha256')
      let [produced, putBytes, got, taken, heldMax] = [0, 0, 0, 0, 0]
      const watched: ChunkStore = {
        ...under.store,
        async put(tx, blobId, position, bytes) {
          await under.store.put(tx, blobId, position, bytes)
          putBytes += bytes.length
        },
        async get(from, blobId, position) {
          const bytes = await under.store.get(from, blobId, position)
          got += bytes?.length ?? 0
          heldMax = Math.max(heldMax, got - taken)
          return bytes
        },
      }
      const pieces = async function* (): AsyncGenerator<Uint8Array> {
        while (produced < total) {
          const next = piece.subarray(0, Math.min(piece.length, total - produced))
          produced += next.length
          hash.update(next)
          heldMax = Math.max(heldMax, produced - putBytes)
          yield await Promise.resolve(next)
        }
      }
      const some = createBlobs({ clock: db.clock, stores: [watched], onLeftBehind: (error) => left.push(error) })
      const { id } = await db.database.transaction((tx) => some.write(tx, pieces(), { owner, limitBytes: total }))
      const back = createHash('sha256')
      for await (const chunk of some.stream(db.database.read, id)) {
        back.update(chunk)
        taken += chunk.length
      }
      assert.deepEqual([taken, back.digest()], [total, hash.digest()])
      const bound = (under.store.atOnceMax + SEALED_AT_ONCE + 1) * BLOB_CHUNK_BYTES + 2 * piece.length
      assert.ok(heldMax <= bound, `held ${String(heldMax)} of at most ${String(bound)} bytes`)
    })

    it('lies sealed, changes hands without being written again, and goes with its owner’s key', async () => {
      const bytes = Buffer.from('Договор № 17 с приложениями. '.repeat(5_000))
      const { id } = await write(bytes)
      const stored = async () => Buffer.from((await under.store.get(db.database.read, id, 0)) ?? assert.fail())
      const before = await stored()
      assert.equal(before.includes('Договор'), false)
      const contact = subjectOwner(newId())
      assert.equal(await db.database.transaction((tx) => handOverBlobs(tx, [id, newId()], contact)), 1)
      assert.deepEqual(await stored(), before)
      const keys = await db.vault.keys()
      await keys.destroy('intake', [owner.name])
      assert.deepEqual(await read(id), bytes)
      await keys.destroy('subject', [contact.name])
      assert.equal(await read(id), null)
      await assert.rejects(stream(id)[Symbol.asyncIterator]().next(), fault('erased'))
      await assert.rejects(write(bytes), { code: 'key_destroyed' })
      owner = intakeOwner(new Date('2026-11-02T00:00:00Z'))
    }).timeout(30_000)

    it('of before is read as it is, and copied sealed', async () => {
      const bytes = randomBytes(THREE_CHUNKS)
      const id = newId(db.clock.now())
      await db.database.transaction(async (tx) => {
        const chunks = [0, 1, 2].map((n) => bytes.subarray(n * BLOB_CHUNK_BYTES, (n + 1) * BLOB_CHUNK_BYTES))
        for (const [position, chunk] of chunks.entries()) await under.store.put(tx, id, position, chunk)
        await under.store.settle(id)
        await sql`insert into blob (id, size_bytes, chunk_count, sha256, place, created_at) values
          (${id}, ${bytes.length}, 3, ${createHash('sha256').update(bytes).digest()}, ${place}, ${db.clock.now()})`.execute(tx)
      })
      assert.deepEqual(await read(id), bytes)
      const copy = await db.database.transaction((tx) => blobs.copy(tx, id, owner))
      assert.deepEqual([copy.sizeBytes, await read(copy.id)], [bytes.length, bytes])
      const stored = Buffer.from((await under.store.get(db.database.read, copy.id, 0)) ?? assert.fail())
      assert.equal(stored.includes(bytes.subarray(0, 16)), false)
    })

    it('keeps writers apart that write side by side', async () => {
      const all = Array.from({ length: 8 }, () => randomBytes(THREE_CHUNKS))
      const written = await Promise.all(all.map((bytes) => write(bytes)))
      assert.deepEqual(await Promise.all(written.map(({ id }) => read(id))), all)
    })

    it('refuses what is larger than its limit, and leaves nothing of it', async () => {
      await sweepAll()
      const known = (await lying()).length
      const writing = write(randomBytes(THREE_CHUNKS), THREE_CHUNKS - 1)
      await assert.rejects(writing, (error) => isFailure(error, 'body_too_large'))
      db.clock.advance(BLOB_GRACE_MS + 1)
      await sweepAll()
      assert.equal((await lying()).length, known)
    })

    it('fails with a code where a chunk is missing, and never gives a whole-looking part', async () => {
      for (const lost of [0, 1, 2]) {
        const { id } = await write(randomBytes(THREE_CHUNKS))
        await under.lose(id, lost)
        await assert.rejects(read(id), fault('chunk_missing'))
        let given = 0
        const reading = (async () => {
          for await (const chunk of stream(id)) given += chunk.length
        })()
        await assert.rejects(reading, fault('chunk_missing'))
        assert.ok(given < THREE_CHUNKS)
      }
    })

    it('fails with a code where a chunk is not what was written: changed, shorter, longer', async () => {
      for (const bytes of [randomBytes(1_000), randomBytes(999), randomBytes(BLOB_CHUNK_BYTES)]) {
        const { id } = await write(randomBytes(THREE_CHUNKS))
        await under.change(id, 2, bytes)
        await assert.rejects(read(id), fault('damaged'))
      }
    })

    it('shows nothing of a transaction that was given up, and sweeps what it left once its grace is over', async () => {
      let id = ''
      await givenUp(async (tx) => ({ id } = await blobs.write(tx, randomBytes(THREE_CHUNKS), { owner, limitBytes: LIMIT })))
      assert.equal(await read(id), null)
      db.clock.advance(BLOB_GRACE_MS)
      await sweepAll()
      assert.equal((await lying()).includes(id), place !== 'table')
      db.clock.advance(1)
      await sweepAll()
      assert.equal((await lying()).includes(id), false)
      assert.equal(await under.store.get(db.database.read, id, 0), null)
    })

    it('never sweeps what is being written, however long that takes', async () => {
      const bytes = randomBytes(THREE_CHUNKS)
      const slow = async function* (): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(0, BLOB_CHUNK_BYTES)
        db.clock.advance(BLOB_GRACE_MS + 1)
        await sweepAll()
        yield bytes.subarray(BLOB_CHUNK_BYTES)
      }
      const { id } = await db.database.transaction(async (tx) => {
        const blob = await blobs.write(tx, slow(), { owner, limitBytes: LIMIT })
        db.clock.advance(BLOB_GRACE_MS + 1)
        await sweepAll()
        return blob
      })
      assert.deepEqual(await read(id), bytes)
    })

    it('removes the chunks of a removed blob after the commit, and not before', async () => {
      const bytes = randomBytes(THREE_CHUNKS)
      const { id } = await write(bytes)
      await givenUp(async (tx) => {
        await blobs.remove(tx, [id])
        await blobs.settled()
      })
      await blobs.settled()
      assert.deepEqual(await read(id), bytes)
      await db.database.transaction((tx) => blobs.remove(tx, [id]))
      await blobs.settled()
      assert.equal(await read(id), null)
      for (const position of [0, 1, 2]) assert.equal(await under.store.get(db.database.read, id, position), null)
      await db.database.transaction((tx) => blobs.remove(tx, [id]))
    })

    it('tidies what nobody refers to, chunks and all, and sweeps what a crash left after the rows had gone', async () => {
      const { id } = await write(randomBytes(THREE_CHUNKS))
      const crashed = await write(randomBytes(THREE_CHUNKS))
      // Nothing runs after this commit, as in a process that is gone.
      await db.database.read.deleteFrom('blob').where('id', '=', crashed.id).execute()
      assert.equal((await lying()).includes(crashed.id), place !== 'table')
      db.clock.advance(BLOB_GRACE_MS + 1)
      while (await db.database.transaction((tx) => blobs.tidy(tx, db.clock.now())));
      await blobs.settled()
      await sweepAll()
      assert.deepEqual([await read(id), await lying()], [null, []])
    })

    // Nothing of the table is ever outside of the database.
    if (place === 'table') return

    it('sweeps in bounded steps, over more than one page of a list, and leaves what another database keeps there', async () => {
      const keep = async (store: ChunkStore): Promise<string> => {
        const id = newId(db.clock.now())
        await db.database.transaction((tx) => store.put(tx, id, 0, randomBytes(10)))
        return id
      }
      const foreign = await keep(under.neighbour)
      const kept = await write(randomBytes(10))
      for (let count = 0; count < 20; count++) await keep(under.store)
      db.clock.advance(BLOB_GRACE_MS + 1)
      await sweepAll()
      assert.deepEqual(await lying(), [kept.id])
      assert.deepEqual(await lying(under.neighbour), [foreign])
    })
  })
}
