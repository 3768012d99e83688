import { CryptoError } from './crypto-error.ts'
import type { Aead } from './operations.ts'
import { createNonces, NONCE_BYTES } from './nonces.ts'
import { cipherKeyBytesOf, importKey, type SecretKey } from './secret-key.ts'

/**
 * The format of everything that is sealed, byte by byte; docs/compliance/sealed-format.md tells it to auditors.
 *
 *     0       format, 2; 1 is the AES-256-GCM of secret-box.ts
 *     1       kind: 1 a record, 2 a chunk of a stream
 *     2..5    version of the key, big-endian
 *     6..21   nonce, its top bit zero
 *     22..-17 text, sealed by Kuznyechik-MGM (RFC 9058)
 *     -16..-1 tag
 */
export const FORMAT = 2
export const KINDS = { record: 1, chunk: 2 } as const
const HEADER_BYTES = 6
const TAG_BYTES = 16
/** What sealing adds to a text. */
export const SEAL_BYTES = HEADER_BYTES + NONCE_BYTES + TAG_BYTES
/** A record's text, some milliseconds of work; what is longer is a stream. A hundred thousand letters of any script fit. */
export const RECORD_BYTES_MAX = 320 * 1024
const KEY_VERSION_MAX = 2 ** 32 - 1

/** Where a record belongs: the names of its table and column, the id of its row, whatever else it must not be moved from. In order. */
export type Place = readonly string[]

export interface VersionedKey {
  readonly key: SecretKey
  /** Counts from 1; it stands in what is sealed, so that old records say which key opens them. */
  readonly version: number
}

/** Seals and opens records. Opened elsewhere than in its place, under another key, or changed in any bit, a record is `tag_mismatch`. */
export interface SealedBox {
  seal(key: VersionedKey, place: Place, text: Uint8Array): Buffer
  /** `keyOf` answers the key of that version, or throws. Throws `tag_mismatch` and `unknown_format`. */
  open(keyOf: (version: number) => SecretKey, place: Place, sealed: Uint8Array): Uint8Array
  /** The same for a key that is kept beside what it seals: a record of its 32 bytes. */
  sealKey(key: VersionedKey, place: Place, sealed: SecretKey): Buffer
  openKey(keyOf: (version: number) => SecretKey, place: Place, sealed: Uint8Array): SecretKey
}

export const createSealedBox = (mgm: Pick<Aead, 'seal' | 'open'>): SealedBox => {
  const nextNonce = createNonces()
  const seal: SealedBox['seal'] = ({ key, version }, place, text) => {
    if (text.length > RECORD_BYTES_MAX) throw new CryptoError('limit_exceeded', 'too long a text for a record')
    const header = headerOf('record', version)
    const nonce = nextNonce()
    return joined(header, nonce, mgm.seal(key, { nonce, bound: writtenBound(header, place, NOTHING), text }))
  }
  const open: SealedBox['open'] = (keyOf, place, sealed) => {
    const { header, nonce, version, ...rest } = parts('record', sealed)
    return mgm.open(keyOf(version), { nonce, bound: writtenBound(header, place, NOTHING), sealed: rest })
  }
  return {
    seal,
    open,
    sealKey: (key, place, sealed) => seal(key, place, cipherKeyBytesOf(sealed)),
    openKey(keyOf, place, sealed) {
      const bytes = open(keyOf, place, sealed)
      try {
        return importKey(bytes)
      } finally {
        bytes.fill(0)
      }
    },
  }
}

/** The version of the key that opens it. Throws `unknown_format`. */
export const keyVersionOf = (sealed: Uint8Array): number => {
  const kind = Object.values(KINDS).includes(sealed[1] as 1 | 2)
  if (sealed.length < SEAL_BYTES || sealed[0] !== FORMAT || !kind)
    throw new CryptoError('unknown_format', 'not sealed by this format')
  return versionIn(sealed)
}

export const headerOf = (kind: keyof typeof KINDS, version: number): Buffer => {
  if (!Number.isInteger(version) || version < 1 || version > KEY_VERSION_MAX) {
    throw new CryptoError('limit_exceeded', 'a version of a key is a number from 1 to 2^32 - 1')
  }
  const header = Buffer.allocUnsafe(HEADER_BYTES)
  header[0] = FORMAT
  header[1] = KINDS[kind]
  header.writeUInt32BE(version, 2)
  return header
}

interface Parts {
  readonly header: Uint8Array
  readonly version: number
  readonly nonce: Uint8Array
  readonly text: Uint8Array
  readonly tag: Uint8Array
}

/** Throws `unknown_format`. */
export const parts = (kind: keyof typeof KINDS, sealed: Uint8Array): Parts => {
  if (sealed.length < SEAL_BYTES || sealed[0] !== FORMAT || sealed[1] !== KINDS[kind]) {
    throw new CryptoError('unknown_format', `no ${kind} of this format`)
  }
  return {
    header: sealed.subarray(0, HEADER_BYTES),
    version: versionIn(sealed),
    nonce: sealed.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES),
    text: sealed.subarray(HEADER_BYTES + NONCE_BYTES, sealed.length - TAG_BYTES),
    tag: sealed.subarray(sealed.length - TAG_BYTES),
  }
}

const versionIn = (sealed: Uint8Array): number => Buffer.from(sealed.buffer, sealed.byteOffset, HEADER_BYTES).readUInt32BE(2)

export const joined = (header: Uint8Array, nonce: Uint8Array, { text, tag }: { text: Uint8Array; tag: Uint8Array }): Buffer => {
  const sealed = Buffer.allocUnsafe(SEAL_BYTES + text.length)
  sealed.set(header)
  sealed.set(nonce, HEADER_BYTES)
  sealed.set(text, HEADER_BYTES + NONCE_BYTES)
  sealed.set(tag, HEADER_BYTES + NONCE_BYTES + text.length)
  return sealed
}

/** Of the names of a place, all together; they are names of tables and ids, so that this is far from what anybody needs. */
export const PLACE_BYTES_MAX = 4_096
/** Where bound data is written before anybody takes it: each call begins anew. */
const sheet = Buffer.alloc(HEADER_BYTES + PLACE_BYTES_MAX + 16)
const UTF8_BYTES_MAX = 3

/** The header and each name of the place after its length in two bytes: no two places have the same bytes. Lies on the sheet. */
const writtenBound = (header: Uint8Array, place: Place, more: Uint8Array): Buffer => {
  sheet.set(header)
  let at = header.length
  for (const name of place) {
    if (at + 2 + UTF8_BYTES_MAX * name.length + more.length > sheet.length) {
      throw new CryptoError('limit_exceeded', `the names of a place have at most ${String(PLACE_BYTES_MAX)} bytes`)
    }
    const size = sheet.write(name, at + 2)
    sheet[at] = size >> 8
    sheet[at + 1] = size & 255
    at += 2 + size
  }
  sheet.set(more, at)
  return sheet.subarray(0, at + more.length)
}

/** The same, to be kept. */
export const boundOf = (header: Uint8Array, place: Place, more: Uint8Array = NOTHING): Buffer =>
  Buffer.from(writtenBound(header, place, more))
const NOTHING = new Uint8Array(0)
