import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from 'mocha'
import { SEAL_BYTES, SEALED_CHUNK_BYTES } from '@oco/security'
import type { BlobPlace } from '../src/config/blobs-config.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { newId } from '../src/kernel/ids.ts'
import type { ChunkStore } from '../src/platform/chunk-store.ts'
import { folderChunks } from '../src/platform/chunk-stores/folder-chunks.ts'
import { s3Chunks } from '../src/platform/chunk-stores/s3-chunks.ts'
import { createS3Client } from '../src/platform/chunk-stores/s3-client.ts'
import { tableChunks } from '../src/platform/chunk-stores/table-chunks.ts'
import type { Database } from '../src/platform/db.ts'
import { needPrograms } from './peers/debian-packages.ts'
import { startSwift, SWIFT_PROGRAMS } from './peers/swift.ts'

/** Of plain bytes in each chunk but the last. */
export const BLOB_CHUNK_BYTES = SEALED_CHUNK_BYTES - SEAL_BYTES

/** A store of chunks, and what a test may do to it behind its back. */
export interface StoreUnderTest {
  readonly store: ChunkStore
  /** The same place under the name of another database. */
  readonly neighbour: ChunkStore
  lose(blobId: string, position: number): Promise<void>
  change(blobId: string, position: number, bytes: Buffer): Promise<void>
  stop(): Promise<void>
}

type Open = (database: Database) => Promise<StoreUnderTest>

export const STORES_UNDER_TEST: Readonly<Record<BlobPlace, { prepare(suite: Context): Promise<void>; open: Open }>> = {
  table: { prepare: () => Promise.resolve(), open: (database) => Promise.resolve(openTable(database)) },
  folder: { prepare: () => Promise.resolve(), open: () => openFolder() },
  s3: { prepare: (suite) => needPrograms(suite, SWIFT_PROGRAMS), open: () => openS3() },
}

const openTable = ({ read }: Database): StoreUnderTest => {
  const lose = async (blobId: string, position: number): Promise<void> => {
    await read.deleteFrom('blob_chunk').where('blob_id', '=', blobId).where('position', '=', position).execute()
  }
  return {
    store: tableChunks(),
    neighbour: tableChunks(),
    lose,
    async change(blobId, position, bytes) {
      await lose(blobId, position)
      await read.insertInto('blob_chunk').values({ blob_id: blobId, position, bytes }).execute()
    },
    stop: () => Promise.resolve(),
  }
}

const openFolder = async (): Promise<StoreUnderTest> => {
  const root = await mkdtemp(join(tmpdir(), 'oco-blobs-'))
  const open = (): ChunkStore => {
    const namespace = newId()
    return folderChunks({ root, namespace: () => Promise.resolve(namespace) })
  }
  const pathOf = async (blobId: string, position: number): Promise<string> => {
    const end = join(blobId, String(position))
    const entry = (await readdir(root, { recursive: true })).find((path) => path.endsWith(end))
    if (entry === undefined) throw new Error(`${end} is nowhere`)
    return join(root, entry)
  }
  return {
    store: open(),
    neighbour: open(),
    lose: async (blobId, position) => rm(await pathOf(blobId, position)),
    change: async (blobId, position, bytes) => writeFile(await pathOf(blobId, position), bytes),
    stop: () => rm(root, { recursive: true }),
  }
}

const openS3 = async (): Promise<StoreUnderTest> => {
  const swift = await startSwift()
  const client = createS3Client(swift.place, { clock: systemClock })
  const [own, other] = [newId(), newId()]
  return {
    store: s3Chunks({ client, namespace: () => Promise.resolve(own) }),
    neighbour: s3Chunks({ client, namespace: () => Promise.resolve(other) }),
    async lose(blobId, position) {
      await client({ method: 'DELETE', key: `${own}/${blobId}/${String(position)}` })
    },
    async change(blobId, position, body) {
      await client({ method: 'PUT', key: `${own}/${blobId}/${String(position)}`, body: new Uint8Array(body) })
    },
    stop: () => swift.stop(),
  }
}
