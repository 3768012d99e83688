/** Lengths of time as a person sets them: an amount and a unit, and nothing lost between the two. */

export const DURATION_UNITS = ['second', 'minute', 'hour', 'day'] as const
export type DurationUnit = (typeof DURATION_UNITS)[number]

const UNIT_MS: Record<DurationUnit, number> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }

export interface Duration {
  readonly amount: number
  readonly unit: DurationUnit
}

/** The largest unit that holds the length without a remainder: 5400 s is 90 minutes, not 1.5 hours. */
export function splitDuration(ms: number): Duration {
  const units = [...DURATION_UNITS].reverse()
  const unit = units.find((candidate) => ms >= UNIT_MS[candidate] && ms % UNIT_MS[candidate] === 0) ?? 'second'
  return { amount: ms / UNIT_MS[unit], unit }
}

export const joinDuration = ({ amount, unit }: Duration): number => Math.round(amount * UNIT_MS[unit])

/** Every unit that is not zero, so that what was set is what is read: `1 ч 30 мин`. Parts of a second are rounded away. */
export function formatTarget(ms: number, locale: string): string {
  let rest = Math.max(0, Math.round(ms / 1_000) * 1_000)
  const parts: string[] = []
  for (const unit of [...DURATION_UNITS].reverse()) {
    const amount = Math.floor(rest / UNIT_MS[unit])
    rest -= amount * UNIT_MS[unit]
    if (amount > 0) parts.push(formatAmount(amount, unit, locale))
  }
  return parts.length > 0 ? parts.join(' ') : formatAmount(0, 'second', locale)
}

/** Never broken between number and unit, whichever space the browser's own data has there. */
const formatAmount = (amount: number, unit: DurationUnit, locale: string): string =>
  new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(amount).replace(/\s/g, '\u00a0')
