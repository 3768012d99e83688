import assert from 'node:assert/strict'
import { createNonces, NONCE_BYTES } from './nonces.ts'

describe('nonces', () => {
  it('never come twice, have a top bit of zero, and all other bits of both kinds', () => {
    const next = createNonces()
    const seen = new Set<string>()
    const ones = new Array<number>(8 * NONCE_BYTES).fill(0)
    for (let count = 0; count < 1_000; count++) {
      const nonce = next()
      seen.add(Buffer.from(nonce).toString('hex'))
      for (let bit = 0; bit < ones.length; bit++) ones[bit] = (ones[bit] ?? 0) + (((nonce[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
    }
    assert.equal(seen.size, 1_000)
    assert.equal(ones[0], 0)
    assert.ok(ones.slice(1).every((count) => count > 0 && count < 1_000))
  })

  it('are refused where the generator repeats itself', () => {
    const stuck = createNonces((bytes) => bytes.fill(7))
    assert.throws(() => stuck(), { code: 'nonce_reused' })
    const snapshot = Uint8Array.from({ length: 4_096 }, (_, index) => (index * 31) % 251)
    const restored = createNonces((bytes) => {
      bytes.set(snapshot)
    })
    for (let count = 0; count < 256; count++) restored()
    assert.throws(() => restored(), { code: 'nonce_reused' })
  })
})
