import { createHash, randomBytes } from 'node:crypto'

/** A page that nobody has used so long must sign in again. */
export const SESSION_IDLE_MS = 4 * 3_600_000
/** However busy: longer than the longest shift, shorter than two. */
export const SESSION_ABSOLUTE_MS = 16 * 3_600_000
/** 256 bits from the system's generator: not to be guessed, so a plain hash of it is enough to keep. */
const TOKEN_BYTES = 32
const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** A secret value for a cookie or a key, in base64url. */
export const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url')

/** False for what can be no token of ours: it is not worth a look into the database. */
export const isToken = (value: string): boolean => TOKEN.test(value)

/** What is kept instead of the value. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()

export interface SessionTimes {
  readonly lastSeenAt: Date
  readonly expiresAt: Date
}

export const expiryOf = (startedAt: Date): Date => new Date(startedAt.getTime() + SESSION_ABSOLUTE_MS)

/** `expired` from the very moment of `expiresAt` on, `idle` from the very moment of the limit on. */
export const sessionState = (session: SessionTimes, now: Date): 'alive' | 'idle' | 'expired' => {
  if (now.getTime() >= session.expiresAt.getTime()) return 'expired'
  if (now.getTime() - session.lastSeenAt.getTime() >= SESSION_IDLE_MS) return 'idle'
  return 'alive'
}
