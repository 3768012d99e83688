import { checkLength, CryptoError } from './crypto-error.ts'
import type { Curve } from './curves.ts'

/** RFC 9215 has numbers in keys little-endian. */
export const toLittle = (value: bigint, bytes: number): Buffer =>
  Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex').reverse()
const fromLittle = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)

/**
 * Throws `invalid_length`, or `invalid_key` for what is no point of the curve, or one whose order divides the cofactor: whoever is given
 * such a key would take anybody's signatures.
 */
export const checkPoint = ({ bits, p, a, b, cofactor }: Curve, point: Uint8Array): void => {
  const size = bits / 8
  checkLength('the public key', point, 2 * size)
  const [x, y] = [fromLittle(point.subarray(0, size)), fromLittle(point.subarray(size))]
  const isOnCurve = x < p && y < p && (y * y - (x * x * x + a * x + b)) % p === 0n
  if (!isOnCurve) throw new CryptoError('invalid_key', 'no point of the curve')
  if (cofactor === 4 && isOfSmallOrder({ x, y }, { p, a })) throw new CryptoError('invalid_key', 'a point of a small order')
}

/** Doubles it twice in Jacobian coordinates, which needs no inverse: it comes to nothing where Z becomes zero. */
const isOfSmallOrder = ({ x, y }: { x: bigint; y: bigint }, { p, a }: { p: bigint; a: bigint }): boolean => {
  const m = 3n * x * x + a
  const s = 4n * x * y * y
  const doubledX = m * m - 2n * s
  const doubledY = m * (s - doubledX) - 8n * y ** 4n
  return (2n * y * doubledY) % p === 0n
}
