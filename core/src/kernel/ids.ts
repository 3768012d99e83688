import { randomFillSync } from 'node:crypto'
import { systemClock } from './clock.ts'

const POOL_BYTES = 4_096
const pool = Buffer.allocUnsafe(POOL_BYTES)
let used = POOL_BYTES

const randomBytes10 = (): Buffer => {
  if (used + 10 > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  used += 10
  return pool.subarray(used - 10, used)
}

/**
 * A UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits.
 * Sorts by time of making across processes to about the clocks' difference; not to be used as a secret.
 */
export const newId = (now: Date = systemClock.now()): string => {
  const bytes = Buffer.allocUnsafe(16)
  bytes.writeUIntBE(now.getTime(), 0, 6)
  randomBytes10().copy(bytes, 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const isId = (text: string): boolean => ID.test(text)

/** When an id of `newId` was made. */
export const timeOfId = (id: string): Date => new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16))
