import type { Cms } from './cms.ts'
import { CryptoError } from './crypto-error.ts'
import { tryKnownAnswers, type KnownAnswerReport } from './known-answers.ts'
import { ALGORITHMS, type Algorithm, type Operations } from './operations.ts'
import type { OutsideKey } from './outside-key.ts'
import type { Assurance, CryptoProvider, ProviderId } from './provider.ts'

/**
 * Who goes first where several have an algorithm and passed, by what `npm run bench:gost` measures: our own ciphers are faster than the
 * engine's, most of all for short texts; its hash and its signatures are faster than the others'. A token goes before all: whoever has
 * one wants it used.
 */
const FASTEST_FIRST: readonly ProviderId[] = ['pkcs11', 'cryptopro-cli', 'wasm', 'openssl', 'gost-crypto']
const FASTEST_OF: Partial<Record<Algorithm, readonly ProviderId[]>> = {
  'streebog-256': ['openssl', 'wasm'],
  'streebog-512': ['openssl', 'wasm'],
}

export interface ProviderStatus {
  readonly id: ProviderId
  readonly version: string
  readonly assurance: Assurance
  readonly failed: readonly { readonly algorithm: Algorithm; readonly reason: string }[]
  readonly lacks: readonly Algorithm[]
  /** The key that it keeps and wraps others under. */
  readonly outsideKey: Pick<OutsideKey, 'name' | 'mechanism'> | null
}

export interface AlgorithmStatus {
  readonly algorithm: Algorithm
  /** Who does it. */
  readonly provider: ProviderId
  /** Who would, were the first not there; in that order. */
  readonly others: readonly ProviderId[]
}

export interface CryptoStatus {
  readonly algorithms: readonly AlgorithmStatus[]
  readonly providers: readonly ProviderStatus[]
}

/** The product's cryptography: each algorithm by the fastest provider that has shown that it can. */
export interface Crypto {
  operation<A extends Algorithm>(algorithm: A): Operations[A]
  /** Throws `no_provider` where this one is not configured or keeps no key. */
  outsideKey(id: ProviderId): OutsideKey
  /** Messages under a provider's certificate. Throws `no_provider` where none that is configured has them. */
  cms(): Cms
  readonly status: CryptoStatus
  close(): Promise<void>
}

/**
 * Tries every provider with the known answers and chooses. Rejects with `no_provider` where an algorithm of `needed` has none that
 * passed: the product does not start then.
 */
export const openCrypto = async (
  providers: readonly CryptoProvider[],
  needed: readonly Algorithm[] = ALGORITHMS,
): Promise<Crypto> => {
  const tried: Tried[] = []
  for (const provider of providers) tried.push({ provider, report: await tryKnownAnswers(provider) })
  const chosen = new Map<Algorithm, readonly CryptoProvider[]>()
  for (const algorithm of ALGORITHMS) {
    const able = inOrder(algorithm, tried)
    if (able.length > 0) chosen.set(algorithm, able)
  }
  const missing = needed.filter((algorithm) => !chosen.has(algorithm))
  if (missing.length > 0) {
    await Promise.all(providers.map((provider) => provider.close()))
    throw new CryptoError('no_provider', missing.map((algorithm) => `${algorithm}${whyNot(algorithm, tried)}`).join('; '))
  }
  return {
    operation: (algorithm) => {
      const operation = chosen.get(algorithm)?.[0]?.operations[algorithm]
      if (operation === undefined) throw new CryptoError('no_provider', algorithm)
      return operation
    },
    outsideKey(id) {
      const key = providers.find((provider) => provider.id === id)?.outsideKey
      if (key === undefined) throw new CryptoError('no_provider', `${id} keeps no key here: it is not configured`)
      return key
    },
    cms() {
      const cms = providers.find((provider) => provider.cms !== undefined)?.cms
      if (cms === undefined) throw new CryptoError('no_provider', 'no provider that signs and encrypts messages is configured')
      return cms
    },
    status: statusOf(chosen, tried),
    async close() {
      await Promise.all(providers.map((provider) => provider.close()))
    },
  }
}

interface Tried {
  readonly provider: CryptoProvider
  readonly report: KnownAnswerReport
}

const inOrder = (algorithm: Algorithm, tried: readonly Tried[]): CryptoProvider[] => {
  const order = [...(FASTEST_OF[algorithm] ?? []), ...FASTEST_FIRST]
  return tried
    .filter(({ report }) => report.passed.has(algorithm))
    .map(({ provider }) => provider)
    .sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
}

const whyNot = (algorithm: Algorithm, tried: readonly Tried[]): string => {
  const reasons = tried.flatMap(({ provider, report }) => {
    const reason = report.failed.get(algorithm)
    return reason === undefined ? [] : [`${provider.id}: ${reason}`]
  })
  return reasons.length === 0 ? ' (nobody has it)' : ` (${reasons.join(', ')})`
}

const statusOf = (chosen: ReadonlyMap<Algorithm, readonly CryptoProvider[]>, tried: readonly Tried[]): CryptoStatus => ({
  algorithms: [...chosen].flatMap(([algorithm, [first, ...rest]]) =>
    first === undefined ? [] : [{ algorithm, provider: first.id, others: rest.map(({ id }) => id) }],
  ),
  providers: tried.map(({ provider: { id, version, assurance, operations, outsideKey }, report }) => ({
    id,
    version,
    assurance,
    failed: [...report.failed].map(([algorithm, reason]) => ({ algorithm, reason })),
    lacks: ALGORITHMS.filter((algorithm) => operations[algorithm] === undefined),
    outsideKey: outsideKey === undefined ? null : { name: outsideKey.name, mechanism: outsideKey.mechanism },
  })),
})
