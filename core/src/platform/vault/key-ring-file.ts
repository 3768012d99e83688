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
  type KeyRing,
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
}

export interface RingFile {
  /** All versions of the key-encryption key. */
  readonly versions: readonly KeyEncryptionKey[]
  readonly ring: KeyRing
}

const lockFor = ({ passphrase }: RingPlace): RingLock =>
  passphrase === null ? { kind: 'none' } : { kind: 'passphrase', passphrase }

/** Throws a `key_ring` StartFault that says what is wrong with the file and what to do. */
export const readRingFile = async (crypto: Crypto, place: RingPlace): Promise<RingFile> => {
  const { path } = place
  if (!existsSync(path))
    throw new StartFault('key_ring', `there is no key ring at ${path}: oco keys init, or the first start, makes one`)
  try {
    if ((statSync(path).mode & FOR_OTHERS) !== 0) throw new StartFault('key_ring', `${path} is open to others: chmod 600 it`)
    const text = readFileSync(path, 'utf8')
    const kind = lockOf(text)
    if (kind === 'passphrase' && place.passphrase === null) {
      throw new StartFault(
        'key_ring',
        `${path} is locked by a passphrase: OCO_KEY_RING_PASSPHRASE_FILE names the file that holds it`,
      )
    }
    const versions = await readRingDocument(crypto, text, kind === 'none' ? { kind } : lockFor(place))
    return { versions, ring: createKeyRing(crypto, versions) }
  } catch (error) {
    if (error instanceof StartFault) throw error
    const said =
      error instanceof CryptoError && error.code === 'tag_mismatch' ? 'the passphrase is not its own, or it was changed' : null
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
