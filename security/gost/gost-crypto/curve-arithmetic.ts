import type GostSign from 'gost-crypto/lib/gostSign.js'
import { checkLength, CryptoError } from '../crypto-error.ts'
import type { Curve } from '../curves.ts'
import { checkPoint, toLittle } from '../point.ts'
import { isInRange } from '../private-number.ts'

/** Once is nearly always enough: who asks so often was given the same number each time. */
const DRAWS_MAX = 100

/** Answers a number from 1 to q - 1, which is cleared after its use. */
export type Draw = () => Uint8Array

/**
 * Signatures of digests on one curve (RFC 7091, 6), by gost-crypto and with what it leaves unchecked. Numbers, points and digests are
 * little-endian, as RFC 9215 has them. Throws `invalid_length`; `invalid_key`; and `provider_failed` for a number drawn out of range, or
 * where the arithmetic gives up. Each call holds the event loop: some 10 ms on 256 bits and 30 on 512, and twice that where it verifies
 * and the cofactor is 4.
 */
export interface CurveArithmetic {
  generate(draw: Draw): { readonly privateNumber: Uint8Array; readonly point: Uint8Array }
  /** Asks for another k where r or s comes out as zero. */
  sign(privateNumber: Uint8Array, digest: Uint8Array, draw: Draw): Uint8Array
  /** False for whatever is no signature, of whatever length. */
  verify(point: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean
}

/** Loads the package at its first call: 200 KB of JavaScript that nobody needs who has an engine. */
export const curveArithmetic = async (curve: Curve): Promise<CurveArithmetic> => {
  const { default: Sign } = await import('gost-crypto/lib/gostSign.js')
  return arithmeticBy(Sign, curve)
}

const arithmeticBy = (Sign: typeof GostSign, curve: Curve): CurveArithmetic => {
  const { bits, p, q } = curve
  const size = bits / 8
  const bytes = (value: bigint): Buffer => toLittle(value, size)
  const engineOf = ({ base }: Pick<Curve, 'base'>, ukm?: Uint8Array): GostSign =>
    new Sign({ length: bits, curve: parametersOf({ ...curve, base }), ...(ukm === undefined ? {} : { ukm: whole(ukm) }) })
  const plain = engineOf(curve)

  /** e of RFC 7091, 6.1, step 2: of a digest that is a multiple of q gost-crypto makes another number when it verifies. */
  const numberOf = (digest: Uint8Array): bigint => {
    checkLength('the digest', digest, size)
    return littleEndian(digest) % q || 1n
  }

  /**
   * q - 1 times it is its negative, q + 1 times it is itself; and q times it would be infinity, at which gost-crypto tries again for ever.
   */
  const isOfOrder = ({ x, y }: Point): boolean => {
    const isTimes = (factor: bigint, expected: bigint) => (): boolean => {
      const { publicKey } = engineOf({ base: { x, y } }, bytes(factor)).generateKey()
      return Buffer.concat([bytes(x), bytes(expected)]).equals(new Uint8Array(publicKey))
    }
    return reckoned([isTimes(q - 1n, p - y), isTimes(q + 1n, y)])
  }

  return {
    generate(draw) {
      const next = counted(draw, curve)
      for (;;) {
        const privateNumber = next()
        try {
          return { privateNumber, point: new Uint8Array(engineOf(curve, privateNumber).generateKey().publicKey) }
        } catch (error) {
          privateNumber.fill(0)
          if (!isUnreckoned(error)) throw error
        }
      }
    },

    sign(privateNumber, digest, draw) {
      checkLength('the private key', privateNumber, size)
      if (!isInRange(privateNumber, q)) throw new CryptoError('invalid_key', 'the private key is out of range')
      const e = whole(bytes(numberOf(digest)))
      const next = counted(draw, curve)
      const engine = engineOf(curve)
      // It reads k anew whenever r or s came out as zero: from one that stays the same it would never come back.
      Object.defineProperty(engine, 'ukm', { get: () => drawn(next) })
      const key = whole(privateNumber)
      try {
        for (;;) {
          try {
            // r and s, little-endian: from behind they are s and r, big-endian.
            return new Uint8Array(engine.sign(key, e)).reverse()
          } catch (error) {
            if (!isUnreckoned(error)) throw error
          }
        }
      } finally {
        new Uint8Array(key).fill(0)
      }
    },

    verify(point, digest, signature) {
      checkPoint(curve, point)
      const key = { x: littleEndian(point.subarray(0, size)), y: littleEndian(point.subarray(size)) }
      if (curve.cofactor !== 1 && !isOfOrder(key)) throw new CryptoError('invalid_key', 'a point of another order')
      const e = numberOf(digest)
      if (signature.length !== 2 * size) return false
      const parts = Uint8Array.from(signature).reverse()
      if (!isInRange(parts.subarray(0, size), q) || !isInRange(parts.subarray(size), q)) return false
      const [r, s] = [littleEndian(parts.subarray(0, size)), littleEndian(parts.subarray(size))]
      const isMade = (of: { y: bigint; s: bigint; e: bigint }) => (): boolean =>
        plain.verify(
          whole(Buffer.concat([bytes(key.x), bytes(of.y)])),
          whole(Buffer.concat([bytes(r), bytes(of.s)])),
          whole(bytes(of.e)),
        )
      try {
        // With all three negative the sum of 6.2, step 6, is the same point, by way of other numbers.
        return reckoned([isMade({ y: key.y, s, e }), isMade({ y: p - key.y, s: q - s, e: q - e })])
      } catch (error) {
        // The sum is infinity, which whoever has the key can make it. That is no signature.
        if (error instanceof TypeError) return false
        throw error
      }
    },
  }
}

interface Point {
  readonly x: bigint
  readonly y: bigint
}

/** Of some thirty thousand numbers it cannot invert one: it calls a function there that it does not have. */
const isUnreckoned = (error: unknown): boolean => error instanceof ReferenceError

/** What the first way comes to that gost-crypto can go to its end. */
const reckoned = (ways: readonly (() => boolean)[]): boolean => {
  for (const way of ways) {
    try {
      return way()
    } catch (error) {
      if (!isUnreckoned(error)) throw error
    }
  }
  throw new CryptoError('provider_failed', 'gost-crypto has no inverse of the numbers that it came to')
}

const counted = (draw: Draw, { bits, q }: Curve): Draw => {
  let draws = 0
  return () => {
    if (++draws > DRAWS_MAX) throw new CryptoError('provider_failed', 'none of many random numbers serves')
    const number = draw()
    if (number.length === bits / 8 && isInRange(number, q)) return number
    throw new CryptoError('provider_failed', 'a random number is out of range')
  }
}

const drawn = (draw: Draw): ArrayBuffer => {
  const k = draw()
  const copy = whole(k)
  k.fill(0)
  return copy
}

/** Never by its names for curves: two of them stand for others, and two curves have none. */
const parametersOf = ({ p, a, b, q, base }: Curve) => {
  const hex = (value: bigint): string => `0x${value.toString(16)}`
  return { p: hex(p), a: hex(a), b: hex(b), q: hex(q), x: hex(base.x), y: hex(base.y) }
}

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)

/** It reads buffers from their beginning, whatever part of them it is given. */
const whole = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer
