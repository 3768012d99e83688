/**
 * `npm run differential`: implementations held to each other by random cases. Ciphers, sums and derivations of our own provider, with SIMD
 * and without, of gost-engine and of gost-crypto; signatures of the engine and of gost-crypto, made by either and tried by both. Each
 * pair has all of its cases; a difference is printed with the smallest case that shows it. The last line is
 * `differential: N cases agree, D differ, S signatures agree, on P pairs`.
 *
 *   npm run differential -- [--cases 10000] [--signatures 300] [--seed 1]
 */
import { randomInt } from 'node:crypto'
import { argv } from 'node:process'
import { parseArgs } from 'node:util'
import { withoutPrograms } from '../../core/test/peers/debian-packages.ts'
import { gostCryptoProvider } from '../gost/gost-crypto/provider.ts'
import { ENGINE_PROGRAM, opensslProvider } from '../gost/openssl/provider.ts'
import type { Algorithm, Operations } from '../gost/operations.ts'
import { comparisons, type Comparison } from '../gost/test/differential.ts'
import { COUNTED_BLOCKS_MAX, gostCryptoOperations } from '../gost/test/gost-crypto-operations.ts'
import { wasmProvider } from '../gost/wasm/provider.ts'

const DIFFERENCE_LENGTH_MAX = 400

const { values: given } = parseArgs({
  args: argv.slice(2),
  options: {
    cases: { type: 'string', default: '10000' },
    signatures: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
})
const numberOf = (name: keyof typeof given): number => {
  const value = given[name]
  if (!/^\d{1,10}$/.test(value)) throw new Error(`--${name} wants a whole number`)
  return Number(value)
}
const [cases, signatures, seed] = [numberOf('cases'), numberOf('signatures'), numberOf('seed')]

interface Pair {
  readonly title: string
  readonly compared: ReadonlyMap<Algorithm, Comparison>
}

const missing = await withoutPrograms([ENGINE_PROGRAM])
if (missing !== null) console.log(`openssl is left out: ${missing}`)
const own = wasmProvider({ simd: true })
const plain = wasmProvider({ simd: false })
const engine = opensslProvider()
const script = gostCryptoProvider(own.operations)
const scriptOperations: Partial<Operations> = { ...gostCryptoOperations(), ...script.operations }
const theirs = { counterBlocksMax: COUNTED_BLOCKS_MAX }

const pairs: Pair[] = [
  { title: 'wasm and wasm without SIMD', compared: comparisons(own.operations, plain.operations) },
  { title: 'wasm and gost-crypto', compared: comparisons(own.operations, scriptOperations, theirs) },
  ...(engine === null
    ? [{ title: 'gost-crypto and itself', compared: comparisons(script.operations, script.operations) }]
    : [
        { title: 'wasm and openssl', compared: comparisons(own.operations, engine.operations) },
        { title: 'openssl and gost-crypto', compared: comparisons(engine.operations, scriptOperations, theirs) },
      ]),
]

let [agree, differ, signed] = [0, 0, 0]
console.log(`seed ${String(seed)}`)
for (const { title, compared } of pairs) {
  for (const [algorithm, compare] of compared) {
    const isSignature = algorithm.startsWith('gost3410')
    const runs = isSignature ? signatures : cases
    try {
      await compare({ runs, seed })
      if (isSignature) signed += runs
      else agree += runs
      console.log(`${title}: ${algorithm} ${String(runs)}`)
    } catch (error) {
      differ++
      const said = error instanceof Error ? error.message : String(error)
      console.log(`DIFFER  ${title}: ${algorithm}: ${said.slice(0, DIFFERENCE_LENGTH_MAX)}`)
    }
  }
}
await Promise.all([own.close(), plain.close(), engine?.close()])

console.log(
  `differential: ${String(agree)} cases agree, ${String(differ)} differ, ${String(signed)} signatures agree, on ${String(pairs.length)} pairs`,
)
process.exitCode = differ === 0 && agree > 0 && signed > 0 ? 0 : 1
