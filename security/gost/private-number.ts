import { CryptoError } from './crypto-error.ts'
import type { Curve } from './curves.ts'
import { toLittle } from './point.ts'

/** Three of four random numbers are above the order of some curves: nobody ever needs so many. */
const DRAWS_MAX = 1_000

/** A number from 1 to q - 1, little-endian, each as likely as any other. `random` fills what it is given. */
export const randomNumber = ({ bits, q }: Curve, random: (bytes: Uint8Array) => void): Uint8Array => {
  const bytes = new Uint8Array(bits / 8)
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    random(bytes)
    if (isInRange(bytes, q)) return bytes
  }
  throw new CryptoError('provider_failed', 'the generator of random numbers gives no key')
}

/** Byte by byte: as a number or a text it would stay in memory. The highest byte that differs says which is greater. */
export const isInRange = (bytes: Uint8Array, q: bigint): boolean => {
  let difference = 0
  for (const [at, top] of toLittle(q, bytes.length).entries()) {
    const here = (bytes[at] ?? 0) - top
    if (here !== 0) difference = here
  }
  return difference < 0 && bytes.some((byte) => byte !== 0)
}
