import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { ALGORITHMS, BLOCK_BYTES, CIPHERS } from '../operations.ts'
import { importKey } from '../secret-key.ts'
import { wasmProvider } from '../wasm/provider.ts'
import { comparisons } from './differential.ts'
import { COUNTED_BLOCKS_MAX, gostCryptoOperations } from './gost-crypto-operations.ts'

const RUNS = 60

describe("gost-crypto's ciphers and hashes, to which ours are held", () => {
  const own = wasmProvider()
  const other = gostCryptoOperations()
  after(() => own.close())

  const WITHOUT_FAULTS = ALGORITHMS.filter((algorithm) => /^(hmac-)?streebog|-ecb$/.test(algorithm))
  for (const algorithm of WITHOUT_FAULTS) {
    it(`agree with ours on ${algorithm}`, async () => {
      const compare = comparisons(own.operations, other).get(algorithm)
      assert.ok(compare !== undefined)
      await compare({ runs: RUNS, seed: randomInt(2 ** 31) })
    })
  }

  for (const cipher of CIPHERS) {
    const both = (bytes: number): [Uint8Array, Uint8Array] => {
      const [key, iv, text] = [importKey(randomBytes(32)), randomBytes(BLOCK_BYTES[cipher] / 2), randomBytes(bytes)]
      return [own.operations[`${cipher}-ctr`].start(key, iv).update(text), other[`${cipher}-ctr`].start(key, iv).update(text)]
    }

    it(`agree with ours on ${cipher}-ctr for as long as theirs counts rightly`, () => {
      const bytesMax = COUNTED_BLOCKS_MAX * BLOCK_BYTES[cipher]
      for (let run = 0; run < RUNS; run++) {
        const [ours, theirs] = both(run === 0 ? bytesMax : randomInt(bytesMax))
        assert.deepEqual(ours, theirs)
      }
    })

    it(`count wrongly after ${String(COUNTED_BLOCKS_MAX)} blocks of ${cipher}, which is why they seal nothing here`, () => {
      const [ours, theirs] = both((COUNTED_BLOCKS_MAX + 1) * BLOCK_BYTES[cipher])
      const right = COUNTED_BLOCKS_MAX * BLOCK_BYTES[cipher]
      assert.deepEqual(ours.subarray(0, right), theirs.subarray(0, right))
      assert.notDeepEqual(ours, theirs)
    })
  }
})
