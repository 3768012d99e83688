import assert from 'node:assert/strict'
import {
  boundOf,
  createSealedBox,
  headerOf,
  keyVersionOf,
  RECORD_BYTES_MAX,
  SEAL_BYTES,
  type Place,
  type SealedBox,
} from './sealed-box.ts'
import { destroyKey, generateKey, type SecretKey } from './secret-key.ts'
import type { CryptoProvider } from './provider.ts'
import { wasmProvider } from './wasm/provider.ts'

describe('a sealed box', () => {
  let provider: CryptoProvider
  let box: SealedBox
  let key: SecretKey
  const place = ['message', 'body', '0198c0de-0000-7000-8000-000000000001']
  const words = Buffer.from('Позвоните мне по номеру +7 900 000-00-00')
  before(() => {
    provider = wasmProvider()
    const mgm = provider.operations['kuznyechik-mgm']
    assert.ok(mgm !== undefined)
    box = createSealedBox(mgm)
    key = generateKey()
  })
  after(() => provider.close())

  const open = (sealed: Uint8Array, where = place, by = key): Uint8Array => box.open(() => by, where, sealed)

  it('gives back what was put into it, of any size', () => {
    for (const size of [0, 1, 15, 16, 17, 200, 4_096, 100_001]) {
      const text = Buffer.alloc(size, 'текст')
      const sealed = box.seal({ key, version: 3 }, place, text)
      assert.equal(sealed.length, size + SEAL_BYTES)
      assert.equal(keyVersionOf(sealed), 3)
      assert.deepEqual(Buffer.from(open(sealed)), text)
    }
  })

  it('never looks the same twice, and shows nothing of the text', () => {
    const [first, second] = [box.seal({ key, version: 1 }, place, words), box.seal({ key, version: 1 }, place, words)]
    assert.notDeepEqual(first, second)
    assert.equal(first.includes(words.subarray(0, 8)), false)
  })

  it('does not open when any single bit of it is another', () => {
    const sealed = box.seal({ key, version: 1 }, place, Buffer.from('да'))
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      // The top bit of the nonce is the one that no nonce may have.
      const code = bit < 16 ? 'unknown_format' : bit === 6 * 8 + 7 ? 'invalid_nonce' : 'tag_mismatch'
      const isOtherKind = bit >> 3 === 1
      assert.throws(() => open(changed), { code: isOtherKind ? 'unknown_format' : code }, `bit ${bit}`)
    }
  })

  it('does not open under another key, in another place, or cut', () => {
    const sealed = box.seal({ key, version: 1 }, place, words)
    assert.throws(() => open(sealed, place, generateKey()), { code: 'tag_mismatch' })
    assert.throws(() => open(sealed, ['message', 'body', '0198c0de-0000-7000-8000-000000000002']), { code: 'tag_mismatch' })
    assert.throws(() => open(sealed, ['messageb', 'ody', place[2] ?? '']), { code: 'tag_mismatch' })
    for (const size of [sealed.length - 1, SEAL_BYTES, SEAL_BYTES + 1]) {
      assert.throws(() => open(sealed.subarray(0, size)), { code: 'tag_mismatch' })
    }
    for (const size of [0, 1, SEAL_BYTES - 1]) assert.throws(() => open(sealed.subarray(0, size)), { code: 'unknown_format' })
  })

  it('asks for the key of the version that is written on it, and tells no other from it', () => {
    const sealed = box.seal({ key, version: 7 }, place, words)
    const asked: number[] = []
    box.open(
      (version) => {
        asked.push(version)
        return key
      },
      place,
      sealed,
    )
    assert.deepEqual(asked, [7])
    const relabelled = Buffer.from(sealed)
    relabelled.writeUInt32BE(8, 2)
    assert.throws(() => open(relabelled), { code: 'tag_mismatch' })
  })

  it('refuses a key that was destroyed, a version that is none, and a text that is a stream', () => {
    const gone = generateKey()
    const sealed = box.seal({ key: gone, version: 1 }, place, words)
    destroyKey(gone)
    assert.throws(() => open(sealed, place, gone), { code: 'key_destroyed' })
    assert.throws(() => box.seal({ key: gone, version: 1 }, place, words), { code: 'key_destroyed' })
    for (const version of [0, -1, 1.5, 2 ** 32]) {
      assert.throws(() => box.seal({ key, version }, place, words), { code: 'limit_exceeded' })
    }
    assert.throws(() => box.seal({ key, version: 1 }, place, Buffer.alloc(RECORD_BYTES_MAX + 1)), { code: 'limit_exceeded' })
  })

  it('binds different places to different bytes', () => {
    const header = headerOf('record', 1)
    const places: Place[] = [[], [''], ['', ''], ['a'], ['a', ''], ['', 'a'], ['ab'], ['a', 'b']]
    assert.equal(new Set(places.map((each) => boundOf(header, each).toString('hex'))).size, places.length)
  })
})
