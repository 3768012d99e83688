import type { SecretKey } from './secret-key.ts'

/**
 * What the algorithms do, by their names. Bytes that are given stay as they are and bytes that are answered are the caller's. A call
 * that is given what the algorithm cannot take throws a `CryptoError`; sizes are in bytes.
 */

export const CIPHERS = ['kuznyechik', 'magma'] as const
export type Cipher = (typeof CIPHERS)[number]
/** GOST R 34.12-2015. */
export const BLOCK_BYTES = { kuznyechik: 16, magma: 8 } as const satisfies Record<Cipher, number>
/** ACPKM's sections where nothing else is said: what gost-engine has fixed, and TLS of RFC 9189 uses. */
export const SECTION_BYTES = { kuznyechik: 4096, magma: 1024 } as const satisfies Record<Cipher, number>

export const HASH_BITS = [256, 512] as const
export type HashBits = (typeof HASH_BITS)[number]

/** Single blocks without a mode: for the vectors of the standards, never for data. */
export interface Blocks {
  encrypt(key: SecretKey, blocks: Uint8Array): Uint8Array
  decrypt(key: SecretKey, blocks: Uint8Array): Uint8Array
}

export interface CounterMode {
  /** The only length of ACPKM's sections that it has; absent where it has any. `start` throws `provider_failed` for another. */
  readonly onlySectionBytes?: number
  /** `iv` has half a block. Opens what it has sealed. `sectionBytes` counts for ACPKM alone. */
  start(key: SecretKey, iv: Uint8Array, sectionBytes?: number): CipherStream
}
export interface CipherStream {
  update(bytes: Uint8Array): Uint8Array
}

export interface Mac {
  start(key: SecretKey): MacStream
}
/** OMAC-ACPKM-Master (RFC 8645, 6.3.6). */
export interface SectionedMac {
  start(key: SecretKey, sections: { readonly sectionBytes: number; readonly masterSectionBytes: number }): MacStream
}
export interface MacStream {
  update(bytes: Uint8Array): void
  /** Once. A whole block, or the hash's length. */
  finish(): Uint8Array
}

export interface Sealed {
  readonly text: Uint8Array
  readonly tag: Uint8Array
}
export interface ToSeal {
  readonly nonce: Uint8Array
  readonly bound: Uint8Array
  readonly text: Uint8Array
}
export interface ToOpen {
  readonly nonce: Uint8Array
  readonly bound: Uint8Array
  readonly sealed: Sealed
}
/** MGM (RFC 9058). The nonce has one block, its top bit is zero, and it never serves twice under a key: that is the caller's to keep. */
export interface Aead {
  seal(key: SecretKey, input: ToSeal): Sealed
  /** Throws `tag_mismatch`, and answers nothing of the text then. */
  open(key: SecretKey, input: ToOpen): Uint8Array
  /** Many at once, off the event loop; the texts are copied there. Rejects as `seal` throws. */
  sealBulk(key: SecretKey, inputs: readonly ToSeal[]): Promise<Sealed[]>
  /** The same; where one of them is not right, none is answered. */
  openBulk(key: SecretKey, inputs: readonly ToOpen[]): Promise<Uint8Array[]>
}

/** GOST R 34.11-2012 (RFC 6986). */
export interface Hash {
  start(): MacStream
}

export interface PasswordKey {
  /** PBKDF2 of R 50.1.111-2016 (RFC 9337, 3). Off the event loop. */
  derive(input: {
    readonly password: Uint8Array
    readonly salt: Uint8Array
    readonly rounds: number
    readonly bytes: number
  }): Promise<Uint8Array>
}

export interface KeyTree {
  /** KDF_TREE_GOSTR3411_2012_256 of R 50.1.113-2016 (RFC 7836, 4.5); `counterBytes` is its R. */
  derive(
    key: SecretKey,
    input: { readonly label: Uint8Array; readonly seed: Uint8Array; readonly counterBytes: number; readonly bytes: number },
  ): Uint8Array
}

export interface WrappingKeys {
  readonly mac: SecretKey
  readonly cipher: SecretKey
}
/** KExp15 and KImp15 of R 1323565.1.017-2018. `iv` has half a block and never serves twice under a pair of keys. */
export interface KeyWrap {
  wrap(keys: WrappingKeys, input: { readonly iv: Uint8Array; readonly key: SecretKey }): Uint8Array
  /** Throws `tag_mismatch`. */
  unwrap(keys: WrappingKeys, input: { readonly iv: Uint8Array; readonly wrapped: Uint8Array }): SecretKey
}

/**
 * GOST R 34.10-2012 (RFC 7091) over Streebog of as many bits as the order of the curve has. It takes the message and not its digest:
 * gost-engine and CryptoPro hash by themselves, and give no way around that.
 */
export interface Signature {
  generate(curve: CurveName): Promise<SigningPair>
  /** Answers `s` and then `r`, each big-endian and as long as the order (RFC 9215, 2). Each call answers another signature. */
  sign(privateKey: SigningKey, message: Uint8Array): Promise<Uint8Array>
  /** False for whatever is no signature of it; throws only where the key is none. */
  verify(publicKey: VerifyingKey, message: Uint8Array, signature: Uint8Array): Promise<boolean>
}

/** Parameter sets of RFC 7836 (A.1, A.2) and RFC 4357 (11.4) by their names at TC 26. */
export const CURVES = {
  256: ['tc26-256-a', 'tc26-256-b', 'tc26-256-c', 'tc26-256-d'],
  512: ['tc26-512-a', 'tc26-512-b', 'tc26-512-c'],
} as const satisfies Record<HashBits, readonly string[]>
export type CurveName = (typeof CURVES)[HashBits][number]

export interface SigningKey {
  readonly curve: CurveName
  /** The number, little-endian, as RFC 9215 has it. */
  readonly secret: SecretKey
}
export interface VerifyingKey {
  readonly curve: CurveName
  /** X and Y, each little-endian (RFC 9215, 4). */
  readonly point: Uint8Array
}
export interface SigningPair {
  readonly signing: SigningKey
  readonly verifying: VerifyingKey
}

type Each<Name extends string, Operation> = { readonly [name in Name]: Operation }

export interface Operations
  extends
    Each<`${Cipher}-ecb`, Blocks>,
    Each<`${Cipher}-ctr` | `${Cipher}-ctr-acpkm`, CounterMode>,
    Each<`${Cipher}-omac`, Mac>,
    Each<`${Cipher}-omac-acpkm`, SectionedMac>,
    Each<`${Cipher}-mgm`, Aead>,
    Each<`${Cipher}-kexp15`, KeyWrap>,
    Each<`streebog-${HashBits}`, Hash>,
    Each<`hmac-streebog-${HashBits}`, Mac>,
    Each<'pbkdf2-streebog-512', PasswordKey>,
    Each<'kdf-tree-streebog-256', KeyTree>,
    Each<`gost3410-2012-${HashBits}`, Signature> {}

export const ALGORITHMS = [
  ...CIPHERS.flatMap(
    (cipher) =>
      [
        `${cipher}-ecb`,
        `${cipher}-ctr`,
        `${cipher}-ctr-acpkm`,
        `${cipher}-omac`,
        `${cipher}-omac-acpkm`,
        `${cipher}-mgm`,
        `${cipher}-kexp15`,
      ] as const,
  ),
  ...HASH_BITS.flatMap((bits) => [`streebog-${bits}`, `hmac-streebog-${bits}`] as const),
  'pbkdf2-streebog-512',
  'kdf-tree-streebog-256',
  ...HASH_BITS.map((bits) => `gost3410-2012-${bits}` as const),
] as const satisfies readonly (keyof Operations)[]
export type Algorithm = keyof Operations
