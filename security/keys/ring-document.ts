import { timingSafeEqual } from 'node:crypto'
import { CryptoError } from '../gost/crypto-error.ts'
import type { Crypto } from '../gost/crypto.ts'
import { PROVIDER_IDS, type ProviderId } from '../gost/provider.ts'
import { bytesOf, destroyKey, generateKey, importKey, KEY_BYTES, type SecretKey } from '../gost/secret-key.ts'
import { createSealedBox, type Place } from '../gost/sealed-box.ts'
import { KEY_VERSIONS_MAX, type KeyEncryptionKey } from './key-ring.ts'
import { newPassphraseKey, passphraseKey, saltingOf } from './passphrase-key.ts'

/**
 * A key ring as text, for a file: plain for whoever keeps the file by its permissions, or sealed under a passphrase, a key, or a key
 * that nothing else is sealed under and that a provider has wrapped under its own.
 *
 *     {"format": 1, "protection": {"kind": "none"}, "keys": […]}
 *     {"format": 1, "protection": {"kind": "passphrase", "salt": hex, "rounds": n}, "sealed": base64}
 *     {"format": 1, "protection": {"kind": "key", "id": text}, "sealed": base64}
 *     {"format": 1, "protection": {"kind": "provider", "provider": id, "name": text, "wrapped": base64}, "sealed": base64}
 *
 * Each of the keys is {"version", "createdAt", "material": hex of both keys, "check": hex}. `check` is the first eight bytes of
 * HMAC-Streebog-256 of a fixed text under the material: a ring with a slip of the pen in it is refused, not used.
 */
const FORMAT = 1
const CHECK_BYTES = 8
const CHECKED = Buffer.from('oco key-encryption key')
const PLACE: Place = ['key-ring', '1']
export const RING_DOCUMENT_BYTES_MAX = 4 * 1024 * 1024

export type RingLock =
  | { readonly kind: 'none' }
  | { readonly kind: 'passphrase'; readonly passphrase: string; readonly rounds?: number }
  | { readonly kind: 'key'; readonly id: string; readonly key: SecretKey }
  | { readonly kind: 'provider'; readonly provider: ProviderId }

/** What a text says of its lock. */
export type FoundLock =
  | { readonly kind: Exclude<RingLock['kind'], 'provider'> }
  | { readonly kind: 'provider'; readonly provider: ProviderId; readonly name: string }

type CryptoOfRings = Pick<Crypto, 'operation' | 'outsideKey'>

export const writeRingDocument = async (
  crypto: CryptoOfRings,
  versions: readonly KeyEncryptionKey[],
  lock: RingLock,
): Promise<string> => {
  const keys = versions.map(({ version, createdAt, mac, cipher }) => {
    const material = Buffer.concat([bytesOf(mac), bytesOf(cipher)])
    const written = {
      version,
      createdAt: createdAt.toISOString(),
      material: material.toString('hex'),
      check: checkOf(crypto, material).toString('hex'),
    }
    material.fill(0)
    return written
  })
  if (lock.kind === 'none') return textOf({ format: FORMAT, protection: { kind: 'none' }, keys })
  const { key, protection } = await newLock(crypto, lock)
  const plain = Buffer.from(JSON.stringify(keys))
  const sealed = createSealedBox(crypto.operation('kuznyechik-mgm')).seal({ key, version: 1 }, PLACE, plain)
  plain.fill(0)
  if (lock.kind !== 'key') destroyKey(key)
  return textOf({ format: FORMAT, protection, sealed: sealed.toString('base64') })
}

/**
 * Throws `unknown_format` for whatever is no such text, `tag_mismatch` for a wrong passphrase or key or a changed text,
 * `key_of_another_kind` where it is locked in another way, and what the provider throws that keeps its key.
 */
export const readRingDocument = async (crypto: CryptoOfRings, text: string, lock: RingLock): Promise<KeyEncryptionKey[]> => {
  const document = parsed(text)
  const { protection } = document
  if (protection['kind'] !== lock.kind || (lock.kind === 'provider' && protection['provider'] !== lock.provider)) {
    throw new CryptoError(
      'key_of_another_kind',
      `the key ring is locked by ${String(protection['provider'] ?? protection['kind'])}`,
    )
  }
  if (lock.kind === 'none') return keysOf(crypto, document['keys'])
  const key = await knownLock(crypto, lock, protection)
  try {
    const sealed = Buffer.from(String(document['sealed']), 'base64')
    const plain = createSealedBox(crypto.operation('kuznyechik-mgm')).open(() => key, PLACE, sealed)
    return keysOf(crypto, JSON.parse(Buffer.from(plain).toString('utf8')))
  } finally {
    if (lock.kind !== 'key') destroyKey(key)
  }
}

/** How the ring in a text is locked, without opening it. Throws `unknown_format`. */
export const lockOf = (text: string): FoundLock => {
  const { kind, provider, name } = parsed(text).protection
  if (kind === 'none' || kind === 'passphrase' || kind === 'key') return { kind }
  const id = PROVIDER_IDS.find((each) => each === provider)
  if (kind === 'provider' && id !== undefined) return { kind, provider: id, name: String(name) }
  throw new CryptoError('unknown_format', 'a lock that is not known here')
}

type SealingLock = Exclude<RingLock, { kind: 'none' }>

const newLock = async (crypto: CryptoOfRings, lock: SealingLock): Promise<{ key: SecretKey; protection: Fields }> => {
  if (lock.kind === 'passphrase') {
    const { key, salting } = await newPassphraseKey(crypto, lock)
    return { key, protection: { kind: 'passphrase', ...salting } }
  }
  if (lock.kind === 'key') return { key: lock.key, protection: { kind: 'key', id: lock.id } }
  const outside = crypto.outsideKey(lock.provider)
  const key = generateKey()
  const wrapped = Buffer.from(await outside.wrap(key)).toString('base64')
  return { key, protection: { kind: 'provider', provider: lock.provider, name: outside.name, wrapped } }
}

const knownLock = (crypto: CryptoOfRings, lock: SealingLock, protection: Fields): Promise<SecretKey> => {
  if (lock.kind === 'passphrase') return passphraseKey(crypto, lock.passphrase, saltingOf(protection))
  if (lock.kind === 'key') return Promise.resolve(lock.key)
  return crypto.outsideKey(lock.provider).unwrap(Buffer.from(String(protection['wrapped']), 'base64'))
}

const textOf = (document: object): string => `${JSON.stringify(document, null, 2)}\n`

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CryptoError('unknown_format', 'this is no key ring')
  }
  return value as Fields
}

const parsed = (text: string): Fields & { readonly protection: Fields } => {
  if (text.length > RING_DOCUMENT_BYTES_MAX) throw new CryptoError('limit_exceeded', 'too long a text for a key ring')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new CryptoError('unknown_format', 'this is no key ring')
  }
  const document = fieldsOf(value)
  if (document['format'] !== FORMAT) throw new CryptoError('unknown_format', 'a key ring of a format that is not known here')
  return { ...document, protection: fieldsOf(document['protection']) }
}

const keysOf = (crypto: CryptoOfRings, value: unknown): KeyEncryptionKey[] => {
  if (!Array.isArray(value) || value.length === 0 || value.length > KEY_VERSIONS_MAX) {
    throw new CryptoError('unknown_format', 'there are no keys in the key ring')
  }
  return value.map((each: unknown) => keyOf(crypto, fieldsOf(each)))
}

const keyOf = (crypto: CryptoOfRings, { version, createdAt, material, check }: Fields): KeyEncryptionKey => {
  const bytes = Buffer.from(String(material), 'hex')
  const expected = Buffer.from(String(check), 'hex')
  const date = new Date(String(createdAt))
  const isNumbered = typeof version === 'number' && Number.isInteger(version) && version >= 1
  if (!isNumbered || bytes.length !== 2 * KEY_BYTES || expected.length !== CHECK_BYTES || Number.isNaN(date.getTime())) {
    throw new CryptoError('unknown_format', 'a key of the key ring is broken')
  }
  if (!timingSafeEqual(checkOf(crypto, bytes), expected)) {
    throw new CryptoError('tag_mismatch', `key ${String(version)} of the key ring is not what was written`)
  }
  const key = {
    version,
    createdAt: date,
    mac: importKey(bytes.subarray(0, KEY_BYTES)),
    cipher: importKey(bytes.subarray(KEY_BYTES)),
  }
  bytes.fill(0)
  return key
}

const checkOf = (crypto: CryptoOfRings, material: Uint8Array): Buffer => {
  const key = importKey(material)
  const mac = crypto.operation('hmac-streebog-256').start(key)
  mac.update(CHECKED)
  const check = Buffer.from(mac.finish().subarray(0, CHECK_BYTES))
  destroyKey(key)
  return check
}
