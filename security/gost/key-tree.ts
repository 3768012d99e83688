import { CryptoError } from './crypto-error.ts'
import type { KeyTree, Mac } from './operations.ts'

const SUM_BYTES = 32
/** R of the standard: so many bytes hold the counter. */
const COUNTER_BYTES_MAX = 4
const DERIVED_BYTES_MAX = 255 * SUM_BYTES

/**
 * KDF_TREE_GOSTR3411_2012_256 (R 50.1.113-2016, RFC 7836, 4.5) out of HMAC. With a counter of one byte and 32 bytes it is
 * KDF_GOSTR3411_2012_256 (4.4) as well.
 */
export const keyTree = (hmac: Mac): KeyTree => ({
  derive(key, { label, seed, counterBytes, bytes }) {
    if (!Number.isInteger(counterBytes) || counterBytes < 1 || counterBytes > COUNTER_BYTES_MAX) {
      throw new CryptoError('invalid_length', 'the counter has one to four bytes')
    }
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > DERIVED_BYTES_MAX) {
      throw new CryptoError('limit_exceeded', `one to ${String(DERIVED_BYTES_MAX)} bytes can be derived`)
    }
    const out = new Uint8Array(bytes)
    for (let from = 0, count = 1; from < bytes; from += SUM_BYTES, count++) {
      const mac = hmac.start(key)
      mac.update(bigEndian(count, counterBytes))
      mac.update(label)
      mac.update(Uint8Array.of(0))
      mac.update(seed)
      mac.update(shortest(8 * bytes))
      out.set(mac.finish().subarray(0, bytes - from), from)
    }
    return out
  },
})

const bigEndian = (value: number, bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) % 256)

/** Without leading zero bytes, as the standard has the length. */
const shortest = (value: number): Uint8Array => bigEndian(value, Math.max(1, Math.ceil(Math.log2(value + 1) / 8)))
