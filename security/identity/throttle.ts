/** How one counter slows guessing down: some free failures within a window, then pauses that double. */
export interface ThrottleLimits {
  readonly freeFailures: number
  readonly windowMs: number
  readonly firstPauseMs: number
  readonly pauseMsMax: number
}

/** Of one login, whether anybody has it or not: so the answer tells nothing about who exists. */
export const LOGIN_LIMITS: ThrottleLimits = {
  freeFailures: 5,
  windowMs: 3_600_000,
  firstPauseMs: 30_000,
  pauseMsMax: 15 * 60_000,
}

/** Of one address: a whole office may stand behind it. */
export const ADDRESS_LIMITS: ThrottleLimits = { ...LOGIN_LIMITS, freeFailures: 50 }

export interface SignInCounter {
  readonly failures: number
  readonly windowStartedAt: Date
  readonly lockedUntil: Date | null
}

export const freshCounter = (now: Date): SignInCounter => ({ failures: 0, windowStartedAt: now, lockedUntil: null })

/** How long nobody may try yet; 0 when one may. */
export const pauseLeftMs = (counter: SignInCounter, now: Date): number =>
  counter.lockedUntil === null ? 0 : Math.max(0, counter.lockedUntil.getTime() - now.getTime())

/** The counter after one more failure. A window that has run out, and whose pause is over, is forgotten. */
export const afterFailure = (counter: SignInCounter, limits: ThrottleLimits, now: Date): SignInCounter => {
  const base = isOver(counter, limits, now) ? freshCounter(now) : counter
  const failures = base.failures + 1
  const beyond = failures - limits.freeFailures
  if (beyond < 0) return { ...base, failures }
  const pauseMs = Math.min(limits.firstPauseMs * 2 ** beyond, limits.pauseMsMax)
  return { ...base, failures, lockedUntil: new Date(now.getTime() + pauseMs) }
}

/** True where the counter says nothing any more and its row may go. */
export const isOver = (counter: SignInCounter, limits: ThrottleLimits, now: Date): boolean =>
  pauseLeftMs(counter, now) === 0 && now.getTime() - lastHeard(counter).getTime() >= limits.windowMs

/** A pause belongs to the window: while somebody goes on guessing, the count is not forgotten. */
const lastHeard = (counter: SignInCounter): Date => counter.lockedUntil ?? counter.windowStartedAt

export const loginKey = (login: string): string => `login:${login}`

/** IPv6 by its network of 64 bits, which is one customer's (RFC 6177): the rest of the address costs nothing to change. */
export const addressKey = (address: string | null): string => {
  if (address === null) return 'address:unknown'
  if (!address.includes(':')) return `address:${address}`
  const [head = '', tail] = address.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  const groups = tail === undefined ? before : [...before, ...zeros, ...after]
  return `address:${groups
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
