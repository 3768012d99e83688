import {
  createSealedBox,
  createSealedStreams,
  CryptoError,
  RECORD_BYTES_MAX,
  SEALED_CHUNK_BYTES,
  type Crypto,
  type Place,
  type SealedBox,
  type SealedStreams,
  type SecretKey,
} from '@oco/security'
import type { Clock } from '../../kernel/clock.ts'
import { createContents, type Contents } from './contents.ts'
import type { DataKeyStore, KeyKind } from './data-key-store.ts'
import type { DataKeys, HeldKeys } from './data-keys.ts'
import { createIndexes, type Indexes } from './indexes.ts'

/** A key of data has one version: another key is another name. */
const VERSION = 1
/** Seals and opens under the keys of some names, for a lease. */
export interface Sealer {
  /** Of at most `RECORD_BYTES_MAX` in UTF-8. Throws `key_unknown` where the name has no key. */
  seal(name: string, place: Place, text: string): Buffer
  /** Null: the key was destroyed, and the text with it. Throws `tag_mismatch` where it is not what was sealed at this place. */
  open(name: string, place: Place, sealed: Uint8Array): string | null
  /** Of any length: what is long is sealed in chunks, beside the event loop. */
  sealLong(name: string, place: Place, text: string): Promise<Buffer>
  openLong(name: string, place: Place, sealed: Uint8Array): Promise<string | null>
}

/** What lies in the database sealed, under keys that lie elsewhere. */
export interface Vault {
  /** Of blobs, each under a key of its own. */
  readonly contents: Contents
  /**
   * To seal under names, which get a key where they have none: committed before anything is sealed under it, so that a transaction that
   * fails leaves a key of nobody. Throws `key_destroyed` for a name that was erased.
   */
  sealerFor(kind: KeyKind, names: readonly string[]): Promise<Sealer>
  /** To open what was sealed under the names. */
  sealer(kind: KeyKind, names: readonly string[]): Promise<Sealer>
  /** The blind indexes as they are now. */
  indexes(): Promise<Indexes>
}

interface VaultOptions {
  readonly crypto: Pick<Crypto, 'operation'>
  readonly keys: DataKeys
  readonly store: Pick<DataKeyStore, 'epochs'>
  readonly clock: Clock
}

export const createVault = ({ crypto, keys, store, clock }: VaultOptions): Vault => {
  const mgm = crypto.operation('kuznyechik-mgm')
  const tools = { box: createSealedBox(mgm), streams: createSealedStreams(mgm) }
  const keyOf = async (kind: KeyKind, name: string): Promise<SecretKey> => {
    const held = (await keys.hold(kind, [name])).get(name)
    if (held !== null) return held
    await keys.make(kind, [name])
    const made = (await keys.hold(kind, [name])).get(name)
    if (made === null) throw new CryptoError('key_destroyed', `the key of ${kind} ${name} was destroyed`)
    return made
  }

  return {
    contents: createContents({ ...tools, keys, keyOf: ({ kind, name }) => keyOf(kind, name) }),
    async sealerFor(kind, names) {
      const held = await keys.hold(kind, names)
      const missing = names.filter((name) => held.get(name) === null)
      if (missing.length === 0) return sealerOver(tools, held)
      await keys.make(kind, missing)
      return sealerOver(tools, await keys.hold(kind, names))
    },
    sealer: async (kind, names) => sealerOver(tools, await keys.hold(kind, names)),
    indexes: createIndexes({ crypto, keys, store, monotonicMs: () => clock.monotonicMs() }),
  }
}

interface Tools {
  readonly box: SealedBox
  readonly streams: SealedStreams
}

const sealerOver = ({ box, streams }: Tools, held: HeldKeys): Sealer => {
  const keyOf = (name: string): SecretKey => {
    const key = held.get(name)
    if (key === null) throw new CryptoError('key_unknown', `there is no key of ${name}`)
    return key
  }
  const ofVersion =
    (key: SecretKey) =>
    (version: number): SecretKey => {
      if (version === VERSION) return key
      throw new CryptoError('key_unknown', `no version ${String(version)} of this key`)
    }

  const seal: Sealer['seal'] = (name, place, text) => box.seal({ key: keyOf(name), version: VERSION }, place, Buffer.from(text))
  const open: Sealer['open'] = (name, place, sealed) => {
    const key = held.get(name)
    return key === null ? null : textOf(box.open(ofVersion(key), place, sealed))
  }
  return {
    seal,
    open,
    async sealLong(name, place, text) {
      const bytes = Buffer.from(text)
      if (bytes.length <= RECORD_BYTES_MAX) return box.seal({ key: keyOf(name), version: VERSION }, place, bytes)
      const chunks: Buffer[] = []
      for await (const chunk of streams.seal({ key: keyOf(name), version: VERSION }, place, once(bytes))) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
    async openLong(name, place, sealed) {
      if (sealed[1] === RECORD) return open(name, place, sealed)
      const key = held.get(name)
      if (key === null) return null
      const texts: Uint8Array[] = []
      for await (const text of streams.open(ofVersion(key), place, chunksOf(sealed))) texts.push(text)
      return Buffer.concat(texts).toString('utf8')
    },
  }
}

/** The kind byte of docs/compliance/sealed-format.md. */
const RECORD = 1

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function* chunksOf(sealed: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < sealed.length; from += SEALED_CHUNK_BYTES) yield sealed.subarray(from, from + SEALED_CHUNK_BYTES)
}
