import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { needPrograms } from '../../../core/test/peers/debian-packages.ts'
import { ENGINE_PROGRAM, opensslProvider } from '../openssl/provider.ts'
import { ALGORITHMS, CURVES, type Algorithm, type Operations } from '../operations.ts'
import type { CryptoProvider } from '../provider.ts'
import { wasmProvider } from '../wasm/provider.ts'
import { VECTOR_FILES } from './index.ts'
import { MANNERS, runVectors } from './run-vectors.ts'
import { fromHex, type VectorFile } from './vector.ts'

type Shape = VectorFile['shape']
type Lengths = (bytes: number) => boolean

const of = (...lengths: readonly number[]): Lengths => {
  return (bytes) => lengths.includes(bytes)
}
const blocksOf = (block: number): Lengths => {
  return (bytes) => bytes > 0 && bytes % block === 0
}
const some: Lengths = (bytes) => bytes > 0
const any: Lengths = () => true

/** What a vector has besides its name: bytes in hex, how many there may be; numbers; and what the answer is among them. */
interface Fields {
  readonly hex: Readonly<Record<string, Lengths>>
  readonly numbers?: readonly string[]
  readonly others?: readonly string[]
  readonly answers: readonly string[]
}

const KEY = of(32)
const blockOf = (algorithm: Algorithm): number => (algorithm.startsWith('magma') ? 8 : 16)
const bitsOf = (algorithm: Algorithm): number => (algorithm.endsWith('512') ? 512 : 256)

const FIELDS: Readonly<Record<Shape, (algorithm: Algorithm) => Fields>> = {
  ecb: (algorithm) => {
    const blocks = blocksOf(blockOf(algorithm))
    return { hex: { key: KEY, plain: blocks, sealed: blocks }, answers: ['sealed'] }
  },
  ctr: (algorithm) => ({
    hex: { key: KEY, iv: of(blockOf(algorithm) / 2), plain: some, sealed: some },
    numbers: algorithm.endsWith('-acpkm') ? ['sectionBytes'] : [],
    answers: ['sealed'],
  }),
  mac: (algorithm) => ({
    hex: algorithm.startsWith('hmac')
      ? { key: KEY, data: some, mac: of(bitsOf(algorithm) / 8) }
      : { key: KEY, data: some, mac: of(blockOf(algorithm) / 2, blockOf(algorithm)) },
    numbers: algorithm.endsWith('-acpkm') ? ['sectionBytes', 'masterSectionBytes'] : [],
    answers: ['mac'],
  }),
  mgm: (algorithm) => {
    const block = of(blockOf(algorithm))
    return { hex: { key: KEY, nonce: block, bound: any, plain: any, sealed: any, tag: block }, answers: ['sealed', 'tag'] }
  },
  hash: (algorithm) => ({ hex: { data: any, digest: of(bitsOf(algorithm) / 8) }, answers: ['digest'] }),
  pbkdf2: () => ({ hex: { password: some, salt: some, derived: some }, numbers: ['rounds'], answers: ['derived'] }),
  tree: () => ({
    hex: { key: some, label: some, seed: some, derived: some },
    numbers: ['counterBytes'],
    answers: ['derived'],
  }),
  wrap: (algorithm) => {
    const block = blockOf(algorithm)
    return {
      hex: { macKey: KEY, cipherKey: KEY, iv: of(block / 2), key: KEY, wrapped: of(32 + block) },
      answers: ['wrapped'],
    }
  },
  signature: (algorithm) => {
    const two = of(bitsOf(algorithm) / 4)
    return { hex: { point: two, message: some, signature: two }, others: ['curve', 'valid'], answers: ['signature'] }
  },
}

/** The end of an algorithm's name says what shape its vectors have. */
const SHAPES: readonly (readonly [RegExp, Shape])[] = [
  [/-ecb$/, 'ecb'],
  [/-ctr(-acpkm)?$/, 'ctr'],
  [/-omac(-acpkm)?$|^hmac-/, 'mac'],
  [/-mgm$/, 'mgm'],
  [/^streebog-/, 'hash'],
  [/^pbkdf2-/, 'pbkdf2'],
  [/^kdf-tree-/, 'tree'],
  [/-kexp15$/, 'wrap'],
  [/^gost3410-/, 'signature'],
]
const STREAMS: ReadonlySet<Shape> = new Set(['ctr', 'mac', 'hash'])
/** Signatures are no part of our own provider. */
const OWN_FILES = VECTOR_FILES.filter(({ shape }) => shape !== 'signature')

const titleOf = ({ algorithm, source }: VectorFile): string => `${algorithm}, ${source}`
const fieldsOf = ({ shape, algorithm }: VectorFile): Fields => FIELDS[shape](algorithm)
const valuesOf = (vector: object): ReadonlyMap<string, unknown> => new Map(Object.entries(vector))
const textOf = (vector: object, field: string): string => String(valuesOf(vector).get(field))

/** The same file with one vector, whose last digit in this field is another. Null where there is no digit. */
const withWrongDigit = (file: VectorFile, vector: object, field: string): VectorFile | null => {
  const text = textOf(vector, field)
  if (text === '') return null
  const digit = ((parseInt(text.slice(-1), 16) + 1) % 16).toString(16)
  return { ...file, vectors: [{ ...vector, [field]: text.slice(0, -1) + digit }] } as object as VectorFile
}

const faultsIn = async (operations: Partial<Operations>, file: VectorFile): Promise<string[]> => {
  const outcomes = await runVectors(operations, file)
  return outcomes.flatMap(({ vector, manner, fault }) =>
    fault === null ? [] : [`${titleOf(file)}, ${vector}, ${manner}: ${fault}`],
  )
}

/** The titles of what goes through although its answer is wrong. */
const missedDigits = async (operations: Partial<Operations>, files: readonly VectorFile[]): Promise<string[]> => {
  const missed: string[] = []
  for (const file of files) {
    for (const vector of file.vectors) {
      // A signature that is none stays none.
      if (valuesOf(vector).get('valid') === false) continue
      for (const field of fieldsOf(file).answers) {
        const wrong = withWrongDigit(file, vector, field)
        if (wrong === null) continue
        if ((await faultsIn(operations, wrong)).length === 0) missed.push(`${titleOf(file)}, ${vector.name}, ${field}`)
      }
    }
  }
  return missed
}

describe('the answers that the standards publish', () => {
  it('are all in the index, in files named after what they are of', async () => {
    const folder = new URL('.', import.meta.url)
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
    const unknown: string[] = []
    for (const name of names) {
      const kept = JSON.stringify(JSON.parse(await readFile(new URL(name, folder), 'utf8')))
      const file = VECTOR_FILES.find((one) => JSON.stringify(one) === kept)
      if (file === undefined || !name.startsWith(`${file.algorithm}-`)) unknown.push(name)
    }
    assert.deepEqual(unknown, [])
    assert.equal(VECTOR_FILES.length, names.length)
  })

  it('leave no algorithm out', () => {
    const known = new Set(VECTOR_FILES.map(({ algorithm }) => algorithm))
    assert.deepEqual(
      ALGORITHMS.filter((algorithm) => !known.has(algorithm)),
      [],
    )
  })

  it('come from one source a file', () => {
    const titles = VECTOR_FILES.map(titleOf)
    assert.deepEqual(titles, [...new Set(titles)])
    assert.ok(VECTOR_FILES.every(({ source }) => /, /.test(source)))
  })

  for (const file of VECTOR_FILES) {
    const { hex, numbers = [], others = [] } = fieldsOf(file)

    it(`have the shape of ${titleOf(file)}`, () => {
      assert.equal(SHAPES.find(([end]) => end.test(file.algorithm))?.[1], file.shape)
      assert.ok(file.vectors.length > 0)
      const names = file.vectors.map(({ name }) => name)
      assert.deepEqual(names, [...new Set(names)])
      for (const vector of file.vectors) {
        assert.deepEqual(Object.keys(vector).sort(), ['name', ...Object.keys(hex), ...numbers, ...others].sort())
        for (const [field, isLength] of Object.entries(hex)) {
          const bytes = fromHex(textOf(vector, field)).length
          assert.ok(isLength(bytes), `${vector.name}: ${String(bytes)} bytes of ${field}`)
        }
        for (const field of numbers) {
          const value = valuesOf(vector).get(field)
          assert.ok(Number.isSafeInteger(value) && Number(value) > 0, `${vector.name}: ${field}`)
        }
      }
    })
  }

  it('have as many bytes sealed as there are of the plain text', () => {
    for (const file of VECTOR_FILES) {
      for (const vector of file.vectors) {
        const values = valuesOf(vector)
        if (!values.has('plain')) continue
        assert.equal(fromHex(textOf(vector, 'sealed')).length, fromHex(textOf(vector, 'plain')).length, titleOf(file))
      }
    }
  })

  it('name curves of the length that the algorithm has, and both kinds of signatures', () => {
    for (const file of VECTOR_FILES) {
      if (file.shape !== 'signature') continue
      const curves: readonly string[] = file.algorithm === 'gost3410-2012-512' ? CURVES[512] : CURVES[256]
      assert.ok(file.vectors.every(({ curve }) => curves.includes(curve)))
      assert.deepEqual(new Set(file.vectors.map(({ valid }) => valid)), new Set([true, false]))
    }
  })

  it('are hex and nothing else', () => {
    assert.deepEqual(fromHex('00 fF\t'.trim()), Buffer.from([0, 255]))
    assert.throws(() => fromHex('0'), /not hex/)
    assert.throws(() => fromHex('0g'), /not hex/)
  })
})

for (const simd of [true, false]) {
  describe(`our own provider ${simd ? 'with' : 'without'} SIMD, by the published answers`, () => {
    let provider: CryptoProvider
    before(() => {
      provider = wasmProvider({ simd })
    })
    after(() => provider.close())

    for (const file of OWN_FILES) {
      it(`knows ${titleOf(file)}`, async () => {
        const outcomes = await runVectors(provider.operations, file)
        const manners = STREAMS.has(file.shape) ? MANNERS : (['whole'] as const)
        assert.deepEqual(new Set(outcomes.map(({ manner }) => manner)), new Set(manners))
        for (const { name } of file.vectors) {
          const own = outcomes.filter(({ vector }) => vector === name || vector.startsWith(`${name}, `))
          assert.ok(own.length >= manners.length, name)
        }
        assert.deepEqual(await faultsIn(provider.operations, file), [])
      })
    }

    it('is found out by a wrong digit in any of them', async () => {
      assert.deepEqual(await missedDigits(provider.operations, OWN_FILES), [])
    })

    it('is tried more than a hundred times', async () => {
      let count = 0
      for (const file of OWN_FILES) count += (await runVectors(provider.operations, file)).length
      assert.ok(count > 100, `${String(count)} times`)
    })
  })
}

describe('the engine, by the published answers', () => {
  let provider: CryptoProvider
  before(async function () {
    await needPrograms(this, [ENGINE_PROGRAM])
    const loaded = opensslProvider()
    assert.ok(loaded !== null)
    provider = loaded
  })

  it('knows every one that is of what it has, and tries each signature', async () => {
    for (const file of VECTOR_FILES) {
      assert.deepEqual(await faultsIn(provider.operations, file), [])
      const { length } = await runVectors(provider.operations, file)
      if (file.shape === 'signature') assert.equal(length, file.vectors.length)
    }
  })

  it('is found out by a wrong digit in any of them', async () => {
    const sectioned = (algorithm: Algorithm): boolean => algorithm.endsWith('-ctr-acpkm')
    // The published sections are shorter than the only ones that it has.
    const files = VECTOR_FILES.filter(({ algorithm }) => provider.operations[algorithm] !== undefined && !sectioned(algorithm))
    assert.ok(files.length > 0)
    assert.deepEqual(await missedDigits(provider.operations, files), [])
  })
})
