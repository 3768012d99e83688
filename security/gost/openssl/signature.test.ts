import assert from 'node:assert/strict'
import { needPrograms } from '../../../core/test/peers/debian-packages.ts'
import { CURVES, HASH_BITS, type CurveName, type HashBits, type Signature } from '../operations.ts'
import type { CryptoProvider } from '../provider.ts'
import { bytesOf, destroyKey, importKey, type SecretKey } from '../secret-key.ts'
import { isSignature, little, mod, pointIn, rootOf, times, type Point } from '../test/signature-reference.ts'
import { wasmProvider } from '../wasm/provider.ts'
import { CURVE_PARAMETERS } from '../curves.ts'
import { ENGINE_PROGRAM, opensslProvider } from './provider.ts'
import { toLittle } from '../point.ts'
import { signatureOperation } from './signature.ts'

describe("the engine's signatures", () => {
  let provider: CryptoProvider
  let own: CryptoProvider
  before(async function () {
    await needPrograms(this, [ENGINE_PROGRAM])
    const loaded = opensslProvider()
    assert.ok(loaded !== null)
    provider = loaded
    own = wasmProvider()
  })
  after(() => own.close())

  const operation = (bits: HashBits): Signature => provider.operations[`gost3410-2012-${bits}`] ?? assert.fail()
  /** By our own Streebog. */
  const digestOf = (bits: HashBits, message: Uint8Array): Uint8Array => {
    const stream = own.operations[`streebog-${bits}`]?.start() ?? assert.fail()
    stream.update(message)
    return stream.finish()
  }
  const secretOf = (value: bigint, bits: HashBits): SecretKey => importKey(toLittle(value, bits / 8))
  const pointBytes = (point: Point, bits: HashBits): Uint8Array => {
    assert.ok(point !== null)
    return Buffer.concat([toLittle(point.x, bits / 8), toLittle(point.y, bits / 8)])
  }

  for (const bits of HASH_BITS) {
    for (const curve of CURVES[bits]) {
      it(`hold by plain arithmetic on ${curve}, and are s before r`, async () => {
        const { signing, verifying } = await operation(bits).generate(curve)
        const point = pointIn(verifying.point)
        const d = little(bytesOf(signing.secret))
        assert.deepEqual(times(CURVE_PARAMETERS[curve], CURVE_PARAMETERS[curve].base, d), point)
        for (const message of [Buffer.alloc(0), Buffer.from('a message'), Buffer.alloc(300 * 1024, 5)]) {
          const signature = await operation(bits).sign(signing, message)
          const digest = digestOf(bits, message)
          assert.equal(isSignature(curve, point, digest, signature), true)
          assert.equal(await operation(bits).verify(verifying, message, signature), true)
          const turned = Buffer.concat([signature.subarray(bits / 8), signature.subarray(0, bits / 8)])
          assert.equal(isSignature(curve, point, digest, turned), false)
          assert.equal(await operation(bits).verify(verifying, message, turned), false)
          assert.notDeepEqual(await operation(bits).sign(signing, message), signature)
        }
      })
    }

    it(`of ${String(bits)} bits are told from whatever is none`, async () => {
      for (const curve of CURVES[bits]) {
        const { signing, verifying } = await operation(bits).generate(curve)
        const message = Buffer.from('message')
        const signature = await operation(bits).sign(signing, message)
        const half = bits / 8
        const [s, r] = [signature.subarray(0, half), signature.subarray(half)]
        const q = toLittle(CURVE_PARAMETERS[curve].q, half).reverse()
        const zero = Buffer.alloc(half)
        const none = [
          [zero, zero],
          [zero, r],
          [s, zero],
          [q, r],
          [s, q],
          [q, q],
          [Buffer.alloc(half, 255), r],
          [s, Buffer.alloc(half, 255)],
          [s, r, Buffer.of(0)],
          [s, r.subarray(1)],
          [s],
          [],
        ]
        for (const parts of none) {
          assert.equal(await operation(bits).verify(verifying, message, Buffer.concat(parts)), false)
        }
        const long = Buffer.alloc(300 * 1024)
        assert.equal(await operation(bits).verify(verifying, long, signature), false)
        assert.equal(await operation(bits).verify(verifying, long, Buffer.concat([zero, zero])), false)
      }
    })

    it(`of ${String(bits)} bits are made by keys in range alone`, async () => {
      const message = Buffer.from('message')
      for (const curve of CURVES[bits]) {
        const { q, base } = CURVE_PARAMETERS[curve]
        for (const d of [0n, q, q + 1n, 2n ** BigInt(bits) - 1n]) {
          const refused = operation(bits).sign({ curve, secret: secretOf(d, bits) }, message)
          await assert.rejects(refused, { code: 'invalid_key' })
        }
        const verifying = { curve, point: pointBytes(base, bits) }
        const signature = await operation(bits).sign({ curve, secret: secretOf(1n, bits) }, message)
        assert.equal(await operation(bits).verify(verifying, message, signature), true)
        const last = await operation(bits).sign({ curve, secret: secretOf(q - 1n, bits) }, message)
        const opposite = { curve, point: pointBytes({ x: base.x, y: mod(-base.y, CURVE_PARAMETERS[curve].p) }, bits) }
        assert.equal(await operation(bits).verify(opposite, message, last), true)
        const short = { curve, secret: importKey(Buffer.alloc(bits / 8 - 1, 1)) }
        await assert.rejects(operation(bits).sign(short, message), { code: 'invalid_length' })
      }
    })

    it(`of ${String(bits)} bits are not tried with what is no point of the curve`, async () => {
      const message = Buffer.from('message')
      for (const curve of CURVES[bits]) {
        const { p, base } = CURVE_PARAMETERS[curve]
        const { verifying, signing } = await operation(bits).generate(curve)
        const signature = await operation(bits).sign(signing, message)
        const half = bits / 8
        const refuses = async (point: Uint8Array, code: string): Promise<void> => {
          await assert.rejects(operation(bits).verify({ curve, point }, message, signature), { code })
        }
        const moved = Uint8Array.from(verifying.point)
        moved[half] = (moved[half] ?? 0) ^ 1
        await refuses(moved, 'invalid_key')
        await refuses(new Uint8Array(2 * half), 'invalid_key')
        await refuses(new Uint8Array(2 * half).fill(255), 'invalid_key')
        await refuses(verifying.point.subarray(1), 'invalid_length')
        if (base.x + p < 2n ** BigInt(bits)) await refuses(pointBytes({ x: base.x + p, y: base.y }, bits), 'invalid_key')
      }
    })
  }

  it('are not tried with points of a small order, for which anybody could sign', async () => {
    for (const curve of ['tc26-256-a', 'tc26-512-c'] as const satisfies CurveName[]) {
      const parameters = CURVE_PARAMETERS[curve]
      const { p, a, b, q, bits } = parameters
      const orders = new Set<bigint>()
      for (let x = 0n; x < 60n; x++) {
        const square = mod(x * x * x + a * x + b, p)
        const y = rootOf(square, p)
        if ((y * y) % p !== square) continue
        const small = times(parameters, { x, y }, q)
        const order = [1n, 2n, 4n].find((factor) => times(parameters, small, factor) === null)
        assert.ok(order !== undefined)
        orders.add(order)
        if (small === null) continue
        const refused = operation(bits).verify({ curve, point: pointBytes(small, bits) }, Buffer.of(1), Buffer.alloc(bits / 4, 1))
        await assert.rejects(refused, { code: 'invalid_key' })
      }
      assert.deepEqual([...orders].sort(), [1n, 2n, 4n])
    }
  })

  it('stay apart: a key serves its own length alone, and each of its curves by itself', async () => {
    const message = Buffer.from('message')
    const { signing, verifying } = await operation(256).generate('tc26-256-b')
    await assert.rejects(operation(512).sign(signing, message), { code: 'invalid_key' })
    await assert.rejects(operation(512).verify(verifying, message, Buffer.alloc(128, 1)), { code: 'invalid_key' })
    await assert.rejects(operation(256).generate('tc26-512-a'), { code: 'invalid_key' })
    const secret = secretOf(5n, 256)
    for (const curve of ['tc26-256-b', 'tc26-256-c', 'tc26-256-b'] as const) {
      const point = times(CURVE_PARAMETERS[curve], CURVE_PARAMETERS[curve].base, 5n)
      const signature = await operation(256).sign({ curve, secret }, message)
      assert.equal(await operation(256).verify({ curve, point: pointBytes(point, 256) }, message, signature), true)
    }
  })

  it('are not made any more when the key was destroyed', async () => {
    const { signing } = await operation(512).generate('tc26-512-b')
    await operation(512).sign(signing, Buffer.of(1))
    destroyKey(signing.secret)
    await assert.rejects(operation(512).sign(signing, Buffer.of(1)), { code: 'key_destroyed' })
  })

  it('get keys from 1 to the order alone, whatever the generator gives', async () => {
    const { q } = CURVE_PARAMETERS['tc26-256-a']
    const given = [q, 2n ** 256n - 1n, 0n, q + 1n, q - 1n].map((value) => toLittle(value, 32))
    const inTurn = signatureOperation(256, (bytes) => bytes.set(given.shift() ?? assert.fail()))
    const { signing } = await inTurn.generate('tc26-256-a')
    assert.equal(little(bytesOf(signing.secret)), q - 1n)
    for (const stuck of [0, 255]) {
      const never = signatureOperation(256, (bytes) => bytes.fill(stuck))
      await assert.rejects(never.generate('tc26-256-a'), { code: 'provider_failed' })
    }
  })
})
