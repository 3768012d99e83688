import { CURVE_PARAMETERS, type Curve } from '../curves.ts'
import type { CurveName } from '../operations.ts'

/**
 * GOST R 34.10-2012 (RFC 7091, 6.2) in its plainest form, with whole numbers: slow, for tests alone. What it takes is as RFC 9215 has it:
 * keys little-endian, a signature as `s` and then `r`, big-endian; the digest is read little-endian.
 */

export type Point = { readonly x: bigint; readonly y: bigint } | null

export const big = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
export const little = (bytes: Uint8Array): bigint => big(Buffer.from(bytes).reverse())

export const pointIn = (bytes: Uint8Array): Point => {
  const half = bytes.length / 2
  return { x: little(bytes.subarray(0, half)), y: little(bytes.subarray(half)) }
}

export const isSignature = (name: CurveName, point: Point, digest: Uint8Array, signature: Uint8Array): boolean => {
  const curve = CURVE_PARAMETERS[name]
  const { q, base } = curve
  const half = signature.length / 2
  const [s, r] = [big(signature.subarray(0, half)), big(signature.subarray(half))]
  if (r <= 0n || r >= q || s <= 0n || s >= q) return false
  const e = little(digest) % q || 1n
  const v = inverse(e, q)
  const sum = plus(curve, times(curve, base, (s * v) % q), times(curve, point, mod(-r * v, q)))
  return sum !== null && sum.x % q === r
}

export const times = (curve: Curve, point: Point, factor: bigint): Point => {
  let sum: Point = null
  for (let left = factor, power = point; left > 0n; left >>= 1n, power = plus(curve, power, power)) {
    if ((left & 1n) === 1n) sum = plus(curve, sum, power)
  }
  return sum
}

const plus = ({ p, a }: Curve, one: Point, other: Point): Point => {
  if (one === null) return other
  if (other === null) return one
  const isSame = one.x === other.x
  if (isSame && (one.y + other.y) % p === 0n) return null
  const slope = isSame
    ? (3n * one.x * one.x + a) * inverse(mod(2n * one.y, p), p)
    : (other.y - one.y) * inverse(mod(other.x - one.x, p), p)
  const x = mod(slope * slope - one.x - other.x, p)
  return { x, y: mod(slope * (one.x - x) - one.y, p) }
}

export const mod = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus

const inverse = (value: bigint, modulus: bigint): bigint => {
  let [older, newer, left, right] = [0n, 1n, modulus, value]
  while (right > 0n) {
    const whole = left / right
    ;[older, newer] = [newer, older - whole * newer]
    ;[left, right] = [right, left - whole * right]
  }
  return mod(older, modulus)
}

/** For primes that are 3 modulo 4; a root only where there is one. */
export const rootOf = (square: bigint, p: bigint): bigint => {
  let root = 1n
  for (let left = (p + 1n) / 4n, power = square % p; left > 0n; left >>= 1n, power = (power * power) % p) {
    if ((left & 1n) === 1n) root = (root * power) % p
  }
  return root
}
