import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import {
  BLOCK_BYTES,
  CIPHERS,
  CURVES,
  HASH_BITS,
  SECTION_BYTES,
  type Algorithm,
  type Cipher,
  type CounterMode,
  type HashBits,
  type MacStream,
  type Operations,
} from '../operations.ts'
import { bytesOf, importKey, KEY_BYTES, type SecretKey } from '../secret-key.ts'

/** How many random cases, and which: the same seed makes the same. A failure prints the seed and the smallest case that shows it. */
export interface Trial {
  readonly runs: number
  readonly seed: number
}

/** Rejects where the two differ. */
export type Comparison = (trial: Trial) => Promise<void>

/**
 * For each algorithm that both have: random keys, data, and cuts of the data into pieces, other cuts for each of the two. Signatures are
 * made by either and tried by both. `counterBlocksMax`: where one of the two counts wrongly beyond it.
 */
export const comparisons = (
  one: Partial<Operations>,
  other: Partial<Operations>,
  { counterBlocksMax = Infinity }: { readonly counterBlocksMax?: number } = {},
): ReadonlyMap<Algorithm, Comparison> => {
  const found = new Map<Algorithm, Comparison>()
  const add = <A extends Algorithm>(algorithm: A, compare: (pair: Pair<A>) => Comparison): void => {
    const first: Operations[A] | undefined = one[algorithm]
    const second: Operations[A] | undefined = other[algorithm]
    if (first !== undefined && second !== undefined) found.set(algorithm, compare([first, second]))
  }
  for (const cipher of CIPHERS) {
    add(`${cipher}-ecb`, blocks(cipher))
    const bytesMax = Math.min(DATA_BYTES_MAX, counterBlocksMax * BLOCK_BYTES[cipher])
    add(`${cipher}-ctr`, counter(cipher, { sectioned: false, bytesMax }))
    add(`${cipher}-ctr-acpkm`, counter(cipher, { sectioned: true, bytesMax }))
    add(`${cipher}-omac`, (pair) => sums((stream, { key }) => pair[stream].start(key), KEY_LENGTH))
    add(`${cipher}-omac-acpkm`, sectionedMac(cipher))
    add(`${cipher}-mgm`, aead(cipher))
    add(`${cipher}-kexp15`, wrapping(cipher))
  }
  for (const bits of HASH_BITS) {
    add(`streebog-${bits}`, (pair) => sums((stream) => pair[stream].start(), KEY_LENGTH))
    add(`hmac-streebog-${bits}`, (pair) => sums((stream, { key }) => pair[stream].start(key), ANY_KEY_LENGTH))
    add(`gost3410-2012-${bits}`, signing(bits))
  }
  add('pbkdf2-streebog-512', passwordKey)
  add('kdf-tree-streebog-256', tree)
  return found
}

type Pair<A extends Algorithm> = readonly [Operations[A], Operations[A]]
const BOTH = [0, 1] as const

/** Three of the longest sections, and what does not fill a block. */
const DATA_BYTES_MAX = 3 * SECTION_BYTES.kuznyechik + 100
const SMALL_BYTES_MAX = 600
const CUTS_MAX = 6

/** Bytes out of a number: quicker to make than an array of numbers, and of any length. */
const bytesFrom = (seed: number, length: number): Buffer =>
  length === 0 ? Buffer.alloc(0) : createHash('shake256', { outputLength: length }).update(String(seed)).digest()

const bytes = (min: number, max = min): fc.Arbitrary<Buffer> =>
  fc.tuple(fc.nat(), fc.integer({ min, max })).map(([seed, length]) => bytesFrom(seed, length))
const keyOf = (length: fc.Arbitrary<number>): fc.Arbitrary<SecretKey> =>
  fc.tuple(fc.nat(), length).map(([seed, size]) => importKey(bytesFrom(seed, size)))
const KEY_LENGTH = fc.constant(KEY_BYTES)
const ANY_KEY_LENGTH = fc.integer({ min: 0, max: 200 })
const key = keyOf(KEY_LENGTH)

const cuts = fc.array(fc.nat(DATA_BYTES_MAX), { maxLength: CUTS_MAX })

/** Some of the pieces are empty. */
const pieces = (data: Uint8Array, at: readonly number[]): Uint8Array[] => {
  const places = [0, ...at.map((place) => place % (data.length + 1)).sort((a, b) => a - b), data.length]
  return places.slice(1).map((to, index) => data.subarray(places[index], to))
}

const check = async <Case>(
  { runs, seed }: Trial,
  cases: fc.Arbitrary<Case>,
  property: (input: Case) => void | Promise<void>,
): Promise<void> => {
  await fc.assert(
    fc.asyncProperty(cases, async (input) => property(input)),
    { numRuns: runs, seed },
  )
}

const same = (a: Uint8Array, b: Uint8Array): void => {
  assert.equal(Buffer.compare(a, b), 0, 'the two differ')
}

const blocks =
  (cipher: Cipher) =>
  ([one, other]: Pair<`${Cipher}-ecb`>): Comparison =>
  (trial) =>
    check(trial, fc.record({ key, count: fc.nat(40), seed: fc.nat() }), (input) => {
      const plain = bytesFrom(input.seed, input.count * BLOCK_BYTES[cipher])
      const sealed = one.encrypt(input.key, plain)
      same(other.encrypt(input.key, plain), sealed)
      same(one.decrypt(input.key, sealed), plain)
      same(other.decrypt(input.key, sealed), plain)
    })

/** Sections of any length that both have; where one has but one length, that. */
const counter =
  (cipher: Cipher, { sectioned, bytesMax }: { sectioned: boolean; bytesMax: number }) =>
  (pair: readonly [CounterMode, CounterMode]): Comparison => {
    const block = BLOCK_BYTES[cipher]
    const only = pair.map(({ onlySectionBytes }) => onlySectionBytes).find((length) => length !== undefined)
    const some = fc.integer({ min: 1, max: 40 }).map((count) => count * block)
    const sectionBytes = !sectioned ? fc.constant(undefined) : only === undefined ? some : fc.constantFrom(only, undefined)
    const cases = fc.record({
      key,
      iv: bytes(block / 2),
      data: bytes(0, bytesMax),
      sectionBytes,
      cuts: fc.tuple(cuts, cuts),
    })
    return (trial) =>
      check(trial, cases, (input) => {
        const [first, second] = BOTH.map((each) => {
          const stream = pair[each].start(input.key, input.iv, input.sectionBytes)
          return Buffer.concat(pieces(input.data, input.cuts[each]).map((piece) => stream.update(piece)))
        })
        assert.ok(first !== undefined && second !== undefined)
        same(first, second)
      })
  }

const sums =
  (start: (stream: 0 | 1, input: { readonly key: SecretKey }) => MacStream, keyLength: fc.Arbitrary<number>): Comparison =>
  (trial) =>
    check(trial, fc.record({ key: keyOf(keyLength), data: bytes(0, DATA_BYTES_MAX), cuts: fc.tuple(cuts, cuts) }), (input) => {
      const [first, second] = BOTH.map((each) => {
        const stream = start(each, input)
        for (const piece of pieces(input.data, input.cuts[each])) stream.update(piece)
        return stream.finish()
      })
      assert.ok(first !== undefined && second !== undefined)
      same(first, second)
    })

const sectionedMac =
  (cipher: Cipher) =>
  (pair: Pair<`${Cipher}-omac-acpkm`>): Comparison => {
    const whole = fc.integer({ min: 1, max: 40 }).map((count) => count * BLOCK_BYTES[cipher])
    const cases = fc.record({ sectionBytes: whole, masterSectionBytes: whole, seed: fc.nat() })
    return (trial) =>
      check(trial, cases, ({ seed, ...sections }) =>
        sums((stream, input) => pair[stream].start(input.key, sections), KEY_LENGTH)({ runs: 1, seed }),
      )
  }

const aead =
  (cipher: Cipher) =>
  ([one, other]: Pair<`${Cipher}-mgm`>): Comparison => {
    const nonce = bytes(BLOCK_BYTES[cipher]).map((each) => {
      each[0] = (each[0] ?? 0) & 0x7f
      return each
    })
    const cases = fc.record({ key, nonce, bound: bytes(0, SMALL_BYTES_MAX), text: bytes(0, DATA_BYTES_MAX), bit: fc.nat() })
    return (trial) =>
      check(trial, cases, ({ bit, ...input }) => {
        fc.pre(input.bound.length + input.text.length > 0)
        const sealed = one.seal(input.key, input)
        const again = other.seal(input.key, input)
        same(again.text, sealed.text)
        same(again.tag, sealed.tag)
        same(other.open(input.key, { ...input, sealed }), input.text)
        const changed = flipped(Buffer.concat([sealed.text, sealed.tag]), bit)
        const wrong = { text: changed.subarray(0, sealed.text.length), tag: changed.subarray(sealed.text.length) }
        for (const each of [one, other]) {
          assert.throws(() => each.open(input.key, { ...input, sealed: wrong }), { code: 'tag_mismatch' })
        }
      })
  }

const wrapping =
  (cipher: Cipher) =>
  ([one, other]: Pair<`${Cipher}-kexp15`>): Comparison =>
  (trial) =>
    check(trial, fc.record({ mac: key, cipher: key, key, iv: bytes(BLOCK_BYTES[cipher] / 2), bit: fc.nat() }), (input) => {
      const wrapped = one.wrap(input, input)
      same(other.wrap(input, input), wrapped)
      const { iv } = input
      for (const each of [one, other]) {
        same(bytesOf(each.unwrap(input, { iv, wrapped })), bytesOf(input.key))
        assert.throws(() => each.unwrap(input, { iv, wrapped: flipped(wrapped, input.bit) }), { code: 'tag_mismatch' })
      }
    })

const passwordKey =
  ([one, other]: Pair<'pbkdf2-streebog-512'>): Comparison =>
  (trial) => {
    const small = bytes(0, 200)
    const cases = fc.record({
      password: small,
      salt: small,
      rounds: fc.integer({ min: 1, max: 20 }),
      bytes: fc.integer({ min: 1, max: 200 }),
    })
    return check(trial, cases, async (input) => same(await one.derive(input), await other.derive(input)))
  }

const tree =
  ([one, other]: Pair<'kdf-tree-streebog-256'>): Comparison =>
  (trial) => {
    const small = bytes(0, 100)
    const cases = fc.record({
      key,
      label: small,
      seed: small,
      counterBytes: fc.integer({ min: 1, max: 4 }),
      bytes: fc.integer({ min: 1, max: 300 }),
    })
    return check(trial, cases, (input) => same(one.derive(input.key, input), other.derive(input.key, input)))
  }

/** Every case has a key of its own, made by one of the two in turn; each change of message, signature or point must be noticed by both. */
const signing =
  (bits: HashBits) =>
  (pair: Pair<`gost3410-2012-${HashBits}`>): Comparison =>
  (trial) => {
    const curve = fc.constantFrom(...CURVES[bits])
    const cases = fc.record({ curve, message: bytes(0, SMALL_BYTES_MAX), maker: fc.constantFrom(...BOTH), bit: fc.nat() })
    return check(trial, cases, async (input) => {
      const { signing: secret, verifying } = await pair[input.maker].generate(input.curve)
      const { verifying: another } = await pair[input.maker].generate(input.curve)
      for (const signer of pair) {
        const signature = await signer.sign(secret, input.message)
        assert.equal(signature.length, bits / 4)
        for (const verifier of pair) {
          assert.equal(await verifier.verify(verifying, input.message, signature), true)
          assert.equal(await verifier.verify(another, input.message, signature), false)
          assert.equal(await verifier.verify(verifying, input.message, flipped(signature, input.bit)), false)
          assert.equal(await verifier.verify(verifying, Buffer.concat([input.message, Buffer.of(0)]), signature), false)
        }
      }
    })
  }

const flipped = (given: Uint8Array, bit: number): Uint8Array => {
  const changed = Uint8Array.from(given)
  const at = bit % (8 * given.length)
  changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7))
  return changed
}
