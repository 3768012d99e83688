import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import {
  createKeyRing,
  CryptoError,
  generateKeyEncryptionKey,
  lockOf,
  readRingDocument,
  writeRingDocument,
  type Crypto,
  type KeyEncryptionKey,
  type FoundLock,
  type KeyRing,
  type ProviderId,
  type RingLock,
} from '@oco/security'
import { messageOf } from '../../kernel/errors.ts'
import { StartFault } from '../../kernel/start-fault.ts'

/** Whoever may read the file may read everything: it is its owner's alone. */
const FOR_OTHERS = 0o077

export interface RingPlace {
  readonly path: string
  /** Where the ring is locked by one. */
  readonly passphrase: string | null
  /** A new ring is locked by the key of this provider. One that is there stays locked as it is where it is by a provider. */
  readonly under?: ProviderId
}

export interface RingFile {
  /** All versions of the key-encryption key. */
  readonly versions: readonly KeyEncryptionKey[]
  readonly ring: KeyRing
  readonly lock: FoundLock
}

const lockFor = ({ path, passphrase, under }: RingPlace): RingLock => {
  if (under !== undefined) return { kind: 'provider', provider: under }
  const found: FoundLock = existsSync(path) ? lockOf(readFileSync(path, 'utf8')) : { kind: 'none' }
  if (found.kind === 'provider') return found
  return passphrase === null ? { kind: 'none' } : { kind: 'passphrase', passphrase }
}

/** Why a ring may not open, beside that somebody has changed it. */
const OF_A_LOCK: Readonly<Record<FoundLock['kind'], string>> = {
  none: 'there is a slip in it, or',
  passphrase: 'the passphrase is not its own, or',
  key: 'the key is not its own, or',
  provider: 'another key has locked it, or',
}

/** Throws a `key_ring` StartFault that says what is wrong with the file and what to do. */
export const readRingFile = async (crypto: Crypto, place: RingPlace): Promise<RingFile> => {
  const { path } = place
  if (!existsSync(path))
    throw new StartFault('key_ring', `there is no key ring at ${path}: oco keys init, or the first start, makes one`)
  let lock: FoundLock | null = null
  try {
    if ((statSync(path).mode & FOR_OTHERS) !== 0) throw new StartFault('key_ring', `${path} is open to others: chmod 600 it`)
    const text = readFileSync(path, 'utf8')
    const found = lockOf(text)
    lock = found
    if (found.kind === 'passphrase' && place.passphrase === null) {
      throw new StartFault(
        'key_ring',
        `${path} is locked by a passphrase: OCO_KEY_RING_PASSPHRASE_FILE names the file that holds it`,
      )
    }
    if (found.kind === 'provider' && !crypto.status.providers.some(({ id }) => id === found.provider)) {
      throw new StartFault('key_ring', `${path} is locked by ${found.name}, and ${found.provider} is not configured`)
    }
    const opening: RingLock = found.kind === 'provider' ? found : found.kind === 'none' ? { kind: 'none' } : lockFor(place)
    const versions = await readRingDocument(crypto, text, opening)
    return { versions, ring: createKeyRing(crypto, versions), lock: found }
  } catch (error) {
    if (error instanceof StartFault) throw error
    const isMismatch = error instanceof CryptoError && error.code === 'tag_mismatch'
    const said = isMismatch ? `${OF_A_LOCK[lock?.kind ?? 'none']} it was changed` : null
    throw new StartFault('key_ring', `${path} cannot be used: ${said ?? messageOf(error)}`, { cause: error })
  }
}

/** A ring with its first version. Never over another: whoever makes it second reads the first one's. */
export const makeRingFile = async (crypto: Crypto, place: RingPlace, now: Date): Promise<RingFile> => {
  const fresh = await writeBeside(crypto, place, [generateKeyEncryptionKey(1, now)])
  try {
    linkSync(fresh, place.path)
  } catch (error) {
    if (!existsSync(place.path)) throw new StartFault('key_ring', `${place.path} cannot be made: ${messageOf(error)}`)
  } finally {
    rmSync(fresh, { force: true })
  }
  return readRingFile(crypto, place)
}

/** Puts another ring in the place of the one that is there, whole or not at all. */
export const replaceRingFile = async (crypto: Crypto, place: RingPlace, versions: readonly KeyEncryptionKey[]): Promise<void> => {
  renameSync(await writeBeside(crypto, place, versions), place.path)
}

const writeBeside = async (crypto: Crypto, place: RingPlace, versions: readonly KeyEncryptionKey[]): Promise<string> => {
  const text = await writeRingDocument(crypto, versions, lockFor(place))
  const fresh = `${place.path}.${randomBytes(6).toString('hex')}`
  try {
    const file = openSync(fresh, 'wx', 0o600)
    try {
      writeSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw new StartFault('key_ring', `${fresh} cannot be written: ${messageOf(error)}`, { cause: error })
  }
  return fresh
}
