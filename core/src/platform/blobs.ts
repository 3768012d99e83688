import { createHash } from 'node:crypto'
import { present } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Db, Tx } from './db.ts'

export const BLOB_CHUNK_BYTES = 64 * 1024
/** A blob that nothing refers to is left alone so long: somebody may be about to refer to it. */
export const BLOB_GRACE_MS = 3_600_000
const TIDIED_AT_ONCE_MAX = 200

export interface StoredBlob {
  readonly id: string
  readonly sizeBytes: number
  readonly sha256: Buffer
}

/** Bytes of attachments: written once, whole, in the caller's transaction; read in chunks. */
export interface Blobs {
  /** Throws `body_too_large` past `limitBytes`; the transaction must then be given up. */
  write(tx: Tx, bytes: Uint8Array | AsyncIterable<Uint8Array>, limitBytes: number): Promise<StoredBlob>
  /** The whole blob; null where there is none. */
  read(db: Db, id: string): Promise<Buffer | null>
  /** Chunk by chunk, for answers: nobody holds the whole. Throws where a chunk is missing. */
  stream(db: Db, id: string): AsyncIterable<Uint8Array>
  remove(tx: Tx, ids: readonly string[]): Promise<void>
  /** Removes some of the blobs that nothing refers to any more; true where there may be others. */
  tidy(tx: Tx, now: Date): Promise<boolean>
}

/** The default store: a table, so that one backup and one replication cover attachments too. */
export const tableBlobs = (clock: Clock): Blobs => ({
  async write(tx, bytes, limitBytes) {
    const now = clock.now()
    const id = newId(now)
    const hash = createHash('sha256')
    let sizeBytes = 0
    let position = 0
    for await (const chunk of chunksOf(bytes)) {
      sizeBytes += chunk.length
      if (sizeBytes > limitBytes) throw new Failure('body_too_large', { detail: `at most ${String(limitBytes)} bytes` })
      hash.update(chunk)
      await tx.insertInto('blob_chunk').values({ blob_id: id, position, bytes: chunk }).execute()
      position++
    }
    const sha256 = hash.digest()
    await tx.insertInto('blob').values({ id, size_bytes: sizeBytes, chunk_count: position, sha256, created_at: now }).execute()
    return { id, sizeBytes, sha256 }
  },

  async read(db, id) {
    const known = await db.selectFrom('blob').select('id').where('id', '=', id).executeTakeFirst()
    if (known === undefined) return null
    const chunks: Uint8Array[] = []
    for await (const chunk of streamOf(db, id)) chunks.push(chunk)
    return Buffer.concat(chunks)
  },

  stream: streamOf,

  async remove(tx, ids) {
    if (ids.length > 0) await tx.deleteFrom('blob').where('id', 'in', ids).execute()
  },

  async tidy(tx, now) {
    // One statement sees a message's file either as it waits or as it is attached; what is not committed yet, not at all.
    const removed = await tx
      .deleteFrom('blob')
      .where('id', 'in', (from) =>
        from
          .selectFrom('blob')
          .select('id')
          .where('created_at', '<', new Date(now.getTime() - BLOB_GRACE_MS))
          .where(({ not, exists, selectFrom }) =>
            not(exists(selectFrom('blob_reference').select('blob_id').whereRef('blob_reference.blob_id', '=', 'blob.id'))),
          )
          .limit(TIDIED_AT_ONCE_MAX),
      )
      .executeTakeFirst()
    return Number(removed.numDeletedRows) > 0
  },
})

async function* streamOf(db: Db, id: string): AsyncGenerator<Uint8Array> {
  const blob = present(
    await db.selectFrom('blob').select('chunk_count').where('id', '=', id).executeTakeFirst(),
    `the blob ${id}`,
  )
  for (let position = 0; position < blob.chunk_count; position++) {
    const row = await db
      .selectFrom('blob_chunk')
      .select('bytes')
      .where('blob_id', '=', id)
      .where('position', '=', position)
      .executeTakeFirst()
    yield present(row, `chunk ${String(position)} of the blob ${id}`).bytes
  }
}

/** Re-cuts any stream of bytes into chunks of one size; only the last may be shorter. */
const chunksOf = async function* (bytes: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
    rest = rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength) : Buffer.concat([rest, piece])
    while (rest.length >= BLOB_CHUNK_BYTES) {
      yield rest.subarray(0, BLOB_CHUNK_BYTES)
      rest = rest.subarray(BLOB_CHUNK_BYTES)
    }
  }
  if (rest.length > 0) yield rest
}
