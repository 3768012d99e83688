import { setImmediate as turn } from 'node:timers/promises'
import { CryptoError } from './crypto-error.ts'
import type { Aead, ToOpen, ToSeal } from './operations.ts'
import { createNonces } from './nonces.ts'
import { boundOf, headerOf, joined, parts, SEAL_BYTES, type Place, type VersionedKey } from './sealed-box.ts'
import type { SecretKey } from './secret-key.ts'

/** Of text in every chunk but the last, which has less or as much. An empty stream has one empty chunk. */
export const CHUNK_BYTES = 64 * 1024
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + SEAL_BYTES
/** 4 TiB. */
const CHUNKS_MAX = 2 ** 26
/** So many go to the thread together. */
const CHUNKS_AT_ONCE = 16
const INDEX_BYTES = 4

/**
 * Files and recordings: chunks that are sealed each by itself, with its index and whether it is the last bound to it. So any of them can
 * be opened alone, and one that is missing, moved, repeated or left over is found.
 */
export interface SealedStreams {
  /** Chunks as they are to be stored, in order. */
  seal(key: VersionedKey, place: Place, source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer>
  /** All of the text. Throws `tag_mismatch`, `stream_cut`, `unknown_format` before it yields anything of the chunk in question. */
  open(keyOf: (version: number) => SecretKey, place: Place, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  /** One chunk for a reader that jumps; `isLast` is what the reader knows of the number of chunks. */
  openChunk(keyOf: (version: number) => SecretKey, place: Place, chunk: ChunkAt): Uint8Array
}

export interface ChunkAt {
  readonly index: number
  readonly isLast: boolean
  readonly sealed: Uint8Array
}

export const createSealedStreams = (mgm: Aead): SealedStreams => {
  const nextNonce = createNonces()

  const sealAll = async ({ key, version }: VersionedKey, place: Place, batch: readonly Chunk[]): Promise<Buffer[]> => {
    const header = headerOf('chunk', version)
    const inputs = batch.map(({ index, isLast, text }): ToSeal => {
      return { nonce: nextNonce(), bound: boundOf(header, place, positionOf(index, isLast)), text }
    })
    const sealed = inputs.length === 1 ? inputs.map((input) => mgm.seal(key, input)) : await mgm.sealBulk(key, inputs)
    return sealed.map((each, position) => joined(header, inputs[position]?.nonce ?? header, each))
  }

  const toOpen = (place: Place, { index, isLast, sealed }: ChunkAt): ToOpen & { readonly version: number } => {
    const { header, version, nonce, text, tag } = parts('chunk', sealed)
    return { version, nonce, bound: boundOf(header, place, positionOf(index, isLast)), sealed: { text, tag } }
  }

  const openAll = async (
    keyOf: (version: number) => SecretKey,
    place: Place,
    batch: readonly ChunkAt[],
  ): Promise<Uint8Array[]> => {
    const inputs = batch.map((chunk) => toOpen(place, chunk))
    const version = inputs[0]?.version ?? 0
    if (inputs.some((input) => input.version !== version)) throw new CryptoError('tag_mismatch', 'chunks of two streams')
    const key = keyOf(version)
    return inputs.length === 1 ? inputs.map((input) => mgm.open(key, input)) : mgm.openBulk(key, inputs)
  }

  return {
    async *seal(key, place, source) {
      for await (const batch of batchesOf(chunksOf(source))) {
        yield* await sealAll(key, place, batch)
        await turn()
      }
    },

    async *open(keyOf, place, chunks) {
      for await (const batch of batchesOf(placed(chunks))) {
        yield* await openAll(keyOf, place, batch)
        await turn()
      }
    },

    openChunk(keyOf, place, chunk) {
      const { version, ...input } = toOpen(place, chunk)
      return mgm.open(keyOf(version), input)
    },
  }
}

interface Chunk {
  readonly index: number
  readonly isLast: boolean
  readonly text: Uint8Array
}

/** The index, and one byte that is 1 for the last chunk. */
const positionOf = (index: number, isLast: boolean): Uint8Array => {
  if (!Number.isInteger(index) || index < 0 || index >= CHUNKS_MAX) {
    throw new CryptoError('limit_exceeded', `a stream has at most ${String(CHUNKS_MAX)} chunks`)
  }
  const position = Buffer.allocUnsafe(INDEX_BYTES + 1)
  position.writeUInt32BE(index)
  position[INDEX_BYTES] = isLast ? 1 : 0
  return position
}

/** Pieces of any size into chunks of one; the last is known when nothing comes any more. */
const chunksOf = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Chunk> {
  let index = 0
  let held = Buffer.allocUnsafe(CHUNK_BYTES)
  let size = 0
  for await (const piece of source) {
    for (let from = 0; from < piece.length;) {
      if (size === CHUNK_BYTES) {
        yield { index: index++, isLast: false, text: held }
        held = Buffer.allocUnsafe(CHUNK_BYTES)
        size = 0
      }
      const taken = piece.subarray(from, from + CHUNK_BYTES - size)
      held.set(taken, size)
      size += taken.length
      from += taken.length
    }
  }
  yield { index, isLast: true, text: held.subarray(0, size) }
}

/** Stored chunks with their places; a full one may be the last, and a short one must be. */
const placed = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ChunkAt> {
  let index = 0
  let before: Uint8Array | null = null
  for await (const sealed of chunks) {
    if (before !== null) {
      if (before.length !== SEALED_CHUNK_BYTES) throw new CryptoError('stream_cut', 'a short chunk is not the last')
      yield { index: index++, isLast: false, sealed: before }
    }
    before = sealed
  }
  if (before === null) throw new CryptoError('stream_cut', 'there is no chunk at all')
  yield { index, isLast: true, sealed: before }
}

const batchesOf = async function* <T>(source: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const each of source) {
    batch.push(each)
    if (batch.length < CHUNKS_AT_ONCE) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
