export const EXPIRIES = ['month', 'quarter', 'year', 'never'] as const
export type Expiry = (typeof EXPIRIES)[number]

const DAY_MS = 86_400_000
const LENGTH_MS: Record<Exclude<Expiry, 'never'>, number> = { month: 30 * DAY_MS, quarter: 90 * DAY_MS, year: 365 * DAY_MS }

export const expiresAt = (expiry: Expiry, now: number): string | null =>
  expiry === 'never' ? null : new Date(now + LENGTH_MS[expiry]).toISOString()

/** Shown in yellow from here on: the other system stops when its key does. */
const SOON_MS = 14 * DAY_MS

export function expiryTone(at: string | null, now: number): 'danger' | 'warn' | null {
  if (at === null) return null
  const left = Date.parse(at) - now
  if (left <= 0) return 'danger'
  return left <= SOON_MS ? 'warn' : null
}
