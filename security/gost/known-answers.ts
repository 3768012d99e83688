import type { Algorithm } from './operations.ts'
import { capabilitiesOf, type CryptoProvider } from './provider.ts'
import { VECTOR_FILES } from './vectors/index.ts'
import { runVectors } from './vectors/run-vectors.ts'
import type { VectorFile } from './vectors/vector.ts'

/** Passwords' keys of more rounds are tried by `npm run vectors` and the tests: they take longer than all the rest of a start. */
const ROUNDS_AT_START_MAX = 100

/** The reason against an algorithm for which no standard has printed an answer that this provider can be tried with. */
const NO_KNOWN_ANSWER = 'no_known_answer'

/** What a provider has shown of itself at this start. */
export interface KnownAnswerReport {
  /** It has them, and each known answer came out. */
  readonly passed: ReadonlySet<Algorithm>
  /** Why each other that it has does not count. */
  readonly failed: ReadonlyMap<Algorithm, string>
}

/** Tries every algorithm of the provider with every vector of the standards that is kept here. Never rejects. */
export const tryKnownAnswers = async (provider: CryptoProvider): Promise<KnownAnswerReport> => {
  const passed = new Set<Algorithm>()
  const failed = new Map<Algorithm, string>()
  for (const algorithm of capabilitiesOf(provider)) {
    const reason = await reasonAgainst(provider, algorithm)
    if (reason === null) passed.add(algorithm)
    else failed.set(algorithm, reason)
  }
  return { passed, failed }
}

const reasonAgainst = async ({ operations }: CryptoProvider, algorithm: Algorithm): Promise<string | null> => {
  let count = 0
  for (const file of VECTOR_FILES) {
    if (file.algorithm !== algorithm) continue
    for (const { vector, fault } of await runVectors(operations, quickOf(file))) {
      if (fault !== null) return `${file.source}, ${vector}: ${fault}`
      count++
    }
  }
  return count > 0 ? null : NO_KNOWN_ANSWER
}

/** Signatures in JavaScript take some ten milliseconds each: a right one and a wrong one of each source are enough for a start. */
const SIGNATURES_AT_START = 2

const quickOf = (file: VectorFile): VectorFile => {
  if (file.shape === 'pbkdf2') return { ...file, vectors: file.vectors.filter(({ rounds }) => rounds <= ROUNDS_AT_START_MAX) }
  if (file.shape === 'signature') return { ...file, vectors: file.vectors.slice(0, SIGNATURES_AT_START) }
  return file
}
