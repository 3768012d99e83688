import type { SessionView } from '@oco/contract'
import {
  addressKey,
  ANONYMOUS,
  checkPassword,
  expiryOf,
  hashPassword,
  hashToken,
  isToken,
  LOGIN_LIMITS,
  NEIGHBOUR,
  newToken,
  permissionsOf,
  plainAddress,
  SESSION_ABSOLUTE_MS,
  sessionState,
  SYSTEM_ORIGIN,
  type Actor,
  type Origin,
} from '@oco/security'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { audit, live, wake, type Database, type Tx } from '../platform/db.ts'
import { createRateLimiter, type Rate } from '../platform/rate-limit.ts'
import { readCookie, SESSION_COOKIE } from './cookies.ts'
import { prove, proved } from './prove-service.ts'
import { createSessionCache, type KnownSession } from './session-cache.ts'
import * as store from './session-store.ts'
import { deleteQuietCounters } from './sign-in-counter-store.ts'

/**
 * Credentials that nobody knows cost the database a look each, so an address may show only so many. A session that has ended is such a
 * one too: the pages of a whole office may come back with theirs in the morning.
 */
export const STRANGERS_RATE: Rate = { perSecond: 20, burst: 1_000 }
/** `last_seen_at` is written at most so often. */
export const TOUCH_MS = 60_000
const PURGE_BATCH = 500
const USER_AGENT_LENGTH_MAX = 300
const BEARER = /^Bearer +(\S{1,300})$/i

type PersonActor = Extract<Actor, { kind: 'person' }>

export interface Credentials {
  readonly cookie: string | undefined
  readonly authorization: string | undefined
  readonly address: string | null
  /** False where the request says that it was forwarded: then the address is not the asker's own, or not for certain. */
  readonly direct: boolean
}

export interface SessionsDeps {
  readonly database: Database
  readonly clock: Clock
  /** The actor of an API token; null for anything else. */
  readonly tokenActor: (bearer: string) => Promise<Actor | null>
  /** True for this host and trusted proxies: they may read the figures without a session. */
  readonly isNeighbour: (address: string | null) => boolean
}

export interface SignIn {
  readonly login: string
  readonly password: string
  readonly userAgent: string
  /** The session of the same browser, which this one replaces. */
  readonly replaces: string | null
}

export interface StartedSession {
  readonly token: string
  readonly csrfToken: string
  readonly maxAgeMs: number
  readonly view: SessionView
}

/** Why a session ended, as the audit has it. */
export type EndReason = 'signed_out' | 'replaced' | 'password_changed' | 'role_changed' | 'blocked' | 'expired' | 'idle'

export interface Sessions {
  /**
   * Who asks. A bearer's token goes before a cookie; what is neither alive nor known is anonymous. Throws `rate_limited` where an address
   * has shown too much that nobody knows.
   */
  authenticate(credentials: Credentials): Promise<Actor>
  start(by: Origin, signIn: SignIn): Promise<StartedSession>
  read(actor: PersonActor): Promise<SessionView>
  end(by: Origin, actor: PersonActor): Promise<void>
  changePassword(by: Origin, actor: PersonActor, change: { current: string; next: string }): Promise<void>
  changeLocale(by: Origin, actor: PersonActor, locale: 'ru' | 'en'): Promise<void>
  /** Drops what this process believes of sessions: to be called on the topic `sessions`. */
  forget(): void
}

export const createSessions = (deps: SessionsDeps): Sessions => {
  const { database, clock } = deps
  const cache = createSessionCache(() => clock.monotonicMs())

  const strangers = createRateLimiter(() => clock.monotonicMs())

  const lookUpFrom = async <T>(address: string | null, look: () => Promise<T | null>): Promise<T | null> => {
    const caller = addressKey(address)
    const waitMs = strangers.take(caller, STRANGERS_RATE)
    if (waitMs > 0) throw new Failure('rate_limited', { retryAfterSeconds: Math.ceil(waitMs / 1_000) })
    const found = await look()
    if (found !== null) strangers.giveBack(caller, STRANGERS_RATE)
    return found
  }

  const lookUp = async (tokenHash: Buffer, address: string | null): Promise<KnownSession | null> => {
    const key = tokenHash.toString('base64')
    const known = cache.get(key)
    if (known !== null) return known
    const { generation } = cache
    const stored = await lookUpFrom(address, () => store.sessionByTokenHash(database.read, tokenHash))
    if (stored === null) return null
    const session = { actor: actorOf(stored), expiresAt: stored.expiresAt, lastSeenAt: stored.lastSeenAt }
    cache.put(key, session, generation)
    return session
  }

  const bySession = async (token: string, address: string | null): Promise<Actor | null> => {
    if (!isToken(token)) return null
    const session = await lookUp(hashToken(token), address)
    const now = clock.now()
    if (session === null || sessionState(session, now) !== 'alive') return null
    if (now.getTime() - session.lastSeenAt.getTime() >= TOUCH_MS) {
      session.lastSeenAt = now
      await store.touchSession(database.read, session.actor.sessionId, now, TOUCH_MS)
    }
    return session.actor
  }

  return {
    async authenticate({ cookie, authorization, address, direct }) {
      const bearer = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1]
      if (bearer !== undefined) return (await lookUpFrom(address, () => deps.tokenActor(bearer))) ?? ANONYMOUS
      const token = readCookie(cookie, SESSION_COOKIE)
      const actor = token === null ? null : await bySession(token, address)
      return actor ?? (direct && deps.isNeighbour(address) ? NEIGHBOUR : ANONYMOUS)
    },
    start: (by, signIn) => startSession(deps, by, signIn),
    async read(actor) {
      const view = await store.readSessionView(database.read, actor.personId)
      if (view === null) throw new Failure('unauthenticated')
      return { ...view, permissions: [...actor.permissions], previousSessionAt: null }
    },
    async end(by, actor) {
      await database.transaction(async (tx) => {
        ended(tx, by, await store.deleteSession(tx, actor.sessionId), () => 'signed_out')
      })
    },
    changePassword: (by, actor, change) => changePassword(deps, by, actor, change),
    async changeLocale(by, { personId }, locale) {
      await database.transaction(async (tx) => {
        await store.updateLocale(tx, personId, locale)
        audit(tx, { action: 'person.changed', by, object: { kind: 'person', id: personId }, details: { changed: ['locale'] } })
      })
    },
    forget: () => cache.forget(),
  }
}

/** Ends every session of a person, in the caller's transaction; on every process the pages are told at once. */
export const endSessionsOf = async (
  tx: Tx,
  by: Origin,
  end: { personId: string; reason: EndReason; exceptId?: string },
): Promise<void> => {
  ended(tx, by, await store.deleteSessionsOf(tx, end.personId, end.exceptId ?? null), () => end.reason)
}

/** Ends what is over its limits, a batch at a time, and forgets old counters. True: there may be more. */
export const purgeExpired = async (tx: Tx, now: Date): Promise<boolean> => {
  const rows = await store.deleteExpired(tx, now, PURGE_BATCH)
  const reasons = new Map(rows.map((row) => [row.id, row.reason]))
  ended(tx, SYSTEM_ORIGIN, rows, (id) => reasons.get(id) ?? 'expired')
  await deleteQuietCounters(tx, new Date(now.getTime() - LOGIN_LIMITS.windowMs))
  return rows.length === PURGE_BATCH
}

const ended = (tx: Tx, by: Origin, sessions: readonly store.EndedSession[], reasonOf: (id: string) => EndReason): void => {
  if (sessions.length === 0) return
  for (const session of sessions)
    audit(tx, {
      action: 'session.ended',
      by,
      object: { kind: 'person', id: session.personId },
      details: { sessionId: session.id, reason: reasonOf(session.id) },
    })
  live(
    tx,
    ...[...new Set(sessions.map((session) => session.personId))].map((personId) => ({
      type: 'session.ended' as const,
      personId,
    })),
  )
  wake(tx, 'sessions')
}

const startSession = async (deps: SessionsDeps, by: Origin, signIn: SignIn): Promise<StartedSession> => {
  const { database, clock } = deps
  const person = await store.personByLogin(database.read, signIn.login)
  await prove(deps, by, { login: signIn.login, password: signIn.password, person, refusedAs: 'session.refused' })
  const now = clock.now()
  const session = { id: newId(now), token: newToken(), csrfToken: newToken(), expiresAt: expiryOf(now) }
  const view = await database.transaction(async (tx) => {
    const fresh = person === null ? null : await store.lockPerson(tx, person.id)
    // Blocked, removed or given another password while this one was being proved.
    if (fresh === null || fresh.blocked || fresh.passwordHash !== person?.passwordHash) throw new Failure('bad_credentials')
    const self: Origin = { ...by, subject: { kind: 'person', id: fresh.id } }
    if (signIn.replaces !== null) ended(tx, self, await store.deleteSession(tx, signIn.replaces), () => 'replaced')
    await proved(tx, signIn.login)
    const before = await store.insertSession(tx, {
      id: session.id,
      tokenHash: hashToken(session.token),
      csrfToken: session.csrfToken,
      personId: fresh.id,
      startedAt: now,
      expiresAt: session.expiresAt,
      address: plainAddress(by.address),
      userAgent: signIn.userAgent.slice(0, USER_AGENT_LENGTH_MAX),
    })
    audit(tx, {
      action: 'session.started',
      by: self,
      object: { kind: 'person', id: fresh.id },
      details: { sessionId: session.id, role: fresh.role },
    })
    const read = await store.readSessionView(tx, fresh.id)
    if (read === null) throw new Failure('bad_credentials')
    return { ...read, permissions: [...permissionsOf(fresh.role)], previousSessionAt: before?.toISOString() ?? null }
  })
  return { token: session.token, csrfToken: session.csrfToken, maxAgeMs: SESSION_ABSOLUTE_MS, view }
}

const changePassword = async (
  deps: SessionsDeps,
  by: Origin,
  actor: PersonActor,
  change: { current: string; next: string },
): Promise<void> => {
  const person = await store.personById(deps.database.read, actor.personId)
  if (person === null) throw new Failure('unauthenticated')
  const weakness = change.next === change.current ? 'unchanged' : checkPassword(change.next, person.login)
  if (weakness !== null) throw new Failure('weak_password', { fields: { 'body.next': weakness } })
  await prove(deps, by, { login: person.login, password: change.current, person, refusedAs: 'password.changed' })
  const passwordHash = await hashPassword(change.next)
  await deps.database.transaction(async (tx) => {
    const fresh = await store.lockPerson(tx, person.id)
    if (fresh?.passwordHash !== person.passwordHash) throw new Failure('bad_credentials')
    await proved(tx, person.login)
    await store.updatePassword(tx, person.id, passwordHash)
    audit(tx, { action: 'password.changed', by, object: { kind: 'person', id: person.id } })
    await endSessionsOf(tx, by, { personId: person.id, reason: 'password_changed', exceptId: actor.sessionId })
  })
}

const actorOf = (stored: store.StoredSession): PersonActor => ({
  kind: 'person',
  personId: stored.personId,
  role: stored.role,
  sessionId: stored.id,
  csrfToken: stored.csrfToken,
  permissions: permissionsOf(stored.role),
})
