import { createPrivateKey, createPublicKey, randomFillSync, sign, verify, type KeyObject } from 'node:crypto'
import { checkLength, CryptoError } from '../crypto-error.ts'
import type { CurveName, HashBits, Signature, SigningKey, VerifyingKey } from '../operations.ts'
import { bytesOf, importKey, type SecretKey } from '../secret-key.ts'
import { CURVE_PARAMETERS, type Curve } from '../curves.ts'
import { bits as bitString, octets, oid, sequence, smallInteger } from './der.ts'
import { byEngine, failureOf } from './engine.ts'
import { DIGEST_NAMES } from './hashes.ts'
import { checkPoint } from '../point.ts'
import { isInRange, randomNumber } from '../private-number.ts'

/** Messages up to this are hashed at once, within two milliseconds; longer ones in Node's own threads. */
const INLINE_BYTES_MAX = 256 * 1024

/** id-tc26-gost3410-12-256 and -512 (RFC 9215, 4.1). */
const KEY_OIDS = { 256: '1.2.643.7.1.1.1.1', 512: '1.2.643.7.1.1.1.2' } as const satisfies Record<HashBits, string>

/** `random` fills what it is given. */
export const signatureOperation = (bits: HashBits, random: (bytes: Uint8Array) => void = randomFillSync): Signature => {
  const digestName = DIGEST_NAMES[bits]
  const privateKeys = new WeakMap<SecretKey, { readonly curve: CurveName; readonly key: KeyObject }>()

  const curveOf = (name: CurveName): Curve => {
    const curve = CURVE_PARAMETERS[name]
    if (curve.bits !== bits) throw new CryptoError('invalid_key', `${name} is no curve of ${String(bits)} bits`)
    return curve
  }

  /** Reading a key costs more than signing with it. */
  const privateKeyOf = ({ curve: name, secret }: SigningKey): KeyObject => {
    const curve = curveOf(name)
    const bytes = bytesOf(secret)
    const known = privateKeys.get(secret)
    if (known?.curve === name) return known.key
    const key = readPrivateKey(curve, bytes)
    privateKeys.set(secret, { curve: name, key })
    return key
  }

  return {
    async generate(curve) {
      const number = randomNumber(curveOf(curve), random)
      const secret = importKey(number)
      number.fill(0)
      const signing = { curve, secret }
      return { signing, verifying: { curve, point: pointOf(privateKeyOf(signing), bits) } }
    },

    async sign(privateKey, message) {
      const key = privateKeyOf(privateKey)
      if (message.length <= INLINE_BYTES_MAX) return byEngine(() => sign(digestName, message, key))
      return inThread((done) => {
        sign(digestName, message, key, done)
      })
    },

    async verify(publicKey, message, signature) {
      const key = readPublicKey(curveOf(publicKey.curve), publicKey)
      if (signature.length !== bits / 4) return false
      if (message.length <= INLINE_BYTES_MAX) return byEngine(() => verify(digestName, message, key, signature))
      return inThread((done) => {
        verify(digestName, message, key, signature, done)
      })
    },
  }
}

const inThread = <T>(start: (done: (error: Error | null, made: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    start((error, made) => {
      if (error === null) resolve(made)
      else reject(failureOf(error))
    })
  })

/** Without parameters of the hash, which these curves need not have (RFC 9215, 4.2). */
const algorithmOf = ({ bits, oid: curve }: Curve): Buffer => sequence(oid(KEY_OIDS[bits]), sequence(oid(curve)))

/**
 * PKCS#8 whose octets are the number itself, little-endian. As PEM: of DER Node tries providers first, which do not know such keys, and
 * then takes their error for the engine's answer.
 */
const readPrivateKey = (curve: Curve, bytes: Uint8Array): KeyObject => {
  checkLength('the private key', bytes, curve.bits / 8)
  if (!isInRange(bytes, curve.q)) throw new CryptoError('invalid_key', 'the private key is out of range')
  const der = sequence(smallInteger(0), algorithmOf(curve), octets(bytes))
  const key = pem(der)
  try {
    return byEngine(() => createPrivateKey({ key, format: 'pem' }))
  } finally {
    der.fill(0)
    key.fill(0)
  }
}

const readPublicKey = (curve: Curve, { point }: VerifyingKey): KeyObject => {
  checkPoint(curve, point)
  const key = sequence(algorithmOf(curve), bitString(octets(point)))
  return byEngine(() => createPublicKey({ key, format: 'der', type: 'spki' }))
}

/** The engine reckons it when it reads the private key. It is what the encoding ends with. */
const pointOf = (key: KeyObject, bits: HashBits): Uint8Array => {
  const encoded = byEngine(() => createPublicKey(key).export({ format: 'der', type: 'spki' }))
  return Uint8Array.from(encoded.subarray(encoded.length - bits / 4))
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const [HEAD, FOOT] = ['-----BEGIN PRIVATE KEY-----\n', '\n-----END PRIVATE KEY-----\n']

/** In bytes that can be cleared, which a string cannot. All of it in one line, as OpenSSL takes it. */
const pem = (der: Uint8Array): Buffer => {
  const digits = 4 * Math.ceil(der.length / 3)
  const text = Buffer.alloc(HEAD.length + digits + FOOT.length, '=')
  text.write(HEAD)
  for (let at = 0; at < Math.ceil((8 * der.length) / 6); at++) {
    const from = (6 * at) >> 3
    const pair = ((der[from] ?? 0) << 8) | (der[from + 1] ?? 0)
    text[HEAD.length + at] = DIGITS.charCodeAt((pair >> (10 - ((6 * at) & 7))) & 63)
  }
  text.write(FOOT, HEAD.length + digits)
  return text
}
