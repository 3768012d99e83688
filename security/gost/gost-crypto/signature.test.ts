import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomFillSync, randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { needPrograms } from '../../../core/test/peers/debian-packages.ts'
import { CURVE_PARAMETERS } from '../curves.ts'
import { tryKnownAnswers } from '../known-answers.ts'
import { ENGINE_PROGRAM, opensslProvider } from '../openssl/provider.ts'
import { CURVES, HASH_BITS, type CurveName, type HashBits, type Signature } from '../operations.ts'
import { toLittle } from '../point.ts'
import type { CryptoProvider } from '../provider.ts'
import { bytesOf, importKey } from '../secret-key.ts'
import { comparisons } from '../test/differential.ts'
import type { GostCryptoProbe } from '../test/gost-crypto-probe.ts'
import { isSignature, little, pointIn, times } from '../test/signature-reference.ts'
import { wasmProvider } from '../wasm/provider.ts'
import { gostCryptoProvider } from './provider.ts'
import { gostCryptoSignature } from './signature.ts'

/** Each takes some half a second on 512 bits. */
const RUNS = 10

describe("gost-crypto's signatures", () => {
  const own = wasmProvider()
  let provider: CryptoProvider
  before(() => (provider = gostCryptoProvider({ 'streebog-256': hashOf(256), 'streebog-512': hashOf(512) })))
  after(() => own.close())

  const hashOf = (bits: HashBits) => own.operations[`streebog-${bits}`] ?? assert.fail()
  const operation = (bits: HashBits): Signature => provider.operations[`gost3410-2012-${bits}`] ?? assert.fail()
  const digestOf = (bits: HashBits, message: Uint8Array): Uint8Array => {
    const stream = hashOf(bits).start()
    stream.update(message)
    return stream.finish()
  }
  const message = Buffer.from('a message')

  it('give every known answer', async () => {
    const { passed, failed } = await tryKnownAnswers(provider)
    assert.deepEqual([[...passed].sort(), [...failed]], [['gost3410-2012-256', 'gost3410-2012-512'], []])
  })

  for (const bits of HASH_BITS) {
    for (const curve of CURVES[bits]) {
      it(`hold by plain arithmetic on ${curve}, and are another each time`, async () => {
        const { signing, verifying } = await operation(bits).generate(curve)
        const point = pointIn(verifying.point)
        assert.deepEqual(times(CURVE_PARAMETERS[curve], CURVE_PARAMETERS[curve].base, little(bytesOf(signing.secret))), point)
        const signature = await operation(bits).sign(signing, message)
        assert.equal(isSignature(curve, point, digestOf(bits, message), signature), true)
        assert.equal(await operation(bits).verify(verifying, message, signature), true)
        assert.equal(await operation(bits).verify(verifying, Buffer.from('another message'), signature), false)
        assert.notDeepEqual(await operation(bits).sign(signing, message), signature)
      })
    }
  }

  for (const bits of HASH_BITS) {
    it(`are those that the engine makes, on random keys and messages with ${String(bits)} bits`, async function () {
      await needPrograms(this, [ENGINE_PROGRAM])
      const compare = comparisons(provider.operations, opensslProvider()?.operations ?? {}).get(`gost3410-2012-${bits}`)
      assert.ok(compare !== undefined)
      await compare({ runs: RUNS, seed: randomInt(2 ** 31) })
    })
  }

  it('are told from whatever is none, without an error', async () => {
    const { signing, verifying } = await operation(256).generate('tc26-256-b')
    const signature = await operation(256).sign(signing, message)
    const [s, r] = [signature.subarray(0, 32), signature.subarray(32)]
    const zero = Buffer.alloc(32)
    const q = toLittle(CURVE_PARAMETERS['tc26-256-b'].q, 32).reverse()
    for (const parts of [[zero, zero], [zero, r], [s, zero], [q, r], [s, q], [r, s], [s, r, zero], [s], []]) {
      assert.equal(await operation(256).verify(verifying, message, Buffer.concat(parts)), false)
    }
  })

  it('take keys in range and points of the curve alone', async () => {
    const curve: CurveName = 'tc26-256-a'
    const { q } = CURVE_PARAMETERS[curve]
    for (const d of [0n, q, q + 1n]) {
      await assert.rejects(operation(256).sign({ curve, secret: importKey(toLittle(d, 32)) }, message), { code: 'invalid_key' })
    }
    const { signing, verifying } = await operation(256).generate(curve)
    const signature = await operation(256).sign(signing, message)
    const moved = Uint8Array.from(verifying.point)
    moved[32] = (moved[32] ?? 0) ^ 1
    for (const point of [moved, new Uint8Array(64), new Uint8Array(64).fill(255)]) {
      await assert.rejects(operation(256).verify({ curve, point }, message, signature), { code: 'invalid_key' })
    }
    await assert.rejects(operation(512).generate(curve), { code: 'invalid_key' })
  })

  it('draw nothing from Math.random, and nothing that is not of our own generator', async () => {
    const drawn: Uint8Array[] = []
    const counting = gostCryptoSignature(256, hashOf(256), (bytes) => {
      randomFillSync(bytes)
      drawn.push(bytes.slice())
    })
    const before = Math.random
    Math.random = () => assert.fail('Math.random was asked')
    try {
      const { signing } = await counting.generate('tc26-256-b')
      await counting.sign(signing, message)
    } finally {
      Math.random = before
    }
    assert.ok(drawn.length >= 2)
    // The same k for the same message is the same signature: so k is what was drawn, and nothing else.
    const fixed = gostCryptoSignature(256, hashOf(256), (bytes) => bytes.fill(3))
    const { signing } = await fixed.generate('tc26-256-b')
    assert.deepEqual(await fixed.sign(signing, message), await fixed.sign(signing, message))
    const stuck = gostCryptoSignature(256, hashOf(256), (bytes) => bytes.fill(0))
    await assert.rejects(stuck.generate('tc26-256-b'), { code: 'provider_failed' })
  })

  it('ask neither Math.random nor WebCrypto, and load the package when there is something to sign', async () => {
    const probe = fileURLToPath(new URL('../test/gost-crypto-probe.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--conditions=oco-source', probe])
    // This program wrote it.
    const { loaded, mathRandomCalls, isValid } = JSON.parse(stdout) as GostCryptoProbe
    assert.deepEqual({ before: loaded[0], mathRandomCalls, isValid }, { before: 0, mathRandomCalls: 0, isValid: true })
    assert.ok(loaded[1] > 0)
  })
})
