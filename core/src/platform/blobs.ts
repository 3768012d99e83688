import { createHash } from 'node:crypto'
import { CryptoError, SEAL_BYTES } from '@oco/security'
import { present } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { BlobFault } from './blob-fault.ts'
import { sealedKeyOf } from './blob-keys.ts'
import type { ChunkStore } from './chunk-store.ts'
import { tableChunks } from './chunk-stores/table-chunks.ts'
import { afterCommit, sql, vaultOf, type Database, type Db, type Tx } from './db.ts'
import { type Content, type KeyName, type StoredContentKey } from './vault/index.ts'

/** A blob that nothing refers to is left alone so long: somebody may be about to refer to it. */
export const BLOB_GRACE_MS = 3_600_000
const TIDIED_AT_ONCE_MAX = 200
const SWEPT_AT_ONCE_MAX = 200

export interface StoredBlob {
  readonly id: string
  readonly sizeBytes: number
  /** Seals what belongs to the blob: the name of its file. */
  readonly content: Content
}

export interface BlobToWrite {
  /** Under whose key its own is sealed: the contact's, or the day's while there is none yet. */
  readonly owner: KeyName
  readonly limitBytes: number
}

/**
 * Bytes of attachments: written once, whole, in the caller's transaction; read in chunks. The row `blob` alone decides what exists;
 * chunks lie where the row says, sealed under the blob's own key. A blob that cannot be had whole and unchanged is a `BlobFault`, never a
 * part that looks like it.
 */
export interface Blobs {
  /** Throws `body_too_large` past `limitBytes`; the transaction must then be given up. */
  write(tx: Tx, bytes: Uint8Array | AsyncIterable<Uint8Array>, blob: BlobToWrite): Promise<StoredBlob>
  /** A sealed blob with the same bytes; the other stays. Throws `place_unknown` and the like, and where there is none. */
  copy(tx: Tx, id: string, owner: KeyName): Promise<StoredBlob>
  /** The whole blob; null where there is none, or its owner was erased. */
  read(db: Db, id: string): Promise<Buffer | null>
  /** Chunk by chunk, for answers: nobody holds the whole. The last chunk comes only when the sum of all is right. */
  stream(db: Db, id: string): AsyncIterable<Uint8Array>
  /** Their rows at once; chunks outside of the database when the transaction has been committed. */
  remove(tx: Tx, ids: readonly string[]): Promise<void>
  /** Removes some of the blobs that nothing refers to any more; true where there may be others. */
  tidy(tx: Tx, now: Date): Promise<boolean>
  /**
   * Looks at some of what lies outside of the database, and removes what no blob has: of transactions that were rolled back, of crashes.
   * True where there is more to look at; the next call goes on there. Leaves what is being written, however long that takes.
   */
  sweep(database: Pick<Database, 'transaction'>, now: Date): Promise<boolean>
  /** Comes back when the chunks are gone whose rows this process has removed. */
  settled(): Promise<void>
}

export interface BlobsOptions {
  readonly clock: Clock
  /** New blobs go into the first; the others are read. */
  readonly stores: readonly [ChunkStore, ...ChunkStore[]]
  /** Chunks of removed blobs could not be removed now: `sweep` will. */
  readonly onLeftBehind: (error: unknown) => void
}

/** All in the database. */
export const tableBlobs = (clock: Clock): Blobs => createBlobs({ clock, stores: [tableChunks()], onLeftBehind: () => undefined })

export const createBlobs = ({ clock, stores, onLeftBehind }: BlobsOptions): Blobs => {
  const [fresh] = stores
  const storeOf = (blob: Lying): ChunkStore => {
    const store = stores.find(({ place }) => place === blob.place)
    if (store === undefined) throw new BlobFault('place_unknown', `the blob ${blob.id} lies in ${blob.place}`)
    return store
  }
  const removing = new Set<Promise<void>>()
  const removeChunks = async (gone: readonly Lying[]): Promise<void> => {
    for (const store of stores) {
      const ids = gone.filter(({ place }) => place === store.place).map(({ id }) => id)
      if (ids.length > 0) await store.remove(ids).catch(onLeftBehind)
    }
  }
  /** Rows first, then chunks: the other way round a crash would leave a blob without its bytes. */
  const removeChunksAfter = (tx: Tx, gone: readonly Lying[]): void => {
    if (gone.every(({ place }) => place === 'table')) return
    afterCommit(tx, () => {
      const removal = removeChunks(gone)
      removing.add(removal)
      void removal.finally(() => removing.delete(removal))
    })
  }
  let swept: AsyncIterator<Lying> | null = null

  const bytesOf = (db: Db, blob: BlobRow, content: Content | null): AsyncIterable<Uint8Array> => {
    const chunks = chunksOf(db, blob, storeOf)
    return content === null ? chunks : opened(blob.id, content, chunks)
  }

  async function* stream(db: Db, id: string): AsyncGenerator<Uint8Array> {
    const blob = present(await findBlob(db, id), `the blob ${id}`)
    const content = await contentOf(db, blob)
    if (content === 'erased') throw new BlobFault('erased', `the blob ${id}`)
    yield* bytesOf(db, blob, content)
  }

  const write: Blobs['write'] = async (tx, bytes, { owner, limitBytes }) => {
    const now = clock.now()
    const id = newId(now)
    const { content, sealedKey } = await vaultOf(tx).contents.create(owner, id)
    const plain = bounded(bytes, limitBytes)
    const written = await writeChunks(tx, { id, store: fresh, chunks: content.seal(plain.bytes) })
    await tx
      .insertInto('blob')
      .values({
        id,
        size_bytes: plain.taken(),
        chunk_count: written.chunkCount,
        sha256: written.sha256,
        place: fresh.place,
        owner_kind: owner.kind,
        owner_name: owner.name,
        sealed_key: sealedKey,
        created_at: now,
      })
      .execute()
    return { id, sizeBytes: plain.taken(), content }
  }

  return {
    write,

    copy: (tx, id, owner) => write(tx, stream(tx, id), { owner, limitBytes: Number.MAX_SAFE_INTEGER }),

    async read(db, id) {
      const blob = await findBlob(db, id)
      const content = blob === null ? 'erased' : await contentOf(db, blob)
      if (blob === null || content === 'erased') return null
      const chunks: Uint8Array[] = []
      for await (const chunk of bytesOf(db, blob, content)) chunks.push(chunk)
      return Buffer.concat(chunks)
    },

    stream,

    async remove(tx, ids) {
      if (ids.length === 0) return
      removeChunksAfter(tx, await tx.deleteFrom('blob').where('id', 'in', ids).returning(['id', 'place']).execute())
    },

    async tidy(tx, now) {
      const gone = await deleteUnreferenced(tx, new Date(now.getTime() - BLOB_GRACE_MS))
      removeChunksAfter(tx, gone)
      return gone.length > 0
    },

    async sweep(database, now) {
      swept ??= lyingIn(stores, new Date(now.getTime() - BLOB_GRACE_MS))
      try {
        const found = await takeSome(swept, SWEPT_AT_ONCE_MAX)
        if (found.length === 0) swept = null
        const orphans = new Set(found.length === 0 ? [] : await database.transaction((tx) => orphansAmong(tx, found)))
        await removeChunks(found.filter(({ id }) => orphans.has(id)))
        return found.length > 0
      } catch (error) {
        swept = null
        throw error
      }
    },

    async settled() {
      await Promise.all(removing)
    },
  }
}

interface Lying {
  readonly id: string
  readonly place: string
}

/** Whoever writes outside of the database holds this lock on the blob until its transaction ends. */
const WRITING_LOCK = 0x0b10b

const writeChunks = async (
  tx: Tx,
  { id, store, chunks }: { id: string; store: ChunkStore; chunks: AsyncIterable<Uint8Array> },
): Promise<{ chunkCount: number; sha256: Buffer }> => {
  const hash = createHash('sha256')
  let chunkCount = 0
  if (store.place !== 'table') await sql`select pg_advisory_xact_lock_shared(${WRITING_LOCK}, hashtext(${id}))`.execute(tx)
  const under = new Set<Promise<void>>()
  try {
    for await (const chunk of chunks) {
      hash.update(chunk)
      const put = store.put(tx, id, chunkCount++, chunk)
      under.add(put)
      // Awaited below as well: one that fails meanwhile is not unhandled.
      put.then(() => under.delete(put)).catch(() => undefined)
      if (under.size >= store.atOnceMax) await Promise.race(under)
    }
    await Promise.all(under)
  } finally {
    // Nothing is put any more when the transaction has ended, and with it the lock.
    await Promise.allSettled(under)
  }
  if (chunkCount > 0) await store.settle(id)
  return { chunkCount, sha256: hash.digest() }
}

interface BlobRow {
  readonly id: string
  readonly place: string
  readonly chunk_count: number
  readonly size_bytes: number
  /** Of what lies in the store. */
  readonly sha256: Buffer
  /** Null in rows of before: their chunks are plain. */
  readonly sealed: StoredContentKey | null
}

const findBlob = async (db: Db, id: string): Promise<BlobRow | null> => {
  const row = await db
    .selectFrom('blob')
    .select(['id', 'place', 'chunk_count', 'size_bytes', 'sha256', 'owner_kind', 'owner_name', 'sealed_key'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : { ...row, sealed: sealedKeyOf(row) }
}

/** Null: plain. */
const contentOf = async (db: Db, { sealed }: BlobRow): Promise<Content | 'erased' | null> => {
  if (sealed === null) return null
  const [content] = await vaultOf(db).contents.open([sealed])
  return content ?? 'erased'
}

/** What does not open is not what was written. */
async function* opened(id: string, content: Content, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content.open(chunks)
  } catch (error) {
    if (!(error instanceof CryptoError) || error.code === 'key_destroyed' || error.code === 'key_unknown') throw error
    throw new BlobFault('damaged', `the blob ${id} does not open`, { cause: error })
  }
}

/** Counts what goes through; throws `body_too_large` where it is more than that. */
const bounded = (bytes: Uint8Array | AsyncIterable<Uint8Array>, limitBytes: number) => {
  let taken = 0
  async function* through(): AsyncGenerator<Uint8Array> {
    for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
      taken += piece.length
      if (taken > limitBytes) throw new Failure('body_too_large', { detail: `at most ${String(limitBytes)} bytes` })
      yield piece
    }
  }
  return { bytes: through(), taken: () => taken }
}

async function* chunksOf(db: Db, blob: BlobRow, storeOf: (blob: Lying) => ChunkStore): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let storedBytes = 0
  const { id, chunk_count: count } = blob
  const expectedBytes = blob.size_bytes + (blob.sealed === null ? 0 : count * SEAL_BYTES)
  const store = count === 0 ? null : storeOf(blob)
  const ahead: Promise<Uint8Array | null>[] = []
  let asked = 0
  for (let position = 0; position < count; position++) {
    for (; store !== null && asked < Math.min(count, position + store.atOnceMax); asked++) {
      const coming = store.get(db, id, asked)
      // Whoever reads may stop before it comes.
      coming.catch(() => undefined)
      ahead.push(coming)
    }
    const chunk = await ahead.shift()
    if (chunk == null) throw new BlobFault('chunk_missing', `chunk ${String(position)} of the blob ${id}`)
    hash.update(chunk)
    storedBytes += chunk.length
    // Held back until the sum is known, so that nobody takes a changed blob for a whole one.
    if (position === count - 1 && (storedBytes !== expectedBytes || !hash.digest().equals(blob.sha256))) {
      throw new BlobFault('damaged', `the blob ${id} is not what was written`)
    }
    yield chunk
  }
}

const deleteUnreferenced = (tx: Tx, before: Date): Promise<Lying[]> =>
  // One statement sees a message's file either as it waits or as it is attached; what is not committed yet, not at all.
  tx
    .deleteFrom('blob')
    .where('id', 'in', (from) =>
      from
        .selectFrom('blob')
        .select('id')
        .where('created_at', '<', before)
        .where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom('blob_reference').select('blob_id').whereRef('blob_reference.blob_id', '=', 'blob.id'))),
        )
        .limit(TIDIED_AT_ONCE_MAX),
    )
    .returning(['id', 'place'])
    .execute()

async function* lyingIn(stores: readonly ChunkStore[], before: Date): AsyncGenerator<Lying> {
  for (const store of stores) for await (const id of store.lying(before)) yield { id, place: store.place }
}

/** At most so many of what comes next; fewer only at the end. The iterator stays where it is for the next call. */
const takeSome = async <T>(from: AsyncIterator<T>, max: number): Promise<T[]> => {
  const taken: T[] = []
  while (taken.length < max) {
    const next = await from.next()
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}

/**
 * Two statements, because the second must see what was committed while the first looked: a lock that is free belongs to a transaction
 * that has ended, and then its row is there or never will be.
 */
const orphansAmong = async (tx: Tx, lying: readonly Lying[]): Promise<string[]> => {
  const ids = lying.map(({ id }) => id)
  const { rows: free } = await sql<{ id: string }>`
    select id::text from unnest(${ids}::uuid[]) as id
    where pg_try_advisory_xact_lock(${WRITING_LOCK}, hashtext(id::text))`.execute(tx)
  if (free.length === 0) return []
  const freeIds = free.map(({ id }) => id)
  const known = await tx.selectFrom('blob').select('id').where('id', 'in', freeIds).execute()
  const existing = new Set(known.map(({ id }) => id))
  return freeIds.filter((id) => !existing.has(id))
}
