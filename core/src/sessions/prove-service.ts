import {
  ADDRESS_LIMITS,
  addressKey,
  afterFailure,
  freshCounter,
  isPasswordLineFull,
  LOGIN_LIMITS,
  loginKey,
  pauseLeftMs,
  verifyPassword,
  type Origin,
} from '@oco/security'
import type { AuditAction } from '@oco/contract'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { audit, type Database, type Tx } from '../platform/db.ts'
import type { SignInPerson } from './session-store.ts'
import { deleteCounter, lockCounter, readCounter, saveCounter } from './sign-in-counter-store.ts'

const BUSY_RETRY_SECONDS = 10

export interface Proof {
  readonly login: string
  readonly password: string
  /** null where nobody has the login: the same happens, and takes as long. */
  readonly person: SignInPerson | null
  /** What is recorded where the proof fails. */
  readonly refusedAs: AuditAction
}

/**
 * Proves a password. Throws `rate_limited` where too many are being proved, `locked_out` while a pause lasts, whatever the password, and `bad_credentials` for an unknown login, a
 * wrong password and a blocked person alike. Each attempt counts before the password is looked at, so that many at once find
 * no gap; a success clears the login's counter (`proved`, in the transaction of what it was for).
 */
export const prove = async (deps: { database: Database; clock: Clock }, by: Origin, proof: Proof): Promise<void> => {
  if (isPasswordLineFull()) throw new Failure('rate_limited', { retryAfterSeconds: BUSY_RETRY_SECONDS })
  const now = deps.clock.now()
  const attempt = await deps.database.transaction((tx) => countAttempt(tx, by, proof, now))
  if (attempt.pauseMs > 0) throw new Failure('locked_out', { retryAfterSeconds: Math.ceil(attempt.pauseMs / 1_000) })

  const right = await verifyPassword(proof.password, proof.person?.passwordHash ?? null)
  if (right && proof.person?.blocked === false) return
  await deps.database.transaction((tx) => recordFailure(tx, by, proof, { now, right, loginLocked: attempt.locks }))
  throw new Failure('bad_credentials')
}

export const proved = (tx: Tx, login: string): Promise<void> => deleteCounter(tx, loginKey(login))

interface Attempt {
  readonly pauseMs: number
  /** This attempt, if it fails, is the one after which the login pauses. */
  readonly locks: boolean
}

const countAttempt = async (tx: Tx, by: Origin, proof: Proof, now: Date): Promise<Attempt> => {
  const ofAddress = await readCounter(tx, addressKey(by.address))
  const counter = await lockCounter(tx, loginKey(proof.login), freshCounter(now))
  const pauseMs = Math.max(pauseLeftMs(counter, now), ofAddress === null ? 0 : pauseLeftMs(ofAddress, now))
  if (pauseMs > 0) {
    audit(tx, { action: proof.refusedAs, by, result: 'failure', ...objectOf(proof), details: { reason: 'paused' } })
    return { pauseMs, locks: false }
  }
  const next = afterFailure(counter, LOGIN_LIMITS, now)
  await saveCounter(tx, loginKey(proof.login), next)
  return { pauseMs: 0, locks: pauseLeftMs(next, now) > 0 }
}

const recordFailure = async (
  tx: Tx,
  by: Origin,
  proof: Proof,
  failure: { now: Date; right: boolean; loginLocked: boolean },
): Promise<void> => {
  const reason = proof.person === null ? 'unknown_login' : failure.right ? 'blocked' : 'wrong_password'
  const key = addressKey(by.address)
  const next = afterFailure(await lockCounter(tx, key, freshCounter(failure.now)), ADDRESS_LIMITS, failure.now)
  await saveCounter(tx, key, next)
  audit(tx, { action: proof.refusedAs, by, result: 'failure', ...objectOf(proof), details: { reason } })
  if (failure.loginLocked) audit(tx, { action: 'session.locked_out', by, ...objectOf(proof), details: { counter: 'login' } })
  if (pauseLeftMs(next, failure.now) > 0)
    audit(tx, { action: 'session.locked_out', by, details: { counter: 'address', failures: next.failures } })
}

/** Who was meant, where there is such a person. A login that nobody has is not written down: it may be a password in the wrong field. */
const objectOf = (proof: Proof): { object: { kind: string; id: string } } | object =>
  proof.person === null ? {} : { object: { kind: 'person', id: proof.person.id } }
