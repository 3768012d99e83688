import type { Actor } from '@oco/security'

/** An answer of the database is believed so long, where no news of an end or a change comes first. */
export const SESSION_CACHE_MS = 5_000
const SESSIONS_MAX = 20_000

export interface KnownSession {
  readonly actor: Extract<Actor, { kind: 'person' }>
  readonly expiresAt: Date
  lastSeenAt: Date
}

export interface SessionCache {
  /** null where nothing fresh is known. */
  get(key: string): KnownSession | null
  /** To be asked before the database is read, and given to `put` with what was read. */
  readonly generation: number
  /** Keeps nothing where `forget` came between: what was read may be older than the news. */
  put(key: string, session: KnownSession, generation: number): void
  forget(): void
}

/** `nowMs` is a clock that only grows. */
export const createSessionCache = (nowMs: () => number): SessionCache => {
  const known = new Map<string, { session: KnownSession; readAtMs: number }>()
  let generation = 0

  return {
    get(key) {
      const entry = known.get(key)
      if (entry === undefined) return null
      if (nowMs() - entry.readAtMs < SESSION_CACHE_MS) return entry.session
      known.delete(key)
      return null
    },
    get generation() {
      return generation
    },
    put(key, session, readIn) {
      if (readIn !== generation) return
      if (known.size >= SESSIONS_MAX) known.clear()
      known.set(key, { session, readAtMs: nowMs() })
    },
    forget() {
      generation++
      known.clear()
    },
  }
}
