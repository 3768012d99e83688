import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import {
  createKeyRing,
  destroyKey,
  generateKey,
  generateKeyEncryptionKey,
  joinKey,
  openProductCrypto,
  readRingDocument,
  splitKey,
  writeRingDocument,
  type Crypto,
  type ProviderId,
} from '@oco/security'
import { loadKeysConfig, loadProvidersConfig, type Surroundings } from './config/config.ts'
import { systemClock } from './kernel/clock.ts'
import { messageOf } from './kernel/errors.ts'
import { StartFault } from './kernel/start-fault.ts'
import { outsideProviders } from './outside-providers.ts'
import { embeddedKeysAddress } from './platform/embedded-database.ts'
import {
  makeRingFile,
  openDataKeyStore,
  readRingFile,
  replaceRingFile,
  type DataKeyStore,
  type KeyCounts,
  type RingPlace,
} from './platform/vault/index.ts'

/** Where the ring and the keys are, as the environment says: the same variables as the product's. */
export type KeySurroundings = Omit<Surroundings, 'argv'>

export interface RingVersion {
  readonly version: number
  readonly createdAt: Date
}

export interface KeysStatus {
  readonly path: string
  /** The provider's key that locks the ring, by its name; null: a passphrase does, or nothing. */
  readonly under: string | null
  readonly versions: readonly RingVersion[]
  /** The version that wraps. */
  readonly current: number
  /** What lies in the keys database; or why it cannot be asked. */
  readonly keys: KeyCounts | { readonly unreachable: string }
}

/**
 * Makes the key ring before the first start does: under the key of a provider, which is made where it is not there, else under a
 * passphrase where one is named. Throws a `key_ring` StartFault where there is a ring, and a `CryptoError` of the provider.
 */
export const initKeyRing = (surroundings: KeySurroundings, under: ProviderId | null): Promise<KeysStatus> =>
  withCrypto(surroundings, async (crypto) => {
    const { keyRing } = loadKeysConfig(surroundings)
    if (existsSync(keyRing.path)) throw new StartFault('key_ring', `${keyRing.path} exists: it is never made anew`)
    await makeRingFile(crypto, await placeUnder(crypto, keyRing, under), systemClock.now())
    return statusOf(crypto, surroundings)
  })

export const keysStatus = (surroundings: KeySurroundings): Promise<KeysStatus> =>
  withCrypto(surroundings, (crypto) => statusOf(crypto, surroundings))

/** Adds a version, which wraps from now on. The running product takes it up and rewraps the keys of data under it. The lock stays. */
export const rotateKeyRing = (surroundings: KeySurroundings): Promise<KeysStatus> =>
  withCrypto(surroundings, async (crypto) => {
    const { keyRing } = loadKeysConfig(surroundings)
    const { versions, ring } = await readRingFile(crypto, keyRing)
    await replaceRingFile(crypto, keyRing, [...versions, generateKeyEncryptionKey(ring.current + 1, systemClock.now())])
    return statusOf(crypto, surroundings)
  })

export interface KeyRingExport {
  /** Locked by a key that lies nowhere but in the shares. */
  readonly path: string
  /** Lines for paper, one for each officer. */
  readonly shares: readonly string[]
}

/** Writes the ring, locked, into a file that is not there yet. Throws `limit_exceeded` where the numbers make no sense. */
export const exportKeyRing = (
  surroundings: KeySurroundings,
  { path, shares, needed }: { path: string; shares: number; needed: number },
): Promise<KeyRingExport> =>
  withCrypto(surroundings, async (crypto) => {
    const { versions } = await readRingFile(crypto, loadKeysConfig(surroundings).keyRing)
    const key = generateKey()
    try {
      const lines = await splitKey(crypto, key, { shares, needed })
      writeNew(path, await writeRingDocument(crypto, versions, { kind: 'key', id: EXPORT, key }))
      return { path, shares: lines }
    } finally {
      destroyKey(key)
    }
  })

/**
 * Opens an exported ring with shares and puts it where the product looks for it, locked as `initKeyRing` would. A ring that is
 * there already stays, unless the exported one has all of its versions. Throws as `joinKey` does.
 */
export const importKeyRing = (
  surroundings: KeySurroundings,
  { path, shares, under }: { path: string; shares: readonly string[]; under: ProviderId | null },
): Promise<KeysStatus> =>
  withCrypto(surroundings, async (crypto) => {
    const { keyRing } = loadKeysConfig(surroundings)
    const key = await joinKey(crypto, shares)
    const versions = await readRingDocument(crypto, readFileSync(path, 'utf8'), { kind: 'key', id: EXPORT, key })
    destroyKey(key)
    if (existsSync(keyRing.path)) await requireContained(crypto, keyRing, createKeyRing(crypto, versions).fingerprints)
    await replaceRingFile(crypto, await placeUnder(crypto, keyRing, under), versions)
    return statusOf(crypto, surroundings)
  })

const placeUnder = async (crypto: Crypto, place: RingPlace, under: ProviderId | null): Promise<RingPlace> => {
  if (under === null) return place
  await crypto.outsideKey(under).makeIfMissing()
  return { ...place, under }
}

const EXPORT = 'oco keys export'

const requireContained = async (crypto: Crypto, place: RingPlace, imported: ReadonlyMap<number, string>): Promise<void> => {
  const { ring } = await readRingFile(crypto, place)
  for (const [version, fingerprint] of ring.fingerprints) {
    if (imported.get(version) === fingerprint) continue
    throw new StartFault(
      'key_ring',
      `${place.path} has version ${String(version)}, which the exported ring has not: put it aside yourself if it is not needed`,
    )
  }
}

const writeNew = (path: string, text: string): void => {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw new StartFault('key_ring', `${path} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}

const statusOf = async (crypto: Crypto, surroundings: KeySurroundings): Promise<KeysStatus> => {
  const { keyRing, database, dataDir } = loadKeysConfig(surroundings)
  const { versions, ring, lock } = await readRingFile(crypto, keyRing)
  const url = database.kind === 'outside' ? database.keys.url : embeddedKeysAddress(dataDir)
  return {
    path: keyRing.path,
    under: lock.kind === 'provider' ? lock.name : null,
    versions: versions.map(({ version, createdAt }) => ({ version, createdAt })),
    current: ring.current,
    keys: url === null ? { unreachable: 'the embedded database was not made yet' } : await countsAt(url),
  }
}

const countsAt = async (url: string): Promise<KeysStatus['keys']> => {
  const store: DataKeyStore = openDataKeyStore({ url, onIdleError: () => undefined })
  try {
    return await store.counts()
  } catch (error) {
    return { unreachable: messageOf(error) }
  } finally {
    await store.close()
  }
}

/** The product's cryptography as it is configured, without the product: for a command. To be closed. */
export const openConfiguredCrypto = (surroundings: KeySurroundings): Promise<Crypto> =>
  openProductCrypto(outsideProviders(loadProvidersConfig(surroundings), systemClock.now()))

const withCrypto = async <T>(surroundings: KeySurroundings, work: (crypto: Crypto) => Promise<T>): Promise<T> => {
  const crypto = await openConfiguredCrypto(surroundings)
  try {
    return await work(crypto)
  } finally {
    await crypto.close()
  }
}
