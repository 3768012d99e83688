import type { Attribute, Handle, Mechanism } from './pkcs11js.ts'
import { randomBytes } from 'node:crypto'
import { CryptoError } from '../crypto-error.ts'
import type { OutsideKey } from '../outside-key.ts'
import { cipherKeyBytesOf, importKey, KEY_BYTES, type SecretKey } from '../secret-key.ts'
import { CKA, CKK, CKM, CKO_SECRET_KEY } from './cryptoki.ts'
import { KUZNYECHIK_KEXP15 } from './gost-mechanisms.ts'
import { tokenError } from './token-error.ts'
import type { OpenSession, TokenSession } from './token-session.ts'

/**
 * What a token has wrapped, byte by byte: format 1; the wrapping, one byte (1: AES key wrap; 2: KExp15 over Kuznyechik); the initial
 * value, none or eight bytes; what the token answered.
 */
const FORMAT = 1
const HEADER_BYTES = 2
/** Any of the wrappings; a token that answers more is not right. */
const ANSWER_BYTES_MAX = 256

interface Wrapping {
  readonly id: number
  readonly name: string
  /** Of the key-encryption key, which says which wrapping is its own. */
  readonly keyType: number
  /** As what the token is to see our key. */
  readonly wrappedType: number
  readonly ivBytes: number
  mechanism(iv: Buffer): Mechanism
}

/** The second was tried with a stand-in alone: no GOST token was at hand. */
const WRAPPINGS: readonly Wrapping[] = [
  {
    id: 1,
    name: 'CKM_AES_KEY_WRAP',
    keyType: CKK.AES,
    wrappedType: CKK.GENERIC_SECRET,
    ivBytes: 0,
    mechanism: () => ({ mechanism: CKM.AES_KEY_WRAP }),
  },
  {
    id: 2,
    name: 'CKM_KUZNECHIK_KEXP_15_WRAP',
    keyType: KUZNYECHIK_KEXP15.twinKeyType,
    wrappedType: KUZNYECHIK_KEXP15.keyType,
    ivBytes: 8,
    mechanism: (iv) => ({ mechanism: KUZNYECHIK_KEXP15.mechanism, parameter: iv }),
  },
]

/** The key of this label, by whatever wrapping its type has. One that could leave the token is not taken. */
export const tokenKey = (session: TokenSession, { token, label }: { token: string; label: string }): OutsideKey => ({
  name: `pkcs11:token=${encodeURIComponent(token)};object=${encodeURIComponent(label)};type=secret-key`,
  mechanism: WRAPPINGS.map(({ name }) => name).join(' or '),

  makeIfMissing: () =>
    session.run(async (open) => {
      if (find(open, label) === null) await makeAesKey(open, label)
      // What the token has made of the template is looked at as what it had.
      requireKey(open, label)
    }),

  wrap: (key) =>
    session.run(async (open) => {
      const { handle, wrapping } = requireKey(open, label)
      const iv = randomBytes(wrapping.ivBytes)
      const object = putIn(open, key, wrapping)
      try {
        const room = Buffer.alloc(ANSWER_BYTES_MAX)
        const answer = await open.pkcs11.C_WrapKeyAsync(open.session, wrapping.mechanism(iv), handle, object, room)
        return Buffer.concat([Buffer.of(FORMAT, wrapping.id), iv, answer])
      } finally {
        open.pkcs11.C_DestroyObject(open.session, object)
      }
    }),

  unwrap: (wrapped) =>
    session.run(async (open) => {
      const { handle, wrapping } = requireKey(open, label)
      const { iv, answer } = partsOf(wrapped, wrapping)
      let object: Handle
      try {
        const template = templateOf(wrapping.wrappedType, { sensitive: false })
        object = await open.pkcs11.C_UnwrapKeyAsync(open.session, wrapping.mechanism(iv), handle, answer, template)
      } catch (error) {
        throw tokenError(error, 'unwrapping')
      }
      return takeOut(open, object)
    }),
})

/** A key of ours inside the token, for as long as one call. */
const templateOf = (keyType: number, { sensitive }: { sensitive: boolean }): Attribute[] => [
  { type: CKA.CLASS, value: CKO_SECRET_KEY },
  { type: CKA.KEY_TYPE, value: keyType },
  { type: CKA.TOKEN, value: false },
  { type: CKA.PRIVATE, value: true },
  { type: CKA.SENSITIVE, value: sensitive },
  { type: CKA.EXTRACTABLE, value: true },
]

const putIn = ({ pkcs11, session }: OpenSession, key: SecretKey, { wrappedType }: Wrapping): Handle => {
  const value = Buffer.from(cipherKeyBytesOf(key))
  try {
    return pkcs11.C_CreateObject(session, [...templateOf(wrappedType, { sensitive: true }), { type: CKA.VALUE, value }])
  } finally {
    value.fill(0)
  }
}

const takeOut = ({ pkcs11, session }: OpenSession, object: Handle): SecretKey => {
  try {
    const value = pkcs11.C_GetAttributeValue(session, object, [{ type: CKA.VALUE }])[0]?.value
    if (value?.length !== KEY_BYTES) throw new CryptoError('tag_mismatch', 'what was wrapped is no key of 32 bytes')
    const key = importKey(value)
    value.fill(0)
    return key
  } finally {
    pkcs11.C_DestroyObject(session, object)
  }
}

const partsOf = (wrapped: Uint8Array, { id, ivBytes }: Wrapping): { iv: Buffer; answer: Buffer } => {
  const bytes = Buffer.from(wrapped)
  if (bytes[0] !== FORMAT || bytes.length <= HEADER_BYTES + ivBytes || bytes.length > HEADER_BYTES + ivBytes + ANSWER_BYTES_MAX) {
    throw new CryptoError('unknown_format', 'no token has wrapped this')
  }
  if (bytes[1] !== id) throw new CryptoError('tag_mismatch', 'a key of another kind has wrapped this')
  return { iv: bytes.subarray(HEADER_BYTES, HEADER_BYTES + ivBytes), answer: bytes.subarray(HEADER_BYTES + ivBytes) }
}

const find = ({ pkcs11, session }: OpenSession, label: string): Handle | null => {
  pkcs11.C_FindObjectsInit(session, [
    { type: CKA.CLASS, value: CKO_SECRET_KEY },
    { type: CKA.TOKEN, value: true },
    { type: CKA.LABEL, value: label },
  ])
  try {
    const [first, second] = pkcs11.C_FindObjects(session, 2)
    if (second !== undefined) throw new CryptoError('invalid_key', `the token has several keys that are called ${label}`)
    return first ?? null
  } finally {
    pkcs11.C_FindObjectsFinal(session)
  }
}

/** Looked up for each call: a handle is worth nothing in another session. */
const requireKey = (open: OpenSession, label: string): { handle: Handle; wrapping: Wrapping } => {
  const handle = find(open, label)
  if (handle === null)
    throw new CryptoError('key_unknown', `the token has no key that is called ${label}: oco keys init makes one`)
  const wanted = [CKA.KEY_TYPE, CKA.EXTRACTABLE, CKA.SENSITIVE, CKA.WRAP, CKA.UNWRAP]
  const found = open.pkcs11.C_GetAttributeValue(
    open.session,
    handle,
    wanted.map((type) => ({ type })),
  )
  const [type, isExtractable, isSensitive, wraps, unwraps] = wanted.map((each) => numberOf(found, each))
  if (isExtractable !== 0 || isSensitive !== 1) throw new CryptoError('invalid_key', `${label} can be read out of the token`)
  if (wraps !== 1 || unwraps !== 1) throw new CryptoError('invalid_key', `${label} may not wrap and unwrap`)
  const wrapping = WRAPPINGS.find(({ keyType }) => keyType === type)
  if (wrapping === undefined) {
    throw new CryptoError('invalid_key', `${label} is neither an AES key nor a pair of Kuznyechik keys`)
  }
  return { handle, wrapping }
}

/** CK_ULONG and CK_BBOOL, as long as the machine has them, little-endian. */
const numberOf = (found: readonly { type: number; value: Buffer }[], wanted: number): number | null => {
  const value = found.find(({ type }) => type === wanted)?.value
  return value === undefined || value.length === 0 ? null : value.readUIntLE(0, Math.min(value.length, 4))
}

/** Of 256 bits, and for nothing but this. A GOST key is made by its token's own tool: no standard says how a pair is made. */
const makeAesKey = async ({ pkcs11, session }: OpenSession, label: string): Promise<void> => {
  await pkcs11.C_GenerateKeyAsync(session, { mechanism: CKM.AES_KEY_GEN }, [
    { type: CKA.CLASS, value: CKO_SECRET_KEY },
    { type: CKA.KEY_TYPE, value: CKK.AES },
    { type: CKA.VALUE_LEN, value: KEY_BYTES },
    { type: CKA.LABEL, value: label },
    { type: CKA.TOKEN, value: true },
    { type: CKA.PRIVATE, value: true },
    { type: CKA.SENSITIVE, value: true },
    { type: CKA.EXTRACTABLE, value: false },
    { type: CKA.ENCRYPT, value: false },
    { type: CKA.DECRYPT, value: false },
    { type: CKA.WRAP, value: true },
    { type: CKA.UNWRAP, value: true },
  ])
}
