import { randomBytes } from 'node:crypto'
import { CryptoError } from '../gost/crypto-error.ts'
import type { Crypto } from '../gost/crypto.ts'
import { generateKey, type SecretKey } from '../gost/secret-key.ts'
import type { WrappingKeys } from '../gost/operations.ts'

/**
 * A wrapped key, byte by byte: format 1; version of the key-encryption key in four bytes; initial value, eight; the key and its sum by
 * KExp15 over Kuznyechik (R 1323565.1.017-2018), forty-eight.
 */
const FORMAT = 1
const HEADER_BYTES = 5
const IV_BYTES = 8
const EXPORTED_BYTES = 48
export const WRAPPED_BYTES = HEADER_BYTES + IV_BYTES + EXPORTED_BYTES
/** A rotation a month for some thousand years; more versions than that are a fault. */
export const KEY_VERSIONS_MAX = 10_000

/** A pair, because KExp15 sums under one key and encrypts under the other. */
export interface KeyEncryptionKey extends WrappingKeys {
  /** From 1, growing. */
  readonly version: number
  readonly createdAt: Date
}

/** All versions of the key-encryption key that there are; the newest wraps. */
export interface KeyRing {
  readonly versions: readonly KeyEncryptionKey[]
  readonly current: number
  /** Of each version a sum that is the same wherever that key is, and tells nothing of it. */
  readonly fingerprints: ReadonlyMap<number, string>
  wrap(key: SecretKey): Buffer
  /** Throws `tag_mismatch`, `unknown_format`, and `key_unknown` where its version is none of these. */
  unwrap(wrapped: Uint8Array): SecretKey
}

export const generateKeyEncryptionKey = (version: number, createdAt: Date): KeyEncryptionKey => ({
  version,
  createdAt,
  mac: generateKey(),
  cipher: generateKey(),
})

/** Throws `unknown_format` where there is no version, or one twice. */
export const createKeyRing = (crypto: Pick<Crypto, 'operation'>, versions: readonly KeyEncryptionKey[]): KeyRing => {
  const sorted = [...versions].sort((a, b) => a.version - b.version)
  const newest = sorted.at(-1)
  const byVersion = new Map(sorted.map((each) => [each.version, each]))
  if (newest === undefined || byVersion.size !== sorted.length || sorted.length > KEY_VERSIONS_MAX) {
    throw new CryptoError('unknown_format', 'a key ring has one key for each of its versions, and at least one')
  }
  const wrapping = crypto.operation('kuznyechik-kexp15')
  return {
    versions: sorted,
    current: newest.version,
    fingerprints: new Map(sorted.map((each) => [each.version, fingerprintOf(crypto, each)])),

    wrap(key) {
      const iv = randomBytes(IV_BYTES)
      const header = Buffer.alloc(HEADER_BYTES)
      header[0] = FORMAT
      header.writeUInt32BE(newest.version, 1)
      return Buffer.concat([header, iv, wrapping.wrap(newest, { iv, key })])
    },

    unwrap(wrapped) {
      const keys = byVersion.get(wrappedUnder(wrapped))
      if (keys === undefined) throw new CryptoError('key_unknown', `no key-encryption key ${String(wrappedUnder(wrapped))} here`)
      const iv = wrapped.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES)
      return wrapping.unwrap(keys, { iv, wrapped: wrapped.subarray(HEADER_BYTES + IV_BYTES) })
    },
  }
}

/** Eight bytes of HMAC-Streebog-256 of a fixed text under each of the two keys. */
const fingerprintOf = (crypto: Pick<Crypto, 'operation'>, { mac, cipher }: KeyEncryptionKey): string => {
  const parts = [mac, cipher].map((key) => {
    const sum = crypto.operation('hmac-streebog-256').start(key)
    sum.update(FINGERPRINTED)
    return sum.finish().subarray(0, FINGERPRINT_BYTES)
  })
  return Buffer.concat(parts).toString('hex')
}
const FINGERPRINTED = Buffer.from('oco key-encryption key, fingerprint')
const FINGERPRINT_BYTES = 8

/** The version that has wrapped it. Throws `unknown_format`. */
export const wrappedUnder = (wrapped: Uint8Array): number => {
  if (wrapped.length !== WRAPPED_BYTES || wrapped[0] !== FORMAT) throw new CryptoError('unknown_format', 'no wrapped key')
  return Buffer.from(wrapped.buffer, wrapped.byteOffset, HEADER_BYTES).readUInt32BE(1)
}
