import assert from 'node:assert/strict'
import { randomBytes, randomFillSync } from 'node:crypto'
import GostSign from 'gost-crypto/lib/gostSign.js'
import { CURVE_PARAMETERS, type Curve } from '../curves.ts'
import { CURVES, HASH_BITS, type CurveName } from '../operations.ts'
import { toLittle } from '../point.ts'
import { randomNumber } from '../private-number.ts'
import { isSignature, little, mod, pointIn, rootOf, times } from '../test/signature-reference.ts'
import { curveArithmetic, type CurveArithmetic } from './curve-arithmetic.ts'

const NAMES: readonly CurveName[] = HASH_BITS.flatMap((bits) => [...CURVES[bits]])
const COFACTOR_4: readonly CurveName[] = ['tc26-256-a', 'tc26-512-c']
/** Half of all numbers are no x of a point; of the rest a quarter has the base's order. */
const POINTS = 8

const sizeOf = ({ bits }: Curve): number => bits / 8
const bytes = (curve: Curve, value: bigint): Buffer => toLittle(value, sizeOf(curve))
const encoded = (curve: Curve, { x, y }: { x: bigint; y: bigint }): Buffer => Buffer.concat([bytes(curve, x), bytes(curve, y)])
const signatureOf = (curve: Curve, { r, s }: { r: bigint; s: bigint }): Buffer =>
  Buffer.concat([bytes(curve, s).reverse(), bytes(curve, r).reverse()])
const freshK = (curve: Curve) => (): Uint8Array => randomNumber(curve, randomFillSync)
/** First those that are given, then fresh ones. */
const ksOf = (curve: Curve, ...first: readonly bigint[]) => {
  const left = [...first]
  return (): Uint8Array => {
    const k = left.shift()
    return k === undefined ? freshK(curve)() : bytes(curve, k)
  }
}

const pointOf = (arithmetic: CurveArithmetic, d: Uint8Array): Uint8Array => arithmetic.generate(() => Uint8Array.from(d)).point

interface Example {
  readonly source: string
  readonly curve: Curve
  readonly d: bigint
  readonly point: { readonly x: bigint; readonly y: bigint }
  readonly e: bigint
  readonly k: bigint
  readonly r: bigint
  readonly s: bigint
}
const number = (...digits: readonly string[]): bigint => BigInt(`0x${digits.join('')}`)

/** On curves that are for nothing else. */
const EXAMPLES: readonly Example[] = [
  {
    source: 'RFC 7091, 7.1 (GOST R 34.10-2012, A.1)',
    curve: {
      bits: 256,
      oid: '1.2.643.7.1.2.1.1.0',
      p: number('8000000000000000000000000000000000000000000000000000000000000431'),
      a: 7n,
      b: number('5fbff498aa938ce739b8e022fbafef40563f6e6a3472fc2a514c0ce9dae23b7e'),
      q: number('8000000000000000000000000000000150fe8a1892976154c59cfc193accf5b3'),
      cofactor: 1,
      base: { x: 2n, y: number('08e2a8a0e65147d4bd6316030e16d19c85c97f0a9ca267122b96abbcea7e8fc8') },
    },
    d: number('7a929ade789bb9be10ed359dd39a72c11b60961f49397eee1d19ce9891ec3b28'),
    point: {
      x: number('7f2b49e270db6d90d8595bec458b50c58585ba1d4e9b788f6689dbd8e56fd80b'),
      y: number('26f1b489d6701dd185c8413a977b3cbbaf64d1c593d26627dffb101a87ff77da'),
    },
    e: number('2dfbc1b372d89a1188c09c52e0eec61fce52032ab1022e8e67ece6672b043ee5'),
    k: number('77105c9b20bcd3122823c8cf6fcc7b956de33814e95b7fe64fed924594dceab3'),
    r: number('41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493'),
    s: number('01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40'),
  },
  {
    source: 'RFC 7091, 7.2 (GOST R 34.10-2012, A.2)',
    curve: {
      bits: 512,
      oid: '1.2.643.7.1.2.1.2.0',
      p: number(
        '4531acd1fe0023c7550d267b6b2fee80922b14b2ffb90f04d4eb7c09b5d2d15d',
        'f1d852741af4704a0458047e80e4546d35b8336fac224dd81664bbf528be6373',
      ),
      a: 7n,
      b: number(
        '1cff0806a31116da29d8cfa54e57eb748bc5f377e49400fdd788b649eca1ac43',
        '61834013b2ad7322480a89ca58e0cf74bc9e540c2add6897fad0a3084f302adc',
      ),
      q: number(
        '4531acd1fe0023c7550d267b6b2fee80922b14b2ffb90f04d4eb7c09b5d2d15d',
        'a82f2d7ecb1dbac719905c5eecc423f1d86e25edbe23c595d644aaf187e6e6df',
      ),
      cofactor: 1,
      base: {
        x: number(
          '24d19cc64572ee30f396bf6ebbfd7a6c5213b3b3d7057cc825f91093a68cd762',
          'fd60611262cd838dc6b60aa7eee804e28bc849977fac33b4b530f1b120248a9a',
        ),
        y: number(
          '2bb312a43bd2ce6e0d020613c857acddcfbf061e91e5f2c3f32447c259f39b2c',
          '83ab156d77f1496bf7eb3351e1ee4e43dc1a18b91b24640b6dbb92cb1add371e',
        ),
      },
    },
    d: number(
      '0ba6048aadae241ba40936d47756d7c93091a0e8514669700ee7508e508b1020',
      '72e8123b2200a0563322dad2827e2714a2636b7bfd18aadfc62967821fa18dd4',
    ),
    point: {
      x: number(
        '115dc5bc96760c7b48598d8ab9e740d4c4a85a65be33c1815b5c320c854621dd',
        '5a515856d13314af69bc5b924c8b4ddff75c45415c1d9dd9dd33612cd530efe1',
      ),
      y: number(
        '37c7c90cd40b0f5621dc3ac1b751cfa0e2634fa0503b3d52639f5d7fb72afd61',
        'ea199441d943ffe7f0c70a2759a3cdb84c114e1f9339fdf27f35eca93677beec',
      ),
    },
    e: number(
      '3754f3cfacc9e0615c4f4a7c4d8dab531b09b6f9c170c533a71d147035b0c591',
      '7184ee536593f4414339976c647c5d5a407adedb1d560c4fc6777d2972075b8c',
    ),
    k: number(
      '0359e7f4b1410feacc570456c6801496946312120b39d019d455986e364f3658',
      '86748ed7a44b3e794434006011842286212273a6d14cf70ea3af71bb1ae679f1',
    ),
    r: number(
      '2f86fa60a081091a23dd795e1e3c689ee512a3c82ee0dcc2643c78eea8fcacd3',
      '5492558486b20f1c9ec197c90699850260c93bcbcd9c5c3317e19344e173ae36',
    ),
    s: number(
      '1081b394696ffe8e6585e7a9362d26b6325f56778aadbc081c0bfbe933d52ff5',
      '823ce288e8c4f362526080df7f70ce406a6eeb1f56919cb92a9853bde73e5b4a',
    ),
  },
]

describe("gost-crypto's arithmetic, with what it leaves unchecked", () => {
  for (const { source, curve, d, point, e, k, r, s } of EXAMPLES) {
    it(`gives what stands in ${source}`, async () => {
      const arithmetic = await curveArithmetic(curve)
      assert.deepEqual(pointIn(pointOf(arithmetic, bytes(curve, d))), point)
      const made = arithmetic.sign(bytes(curve, d), bytes(curve, e), ksOf(curve, k))
      assert.deepEqual(Buffer.from(made), signatureOf(curve, { r, s }))
      assert.equal(arithmetic.verify(encoded(curve, point), bytes(curve, e), made), true)
      assert.equal(arithmetic.verify(encoded(curve, point), bytes(curve, e ^ 1n), made), false)
    })
  }

  for (const name of NAMES) {
    const curve = CURVE_PARAMETERS[name]
    const { q, base } = curve

    it(`tells on ${name} that a sum which is infinity is no signature, where gost-crypto throws`, async () => {
      const arithmetic = await curveArithmetic(curve)
      const d = little(randomNumber(curve, randomFillSync))
      const point = pointOf(arithmetic, bytes(curve, d))
      for (const r of [1n, 5n, q - 1n]) {
        assert.equal(arithmetic.verify(point, randomBytes(sizeOf(curve)), signatureOf(curve, { r, s: mod(r * d, q) })), false)
      }
    })

    it(`asks on ${name} for another k where r or s is zero, where gost-crypto tries the same for ever`, async () => {
      const arithmetic = await curveArithmetic(curve)
      // With k = 1, r is the base's x, and s = rd + e.
      const r = base.x % q
      const d = little(randomNumber(curve, randomFillSync))
      const digest = bytes(curve, mod(-r * d, q))
      const made = arithmetic.sign(bytes(curve, d), digest, ksOf(curve, 1n))
      assert.equal(isSignature(name, pointIn(pointOf(arithmetic, bytes(curve, d))), digest, made), true)
      assert.throws(() => arithmetic.sign(bytes(curve, d), digest, () => bytes(curve, 1n)), { code: 'provider_failed' })
    })

    it(`adds points on ${name} that are equal, opposite or halves`, async () => {
      const arithmetic = await curveArithmetic(curve)
      for (const d of [1n, 2n, (q + 1n) / 2n, q - 2n, q - 1n]) {
        const point = pointOf(arithmetic, bytes(curve, d))
        assert.deepEqual(pointIn(point), times(curve, base, d))
        const digest = randomBytes(sizeOf(curve))
        const made = arithmetic.sign(bytes(curve, d), digest, freshK(curve))
        assert.equal(isSignature(name, pointIn(point), digest, made), true)
        assert.equal(arithmetic.verify(point, digest, made), true)
      }
    })
  }

  for (const name of COFACTOR_4) {
    it(`takes those points of ${name} alone that have the order of the base`, async () => {
      const curve = CURVE_PARAMETERS[name]
      const arithmetic = await curveArithmetic(curve)
      const verdicts = new Set<boolean>()
      for (let x = 1n, found = 0; found < POINTS || verdicts.size < 2; x++) {
        const square = mod(x * x * x + curve.a * x + curve.b, curve.p)
        const y = rootOf(square, curve.p)
        if (mod(y * y, curve.p) !== square) continue
        found++
        const isKey = times(curve, { x, y }, curve.q) === null
        verdicts.add(isKey)
        const verify = (): boolean =>
          arithmetic.verify(encoded(curve, { x, y }), bytes(curve, 5n), signatureOf(curve, { r: 1n, s: 1n }))
        if (isKey) assert.equal(verify(), false)
        else assert.throws(verify, { code: 'invalid_key' })
      }
    })
  }

  describe('goes another way where gost-crypto has no inverse of a number', () => {
    // Found by trying one after the other.
    const [K, E, FACTOR] = [1552n, 33871n, 10444n]
    const name: CurveName = 'tc26-256-b'
    const curve = CURVE_PARAMETERS[name]
    const plain = ({ p, a, b, q }: Curve, { x, y }: { x: bigint; y: bigint }, ukm: bigint): GostSign => {
      const hex = (value: bigint): string => `0x${value.toString(16)}`
      const parameters = { p: hex(p), a: hex(a), b: hex(b), q: hex(q), x: hex(x), y: hex(y) }
      return new GostSign({ length: 256, curve: parameters, ukm: Uint8Array.from(toLittle(ukm, 32)).buffer })
    }
    const buffer = (value: bigint): ArrayBuffer => Uint8Array.from(toLittle(value, 32)).buffer

    it('when it generates and signs: by another number', async () => {
      assert.throws(() => plain(curve, curve.base, K).generateKey(), ReferenceError)
      assert.throws(() => plain(curve, curve.base, K).sign(buffer(1n), buffer(1n)), ReferenceError)
      const arithmetic = await curveArithmetic(curve)
      const { privateNumber, point } = arithmetic.generate(ksOf(curve, K, 3n))
      assert.deepEqual([little(privateNumber), pointIn(point)], [3n, times(curve, curve.base, 3n)])
      const digest = randomBytes(32)
      assert.equal(isSignature(name, pointIn(point), digest, arithmetic.sign(privateNumber, digest, ksOf(curve, K))), true)
      assert.throws(() => arithmetic.generate(() => bytes(curve, K)), { code: 'provider_failed' })
      assert.throws(() => arithmetic.sign(privateNumber, digest, () => bytes(curve, K)), { code: 'provider_failed' })
    })

    it('when it verifies: by the negatives', async () => {
      const arithmetic = await curveArithmetic(curve)
      const { privateNumber, point } = arithmetic.generate(freshK(curve))
      const made = arithmetic.sign(privateNumber, bytes(curve, E), freshK(curve))
      const given = [point, Uint8Array.from(made).reverse()].map((part) => Uint8Array.from(part).buffer)
      const [key = assert.fail(), signature = assert.fail()] = given
      assert.throws(() => plain(curve, curve.base, 1n).verify(key, signature, buffer(E)), ReferenceError)
      assert.equal(arithmetic.verify(point, bytes(curve, E), made), true)
      assert.equal(arithmetic.verify(point, bytes(curve, E), made.with(0, (made[0] ?? 0) ^ 1)), false)
    })

    it('when it looks at the order of a key: by one more than the order', async () => {
      const other = CURVE_PARAMETERS['tc26-256-a']
      const key = times(other, other.base, FACTOR) ?? assert.fail()
      assert.throws(() => plain(other, key, other.q - 1n).generateKey(), ReferenceError)
      const arithmetic = await curveArithmetic(other)
      const digest = randomBytes(32)
      const made = arithmetic.sign(bytes(other, FACTOR), digest, freshK(other))
      assert.equal(arithmetic.verify(encoded(other, key), digest, made), true)
    })
  })

  it('takes numbers, digests and k of the right length and range alone', async () => {
    const curve = CURVE_PARAMETERS['tc26-256-b']
    const arithmetic = await curveArithmetic(curve)
    const [one, digest] = [bytes(curve, 1n), randomBytes(32)]
    const point = pointOf(arithmetic, one)
    const sign = (d: Uint8Array, e: Uint8Array, k: Uint8Array) => () => arithmetic.sign(d, e, () => k)
    for (const d of [new Uint8Array(32), bytes(curve, curve.q), new Uint8Array(32).fill(255)]) {
      assert.throws(() => pointOf(arithmetic, d), { code: 'provider_failed' })
      assert.throws(sign(d, digest, one), { code: 'invalid_key' })
      assert.throws(sign(one, digest, d), { code: 'provider_failed' })
    }
    for (const other of [0, 31, 33, 64].map((length) => new Uint8Array(length).fill(1))) {
      assert.throws(() => pointOf(arithmetic, other), { code: 'provider_failed' })
      assert.throws(sign(other, digest, one), { code: 'invalid_length' })
      assert.throws(sign(one, other, one), { code: 'invalid_length' })
      assert.throws(sign(one, digest, other), { code: 'provider_failed' })
      assert.throws(() => arithmetic.verify(point, other, new Uint8Array(64)), { code: 'invalid_length' })
    }
    assert.throws(() => arithmetic.verify(one, digest, new Uint8Array(64)), { code: 'invalid_length' })
  })

  it('takes a digest that is a multiple of q for one, when it signs and when it verifies', async () => {
    const name: CurveName = 'tc26-256-c'
    const curve = CURVE_PARAMETERS[name]
    const arithmetic = await curveArithmetic(curve)
    const d = randomNumber(curve, randomFillSync)
    const point = pointOf(arithmetic, d)
    for (const e of [0n, 1n, curve.q]) {
      const made = arithmetic.sign(d, bytes(curve, e), freshK(curve))
      assert.equal(isSignature(name, pointIn(point), bytes(curve, e), made), true)
      assert.equal(arithmetic.verify(point, bytes(curve, e), made), true)
    }
  })
})
