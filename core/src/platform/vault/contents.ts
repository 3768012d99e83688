import {
  CryptoError,
  destroyKey,
  generateKey,
  type Place,
  type SealedBox,
  type SealedStreams,
  type SecretKey,
} from '@oco/security'
import type { KeyName } from './data-key-store.ts'
import type { DataKeys } from './data-keys.ts'

/** A key of a blob has one version: another key is another blob. */
const VERSION = 1

/** A key of a blob as it lies beside it: sealed under the key of its owner. */
export interface StoredContentKey {
  readonly blobId: string
  readonly owner: KeyName
  readonly sealedKey: Uint8Array
}

/**
 * What one blob's own key seals and opens. The owner's key seals only that key, so that a blob changes hands without being written again,
 * and goes with its owner's key.
 */
export interface Content {
  /** Chunks as they are to be stored, each of `SEALED_CHUNK_BYTES` but the last. */
  seal(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer>
  /** Throws `tag_mismatch`, `stream_cut`; `key_destroyed` or `key_unknown` within a lease when the owner's key has gone meanwhile. */
  open(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  /** A short text that belongs to the blob: the name of a file. */
  sealText(place: Place, text: string): Buffer
  openText(place: Place, sealed: Uint8Array): string
}

export interface Contents {
  /** A new blob's. The owner gets a key where it has none; throws `key_destroyed` for one that was erased. */
  create(owner: KeyName, blobId: string): Promise<{ readonly content: Content; readonly sealedKey: Buffer }>
  /** In the same order; null where the owner's key was destroyed. */
  open(stored: readonly StoredContentKey[]): Promise<(Content | null)[]>
  /** The same key under another owner's; null where the owner's was destroyed. */
  handOver(stored: StoredContentKey, owner: KeyName): Promise<Buffer | null>
}

interface ContentsOptions {
  readonly box: SealedBox
  readonly streams: SealedStreams
  readonly keys: Pick<DataKeys, 'hold'>
  /** The key of a name, made where there is none. */
  readonly keyOf: (name: KeyName) => Promise<SecretKey>
}

export const createContents = ({ box, streams, keys, keyOf }: ContentsOptions): Contents => {
  const ownerKeys = async (stored: readonly StoredContentKey[]): Promise<(SecretKey | null)[]> => {
    const kinds = [...new Set(stored.map(({ owner }) => owner.kind))]
    const held = new Map(
      await Promise.all(
        kinds.map(async (kind) => {
          const names = stored.filter(({ owner }) => owner.kind === kind).map(({ owner }) => owner.name)
          return [kind, await keys.hold(kind, names)] as const
        }),
      ),
    )
    return stored.map(({ owner }) => held.get(owner.kind)?.get(owner.name) ?? null)
  }

  const lock = (key: SecretKey, ownerKey: SecretKey, blobId: string): Buffer =>
    box.sealKey({ key: ownerKey, version: VERSION }, keyPlace(blobId), key)

  /** Opened for each use and overwritten after it; throws `key_destroyed` once the owner's key has been dropped here. */
  const unlock = ({ blobId, sealedKey }: StoredContentKey, ownerKey: SecretKey): SecretKey =>
    box.openKey(() => ownerKey, keyPlace(blobId), sealedKey)

  /** Between chunks, for as long as whoever reads takes: the owner's key may have gone meanwhile. */
  const checkOwner = async ({ kind, name }: KeyName): Promise<void> => {
    if ((await keys.hold(kind, [name])).get(name) === null) {
      throw new CryptoError('key_destroyed', `the key of ${kind} ${name} was destroyed`)
    }
  }

  const contentOf = (stored: StoredContentKey, ownerKey: SecretKey): Content => {
    const place: Place = ['blob', 'bytes', stored.blobId]
    const withKey = <T>(use: (key: SecretKey) => T): T => {
      const key = unlock(stored, ownerKey)
      try {
        return use(key)
      } finally {
        destroyKey(key)
      }
    }
    return {
      async *seal(source) {
        const key = unlock(stored, ownerKey)
        try {
          yield* streams.seal({ key, version: VERSION }, place, source)
        } finally {
          destroyKey(key)
        }
      },
      async *open(chunks) {
        const key = unlock(stored, ownerKey)
        try {
          for await (const text of streams.open(() => key, place, chunks)) {
            await checkOwner(stored.owner)
            yield text
          }
        } finally {
          destroyKey(key)
        }
      },
      sealText: (of, text) => withKey((key) => box.seal({ key, version: VERSION }, of, Buffer.from(text))),
      openText: (of, sealed) => withKey((key) => Buffer.from(box.open(() => key, of, sealed)).toString('utf8')),
    }
  }

  return {
    async create(owner, blobId) {
      const ownerKey = await keyOf(owner)
      const key = generateKey()
      const sealedKey = lock(key, ownerKey, blobId)
      destroyKey(key)
      return { content: contentOf({ blobId, owner, sealedKey }, ownerKey), sealedKey }
    },

    async open(stored) {
      const owners = await ownerKeys(stored)
      return stored.map((each, index) => {
        const ownerKey = owners[index] ?? null
        return ownerKey === null ? null : contentOf(each, ownerKey)
      })
    },

    async handOver(stored, owner) {
      const [ownerKey] = await ownerKeys([stored])
      if (ownerKey == null) return null
      const nextKey = await keyOf(owner)
      const key = unlock(stored, ownerKey)
      try {
        return lock(key, nextKey, stored.blobId)
      } finally {
        destroyKey(key)
      }
    },
  }
}

const keyPlace = (blobId: string): Place => ['blob', 'key', blobId]
