import { CryptoError, type Crypto, type SecretKey } from '@oco/security'
import type { DataKeyStore } from './data-key-store.ts'
import type { DataKeys, HeldKeys } from './data-keys.ts'
import { KeysAway } from './keys-away.ts'

/** What an index finds rows by; each has a key of its own, so that equal values in two of them do not look alike. */
export const INDEX_NAMES = ['words', 'names', 'addresses'] as const
export type IndexName = (typeof INDEX_NAMES)[number]

export const indexKeyNames = (epoch: number): string[] => INDEX_NAMES.map((index) => keyNameOf(index, epoch))
const keyNameOf = (index: IndexName, epoch: number): string => `${index}:${String(epoch)}`

/** A process asks so often which epochs there are; whoever changes them waits for longer. */
export const EPOCHS_KEPT_MS = 1_000
/** Of a term: as many as a bigint takes. By chance two of some million words share one. */
const TERM_BYTES = 8
/** Sums of words that were asked for lately: most of what is written is the same few thousand words. */
const TERMS_KEPT_MAX = 50_000

/** The blind indexes under one epoch's keys. */
export interface EpochIndex {
  readonly epoch: number
  /**
   * Words as a search index may hold them, a bigint each: equal words have equal terms, and nobody without the index's key learns which.
   * It leaks how often a word comes.
   */
  terms(index: IndexName, lexemes: Iterable<string>): string[]
  /** A value to be found by the whole of it: 32 bytes. It leaks which are equal. */
  lookup(index: IndexName, value: string): Buffer
}

export interface Indexes {
  /** What is written is indexed under this one, */
  readonly current: EpochIndex
  /** and looked for under all of these, oldest first. */
  readonly living: readonly EpochIndex[]
}

interface IndexesOptions {
  readonly crypto: Pick<Crypto, 'operation'>
  readonly keys: Pick<DataKeys, 'hold' | 'make'>
  readonly store: Pick<DataKeyStore, 'epochs'>
  readonly monotonicMs: () => number
}

/** The indexes as they are now: an epoch may come or go between two calls. */
export const createIndexes = ({ crypto, keys, store, monotonicMs }: IndexesOptions): (() => Promise<Indexes>) => {
  const hmac = crypto.operation('hmac-streebog-256')
  const known = new Map<string, string>()
  let kept: { readonly epochs: Awaited<ReturnType<DataKeyStore['epochs']>>; readonly untilMs: number } | null = null

  const epochsNow = async () => {
    if (kept !== null && kept.untilMs > monotonicMs()) return kept.epochs
    const untilMs = monotonicMs() + EPOCHS_KEPT_MS
    const epochs = await store.epochs().catch((error: unknown) => {
      throw new KeysAway({ cause: error })
    })
    // What was summed under a key that has gone is not remembered either.
    if (kept !== null && kept.epochs.living.some((epoch) => !epochs.living.includes(epoch))) known.clear()
    kept = { epochs, untilMs }
    return epochs
  }

  const sumOf = (key: SecretKey, value: string): Buffer => {
    const sum = hmac.start(key)
    sum.update(Buffer.from(value))
    return Buffer.from(sum.finish())
  }

  const epochIndex = (epoch: number, held: HeldKeys): EpochIndex => {
    const keyOf = (index: IndexName): SecretKey => {
      const key = held.get(keyNameOf(index, epoch))
      if (key === null) throw new CryptoError('key_destroyed', `the key of the index ${keyNameOf(index, epoch)} was destroyed`)
      return key
    }
    return {
      epoch,
      terms(index, lexemes) {
        const key = keyOf(index)
        return [...lexemes].map((lexeme) => {
          const name = `${keyNameOf(index, epoch)} ${lexeme}`
          const term = known.get(name)
          if (term !== undefined) return term
          const fresh = sumOf(key, lexeme).subarray(0, TERM_BYTES).readBigInt64BE().toString()
          if (known.size >= TERMS_KEPT_MAX) known.clear()
          known.set(name, fresh)
          return fresh
        })
      },
      lookup: (index, value) => sumOf(keyOf(index), value),
    }
  }

  return async () => {
    const { current, living } = await epochsNow()
    const names = living.flatMap(indexKeyNames)
    let held = await keys.hold('index', names)
    const missing = names.filter((name) => held.get(name) === null)
    if (missing.length > 0) {
      await keys.make('index', missing)
      held = await keys.hold('index', names)
    }
    const indexes = living.map((epoch) => epochIndex(epoch, held))
    const newest = indexes.find(({ epoch }) => epoch === current)
    if (newest === undefined) throw new CryptoError('key_unknown', 'no epoch of the indexes is current')
    return { current: newest, living: indexes }
  }
}
