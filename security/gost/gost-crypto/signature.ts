import { randomFillSync } from 'node:crypto'
import type GostSign from 'gost-crypto/lib/gostSign.js'
import { checkLength, CryptoError } from '../crypto-error.ts'
import { CURVE_PARAMETERS, type Curve } from '../curves.ts'
import type { CurveName, Hash, HashBits, Signature } from '../operations.ts'
import { checkPoint, toLittle } from '../point.ts'
import { isInRange, randomNumber } from '../private-number.ts'
import { bytesOf, importKey } from '../secret-key.ts'

/**
 * GOST R 34.10-2012 by gost-crypto, of which only the arithmetic is trusted. Everything that it gets wrong is done here: random numbers (its
 * own may come from Math.random), curves (it has two under a wrong name and lacks two), what must hold of keys, r and s before they are
 * used, and a digest that is a multiple of q. A call takes some ten milliseconds of the event loop.
 */
export const gostCryptoSignature = (
  bits: HashBits,
  hash: Hash,
  random: (bytes: Uint8Array) => void = randomFillSync,
): Signature => {
  const size = bits / 8

  const curveOf = (name: CurveName): Curve => {
    const curve = CURVE_PARAMETERS[name]
    if (curve.bits !== bits) throw new CryptoError('invalid_key', `${name} is no curve of ${String(bits)} bits`)
    return curve
  }

  /** e of RFC 7091, 6.1, steps 1 and 2. */
  const numberOf = (message: Uint8Array, { q }: Curve): ArrayBuffer => {
    const stream = hash.start()
    stream.update(message)
    const digest = stream.finish()
    const isZero = BigInt(`0x${Buffer.from(digest).reverse().toString('hex')}`) % q === 0n
    return whole(isZero ? toLittle(1n, size) : digest)
  }

  return {
    async generate(name) {
      const curve = curveOf(name)
      const number = randomNumber(curve, random)
      const { publicKey } = (await engineOf(curve, number)).generateKey()
      const secret = importKey(number)
      number.fill(0)
      return { signing: { curve: name, secret }, verifying: { curve: name, point: new Uint8Array(publicKey) } }
    },

    async sign({ curve: name, secret }, message) {
      const curve = curveOf(name)
      const bytes = bytesOf(secret)
      checkLength('the private key', bytes, size)
      if (!isInRange(bytes, curve.q)) throw new CryptoError('invalid_key', 'the private key is out of range')
      const k = randomNumber(curve, random)
      const engine = await engineOf(curve, k)
      const key = whole(bytes)
      try {
        // r and s, little-endian: from behind they are s and r, big-endian.
        return new Uint8Array(engine.sign(key, numberOf(message, curve))).reverse()
      } finally {
        new Uint8Array(key).fill(0)
        k.fill(0)
      }
    },

    async verify({ curve: name, point }, message, signature) {
      const curve = curveOf(name)
      checkPoint(curve, point)
      if (signature.length !== 2 * size) return false
      const numbers = Uint8Array.from(signature).reverse()
      if (![numbers.subarray(0, size), numbers.subarray(size)].every((number) => isInRange(number, curve.q))) return false
      return (await engineOf(curve)).verify(whole(point), whole(numbers), numberOf(message, curve))
    },
  }
}

/** 200 KB of JavaScript that are needed where there is no engine, and then once there is something to sign. */
const engineOf = async ({ bits, p, a, b, q, base }: Curve, ukm?: Uint8Array): Promise<GostSign> => {
  const { default: Sign } = await import('gost-crypto/lib/gostSign.js')
  const hex = (value: bigint): string => `0x${value.toString(16)}`
  const curve = { p: hex(p), a: hex(a), b: hex(b), q: hex(q), x: hex(base.x), y: hex(base.y) }
  return new Sign({ length: bits, curve, ...(ukm === undefined ? {} : { ukm: whole(ukm) }) })
}

/** It reads buffers from their beginning, whatever part of them it is given. */
const whole = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer
