import { randomFillSync } from 'node:crypto'
import { CryptoError } from './crypto-error.ts'

export const NONCE_BYTES = 16
const AT_ONCE = 256

/**
 * Fresh nonces for Kuznyechik-MGM: 127 random bits under a top bit of zero (RFC 9058, 4). Among 2^48 under one key the odds that any two
 * are the same are below 2^-31. A generator that answers what it answered before is found out: `nonce_reused`.
 */
export const createNonces = (fill: (bytes: Uint8Array) => void = randomFillSync): (() => Uint8Array) => {
  const pool = new Uint8Array(NONCE_BYTES * AT_ONCE)
  let used = AT_ONCE
  let first: Uint8Array | null = null

  const refill = (): void => {
    fill(pool)
    for (let at = 0; at < pool.length; at += NONCE_BYTES) pool[at] = (pool[at] ?? 0) & 0x7f
    const isOld = first !== null && Buffer.compare(pool.subarray(0, NONCE_BYTES), first) === 0
    const isStuck = Buffer.compare(pool.subarray(0, NONCE_BYTES), pool.subarray(NONCE_BYTES, 2 * NONCE_BYTES)) === 0
    if (isOld || isStuck) throw new CryptoError('nonce_reused', 'the generator of random numbers repeats itself')
    first = pool.slice(0, NONCE_BYTES)
    used = 0
  }

  return () => {
    if (used === AT_ONCE) refill()
    const nonce = pool.slice(used * NONCE_BYTES, (used + 1) * NONCE_BYTES)
    used++
    return nonce
  }
}
