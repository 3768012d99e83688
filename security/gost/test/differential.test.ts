import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { ALGORITHMS } from '../operations.ts'
import type { CryptoProvider } from '../provider.ts'
import { wasmProvider } from '../wasm/provider.ts'
import { comparisons } from './differential.ts'

const RUNS = 100

describe('both builds of our own provider, on random input', () => {
  let providers: readonly [CryptoProvider, CryptoProvider]
  before(() => {
    providers = [wasmProvider({ simd: true }), wasmProvider({ simd: false })]
  })
  after(() => Promise.all(providers.map((provider) => provider.close())))

  for (const algorithm of ALGORITHMS.filter((name) => !name.startsWith('gost3410'))) {
    it(`agree on ${algorithm}`, async () => {
      const [one, other] = providers
      const compare = comparisons(one.operations, other.operations).get(algorithm)
      assert.ok(compare !== undefined)
      await compare({ runs: RUNS, seed: randomInt(2 ** 31) })
    })
  }
})
