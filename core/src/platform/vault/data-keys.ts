import { CryptoError, destroyKey, generateKey, type KeyRing, type SecretKey } from '@oco/security'
import type { Clock } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../log.ts'
import type { DataKeyStore, KeyKind, KeyName } from './data-key-store.ts'
import { KeysAway } from './keys-away.ts'

/**
 * For so long after it was last seen in the database a process uses a key. Whoever destroys one waits that out, so it is what an
 * erasure lasts, and how long a process goes on that does not reach its keys.
 */
export const KEY_LEASE_MS = 4_000
/** Keys in use are seen again so often: one statement for all of them. */
const RENEW_EVERY_MS = 1_500
/** A key that nobody has asked for so long is dropped. */
const IDLE_MS = 60_000
/** From the end of a lease until the key has been overwritten here, at the latest. */
const SWEEP_MS = 500
/** Over the lease, for clocks of processes that do not run alike. */
const MARGIN_MS = 250
const REWRAPPED_AT_ONCE = 200
const DAYS_AT_ONCE = 100

/** Keys that were found. They serve for a lease, which goes on for as long as they are used and not destroyed. */
export interface HeldKeys {
  /** Null: there is none, or it was destroyed. Throws `key_unknown` where its lease has run out meanwhile. */
  get(name: string): SecretKey | null
}

export interface DataKeys {
  /** Committed when it resolves; a name that has a key keeps it. A name whose key was destroyed gets none: `key_destroyed`. */
  make(kind: KeyKind, names: readonly string[]): Promise<void>
  hold(kind: KeyKind, names: readonly string[]): Promise<HeldKeys>
  /** Resolves when no process can use any of them any more; the number of those that were there. */
  destroy(kind: KeyKind, names: readonly string[]): Promise<number>
  /** Those of the names whose key lives. */
  living(kind: KeyKind, names: readonly string[]): Promise<ReadonlySet<string>>
  /** Names of subjects whose key was destroyed. */
  destroyedSubjects(): Promise<string[]>
  /** Days before this one whose intake keys live, some of them. */
  intakeDaysBefore(day: string): Promise<string[]>
  /** Brings keys under the ring's newest version; true where there may be more. */
  rewrapSome(): Promise<boolean>
  start(): void
  /** Overwrites every key that is held. */
  stop(): void
}

interface Entry extends KeyName {
  readonly key: SecretKey
  leasedUntilMs: number
  askedAtMs: number
}

export interface DataKeysOptions {
  readonly store: DataKeyStore
  /** As it is now: a rotation brings another. */
  readonly ring: () => KeyRing
  readonly clock: Clock
  readonly log: Log
}

/** The keys of data in this process: read in batches, kept under leases, wrapped everywhere else. */
export const createDataKeys = ({ store, ring, clock, log }: DataKeysOptions): DataKeys => {
  const entries = new Map<string, Entry>()
  let renewing: NodeJS.Timeout | null = null
  let sweeping: NodeJS.Timeout | null = null

  const drop = (entry: Entry): void => {
    entries.delete(idOf(entry))
    destroyKey(entry.key)
  }

  const isLeased = (entry: Entry | undefined): entry is Entry => entry !== undefined && entry.leasedUntilMs > clock.monotonicMs()

  /** A lease counts from before the question: what was destroyed after the answer is held no longer than from then. */
  const fetchKeys = async (names: readonly KeyName[]): Promise<void> => {
    const askedAtMs = clock.monotonicMs()
    for (const { wrapped, ...found } of await answered(store.read(names))) {
      const known = entries.get(idOf(found))
      if (known !== undefined) known.leasedUntilMs = askedAtMs + KEY_LEASE_MS
      else {
        const key = ring().unwrap(wrapped)
        entries.set(idOf(found), { ...found, key, leasedUntilMs: askedAtMs + KEY_LEASE_MS, askedAtMs })
      }
    }
  }
  const fetch = batched(fetchKeys)

  const renew = async (): Promise<void> => {
    const nowMs = clock.monotonicMs()
    const used = [...entries.values()].filter((entry) => {
      const isUsed = nowMs - entry.askedAtMs < IDLE_MS
      if (!isUsed) drop(entry)
      return isUsed
    })
    if (used.length === 0) return
    const living = new Set((await store.living(used)).map(idOf))
    for (const entry of used) {
      if (living.has(idOf(entry))) entry.leasedUntilMs = nowMs + KEY_LEASE_MS
      else drop(entry)
    }
  }

  const sweep = (): void => {
    for (const entry of entries.values()) if (!isLeased(entry)) drop(entry)
  }

  const hold = async (kind: KeyKind, names: readonly string[]): Promise<HeldKeys> => {
    const wanted = [...new Set(names)]
    const missing = wanted.filter((name) => !isLeased(entries.get(idOf({ kind, name }))))
    if (missing.length > 0) await fetch(missing.map((name) => ({ kind, name })))
    const held = new Map<string, Entry>()
    const nowMs = clock.monotonicMs()
    for (const name of wanted) {
      const entry = entries.get(idOf({ kind, name }))
      if (entry === undefined) continue
      entry.askedAtMs = nowMs
      held.set(name, entry)
    }
    return {
      get(name) {
        const entry = held.get(name)
        if (entry === undefined) return null
        if (isLeased(entry)) return entry.key
        throw new CryptoError('key_unknown', 'the lease of a key has run out: it was destroyed, or the keys cannot be reached')
      },
    }
  }

  return {
    async make(kind, names) {
      const current = ring()
      const made = [...new Set(names)].map((name) => {
        const key = generateKey()
        return { kind, name, key, wrapped: current.wrap(key) }
      })
      const askedAtMs = clock.monotonicMs()
      const inserted = new Set((await answered(store.insert(made, current.current, clock.now()))).map(idOf))
      for (const { wrapped: _, ...fresh } of made) {
        if (inserted.has(idOf(fresh))) entries.set(idOf(fresh), { ...fresh, leasedUntilMs: askedAtMs + KEY_LEASE_MS, askedAtMs })
        else destroyKey(fresh.key)
      }
      const held = await hold(kind, names)
      for (const name of names) {
        if (held.get(name) === null) throw new CryptoError('key_destroyed', `the key of ${kind} ${name} was destroyed`)
      }
    },

    hold,

    async destroy(kind, names) {
      const gone = await store.destroy(
        names.map((name) => ({ kind, name })),
        clock.now(),
      )
      for (const name of names) {
        const entry = entries.get(idOf({ kind, name }))
        if (entry !== undefined) drop(entry)
      }
      const waited = pause(KEY_LEASE_MS + MARGIN_MS + SWEEP_MS)
      for (const { name } of gone) await store.rewrite(name)
      await waited
      return gone.length
    },

    async living(kind, names) {
      if (names.length === 0) return new Set()
      const found = await store.living(names.map((name) => ({ kind, name })))
      return new Set(found.map(({ name }) => name))
    },

    destroyedSubjects: () => store.destroyedSubjects(),

    intakeDaysBefore: (day) => store.namesBefore('intake', day, DAYS_AT_ONCE),

    async rewrapSome() {
      const current = ring()
      const done = await store.rewrapSome(current.current, REWRAPPED_AT_ONCE, (wrapped) => {
        const key = current.unwrap(wrapped)
        const fresh = current.wrap(key)
        destroyKey(key)
        return fresh
      })
      return done > 0
    },

    start() {
      renewing ??= setInterval(() => {
        renew().catch((error: unknown) => {
          log.error({ reason: messageOf(error) }, 'the keys of data cannot be reached')
        })
      }, RENEW_EVERY_MS)
      sweeping ??= setInterval(sweep, SWEEP_MS)
    },

    stop() {
      if (renewing !== null) clearInterval(renewing)
      if (sweeping !== null) clearInterval(sweeping)
      renewing = sweeping = null
      for (const entry of entries.values()) drop(entry)
    },
  }
}

/** What the database of keys answers; throws `KeysAway` where it does not. */
const answered = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch((error: unknown) => {
    throw new KeysAway({ cause: error })
  })

const idOf = ({ kind, name }: KeyName): string => `${kind}:${name}`

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Calls of one moment, and those that come while a question is on its way, share the next question. Each resolves when its own names
 * have been asked for.
 */
const batched = (ask: (names: readonly KeyName[]) => Promise<void>): ((names: readonly KeyName[]) => Promise<void>) => {
  let flying: Promise<void> = Promise.resolve()
  let next: { readonly names: Map<string, KeyName>; readonly asked: Promise<void> } | null = null
  return (names) => {
    if (next === null) {
      const gathered = new Map<string, KeyName>()
      const asked = flying
        .catch(() => undefined)
        .then(() => {
          next = null
          return ask([...gathered.values()])
        })
      next = { names: gathered, asked }
      flying = asked
    }
    for (const name of names) next.names.set(idOf(name), name)
    return next.asked
  }
}
