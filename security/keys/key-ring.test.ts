import assert from 'node:assert/strict'
import { bytesOf, generateKey } from '../gost/secret-key.ts'
import { wasmCrypto } from '../test/wasm-crypto.ts'
import { createKeyRing, generateKeyEncryptionKey, WRAPPED_BYTES, wrappedUnder } from './key-ring.ts'

describe('a key ring', () => {
  const crypto = wasmCrypto()
  after(() => crypto.close())
  const at = new Date('2026-03-01T00:00:00Z')
  const [first, second] = [generateKeyEncryptionKey(1, at), generateKeyEncryptionKey(2, at)]

  it('wraps under its newest key and unwraps under any', () => {
    const key = generateKey()
    const old = createKeyRing(crypto, [first]).wrap(key)
    const ring = createKeyRing(crypto, [second, first])
    const wrapped = ring.wrap(key)
    assert.deepEqual([wrappedUnder(old), wrappedUnder(wrapped), ring.current], [1, 2, 2])
    assert.equal(wrapped.length, WRAPPED_BYTES)
    for (const each of [old, wrapped]) assert.deepEqual(bytesOf(ring.unwrap(each)), bytesOf(key))
    assert.notDeepEqual(ring.wrap(key), wrapped)
  })

  it('refuses what was changed in any bit, and what another key has wrapped', () => {
    const ring = createKeyRing(crypto, [first])
    const wrapped = ring.wrap(generateKey())
    for (let bit = 0; bit < 8 * wrapped.length; bit++) {
      const changed = Buffer.from(wrapped)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const code = bit < 8 ? 'unknown_format' : bit < 40 ? 'key_unknown' : 'tag_mismatch'
      assert.throws(() => ring.unwrap(changed), { code }, `bit ${bit}`)
    }
    const others = createKeyRing(crypto, [generateKeyEncryptionKey(1, at)])
    assert.throws(() => others.unwrap(wrapped), { code: 'tag_mismatch' })
    assert.throws(() => ring.unwrap(createKeyRing(crypto, [second]).wrap(generateKey())), { code: 'key_unknown' })
    assert.throws(() => ring.unwrap(wrapped.subarray(1)), { code: 'unknown_format' })
  })

  it('is none without a key, or with a version twice', () => {
    assert.throws(() => createKeyRing(crypto, []), { code: 'unknown_format' })
    assert.throws(() => createKeyRing(crypto, [first, generateKeyEncryptionKey(1, at)]), { code: 'unknown_format' })
  })
})
