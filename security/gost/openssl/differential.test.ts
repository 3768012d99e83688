import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { needPrograms } from '../../../core/test/peers/debian-packages.ts'
import type { CryptoProvider } from '../provider.ts'
import { comparisons } from '../test/differential.ts'
import { wasmProvider } from '../wasm/provider.ts'
import { ENGINE_PROGRAM, opensslProvider } from './provider.ts'

const RUNS = 300

describe('the engine and our own provider, on random input', () => {
  let own: CryptoProvider
  let engine: CryptoProvider
  before(async function () {
    await needPrograms(this, [ENGINE_PROGRAM])
    own = wasmProvider()
    const loaded = opensslProvider()
    assert.ok(loaded !== null)
    engine = loaded
  })
  after(() => own.close())

  const shared = [
    'kuznyechik-ecb',
    'kuznyechik-ctr',
    'kuznyechik-ctr-acpkm',
    'magma-ctr',
    'magma-ctr-acpkm',
    'streebog-256',
    'hmac-streebog-256',
    'streebog-512',
    'hmac-streebog-512',
    'pbkdf2-streebog-512',
    'kdf-tree-streebog-256',
  ] as const

  it('share these algorithms', () => {
    assert.deepEqual([...comparisons(own.operations, engine.operations).keys()].sort(), [...shared].sort())
  })

  for (const algorithm of shared) {
    it(`agree on ${algorithm}`, async () => {
      const compare = comparisons(own.operations, engine.operations).get(algorithm)
      assert.ok(compare !== undefined)
      await compare({ runs: RUNS, seed: randomInt(2 ** 31) })
    })
  }

  it('would be told apart', async () => {
    const hash = own.operations['streebog-256']
    assert.ok(hash !== undefined)
    const wrong = {
      'streebog-256': {
        start() {
          const stream = hash.start()
          return { ...stream, finish: () => stream.finish().fill(0, 31) }
        },
      },
    }
    const compare = comparisons(wrong, engine.operations).get('streebog-256')
    assert.ok(compare !== undefined)
    await assert.rejects(compare({ runs: 20, seed: 1 }), /Property failed[^]*Counterexample/)
  })

  for (const bits of [256, 512] as const) {
    it(`signs and verifies with ${String(bits)} bits`, async () => {
      const compare = comparisons(engine.operations, engine.operations).get(`gost3410-2012-${bits}`)
      assert.ok(compare !== undefined)
      await compare({ runs: 30, seed: randomInt(2 ** 31) })
    })
  }
})
