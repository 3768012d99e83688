/**
 * `npm run vectors`: every known answer of the standards, whole and byte by byte, on both builds of our own provider and on every other
 * one that this machine has. Prints what each lacks. The last line is `vectors: N passed, F failed, on …`.
 */
import { withoutPrograms } from '../../core/test/peers/debian-packages.ts'
import { ENGINE_PROGRAM, opensslProvider } from '../gost/openssl/provider.ts'
import { ALGORITHMS, type Algorithm } from '../gost/operations.ts'
import { capabilitiesOf, type CryptoProvider } from '../gost/provider.ts'
import { VECTOR_FILES } from '../gost/vectors/index.ts'
import { runVectors } from '../gost/vectors/run-vectors.ts'
import { wasmProvider } from '../gost/wasm/provider.ts'

interface Tried {
  readonly title: string
  readonly provider: CryptoProvider
}

const missing = await withoutPrograms([ENGINE_PROGRAM])
if (missing !== null) console.log(`openssl is left out: ${missing}`)
const openssl = opensslProvider()
const tried: Tried[] = [
  { title: 'wasm', provider: wasmProvider({ simd: true }) },
  { title: 'wasm without SIMD', provider: wasmProvider({ simd: false }) },
  ...(openssl === null ? [] : [{ title: 'openssl', provider: openssl }]),
]

let passed = 0
let failed = 0
for (const { title, provider } of tried) {
  const withVectors = new Set<Algorithm>()
  for (const file of VECTOR_FILES) {
    for (const { vector, manner, fault } of await runVectors(provider.operations, file)) {
      withVectors.add(file.algorithm)
      if (fault === null) passed++
      else failed++
      if (fault !== null) console.log(`FAILED  ${title}  ${file.algorithm}  ${file.source}, ${vector}, ${manner}: ${fault}`)
    }
  }
  const has = capabilitiesOf(provider)
  const lacks = ALGORITHMS.filter((algorithm) => !has.has(algorithm))
  const untried = [...has].filter((algorithm) => !withVectors.has(algorithm))
  console.log(`${title}: ${String(withVectors.size)} algorithms tried; lacks ${lacks.join(', ') || 'none'}`)
  if (untried.length > 0) console.log(`${title}: has, and is not used for want of a published answer, ${untried.join(', ')}`)
  await provider.close()
}

const names = openssl === null ? 'wasm' : 'wasm and openssl'
console.log(`vectors: ${String(passed)} passed, ${String(failed)} failed, on ${names}`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
