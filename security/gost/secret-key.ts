import { randomBytes } from 'node:crypto'
import { checkLength, CryptoError } from './crypto-error.ts'

export const KEY_BYTES = 32

/**
 * A key that lies in this process's memory, as an opaque name of it: whoever holds it can use it, hand it on and destroy it, and nobody
 * outside of this folder can read it. What providers derive from it lives and goes with it.
 */
export interface SecretKey {
  readonly kind: 'secret'
}

interface Material {
  bytes: Uint8Array | null
  /** Of each provider by itself. */
  readonly derived: Map<object, Uint8Array>
}

const materials = new WeakMap<SecretKey, Material>()

/** Takes a copy; the caller may clear what it gave. Any length: HMAC's keys have no fixed one. */
export const importKey = (bytes: Uint8Array): SecretKey => {
  const key: SecretKey = Object.freeze({ kind: 'secret' })
  materials.set(key, { bytes: Uint8Array.from(bytes), derived: new Map() })
  return key
}

/** A new key for one of the ciphers, from the system's generator. */
export const generateKey = (): SecretKey => {
  const bytes = randomBytes(KEY_BYTES)
  const key = importKey(bytes)
  bytes.fill(0)
  return key
}

/** Overwrites the key and all that was derived from it. Twice does no harm. */
export const destroyKey = (key: SecretKey): void => {
  const material = materials.get(key)
  if (material === undefined) return
  material.bytes?.fill(0)
  material.bytes = null
  for (const bytes of material.derived.values()) bytes.fill(0)
  material.derived.clear()
}

const materialOf = (key: SecretKey): Material & { bytes: Uint8Array } => {
  const material = materials.get(key)
  if (material === undefined) throw new CryptoError('key_of_another_kind', 'not a key of this process')
  if (material.bytes === null) throw new CryptoError('key_destroyed', 'the key was destroyed')
  return material as Material & { bytes: Uint8Array }
}

/** For providers alone: the bytes themselves, not a copy. Throws `key_destroyed`. */
export const bytesOf = (key: SecretKey): Uint8Array => materialOf(key).bytes

/** The same, of a key for one of the ciphers. Throws `invalid_length` too. */
export const cipherKeyBytesOf = (key: SecretKey): Uint8Array => {
  const bytes = bytesOf(key)
  checkLength('the key', bytes, KEY_BYTES)
  return bytes
}

/** For providers alone: what `owner` makes of the key, made once. */
export const derivedOf = (key: SecretKey, owner: object, make: () => Uint8Array): Uint8Array => {
  const { derived } = materialOf(key)
  const known = derived.get(owner)
  if (known !== undefined) return known
  const made = make()
  derived.set(owner, made)
  return made
}
