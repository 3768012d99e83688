/** Numbers, sizes, durations and moments in the words of a language. Pure: the caller gives the moment. */

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** English is written as in Britain: with the day first and twenty-four hours, as the rest of the product's world does. */
const moments = new Map<string, Intl.DateTimeFormat>()

function moment(locale: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${name}`
  const known = moments.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, options)
  moments.set(key, made)
  return made
}

export const formatClock = (at: number, locale: string): string =>
  moment(locale, 'clock', { hour: '2-digit', minute: '2-digit' }).format(at)

export const formatDay = (at: number, locale: string): string =>
  moment(locale, 'day', { day: 'numeric', month: 'short' }).format(at)

export const formatFull = (at: number, locale: string): string =>
  moment(locale, 'full', { dateStyle: 'long', timeStyle: 'medium' }).format(at)

export const formatLongDay = (at: number, locale: string): string => moment(locale, 'long day', { dateStyle: 'long' }).format(at)

/** `03.02.2026, 12:00:05`: to the second, always with the date, so that a column of them can be compared by eye. */
export const formatMoment = (at: number, locale: string): string =>
  moment(locale, 'moment', { dateStyle: 'short', timeStyle: 'medium' }).format(at)

/** A moment that is to come, with its day of the week. */
export const formatAppointment = (at: number, locale: string): string =>
  moment(locale, 'appointment', { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(
    at,
  )

/** Today: the clock. This year: day and month. Earlier: with the year. The form that a list has room for. */
export function formatShort(at: number, now: number, locale: string): string {
  if (isSameDay(at, now)) return formatClock(at, locale)
  if (new Date(at).getFullYear() === new Date(now).getFullYear()) return formatDay(at, locale)
  return moment(locale, 'date', { day: '2-digit', month: '2-digit', year: 'numeric' }).format(at)
}

export function isSameDay(a: number, b: number): boolean {
  const [first, second] = [new Date(a), new Date(b)]
  return first.toDateString() === second.toDateString()
}

/** `4:07`, `1:02:09`: a time that runs. */
export function formatTimer(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / SECOND_MS))
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

const UNITS = {
  ru: { day: 'д', hour: 'ч', minute: 'мин', second: 'с' },
  en: { day: 'd', hour: 'h', minute: 'min', second: 's' },
}

/** `3 мин`, `2 ч 5 мин`, `4 д`: a length in at most two units, rounded down. */
export function formatDuration(durationMs: number, locale: string): string {
  const units = locale.startsWith('ru') ? UNITS.ru : UNITS.en
  const length = Math.max(0, durationMs)
  if (length < MINUTE_MS) return `${Math.floor(length / SECOND_MS)} ${units.second}`
  if (length < HOUR_MS) return `${Math.floor(length / MINUTE_MS)} ${units.minute}`
  if (length < DAY_MS) {
    const minutes = Math.floor((length % HOUR_MS) / MINUTE_MS)
    const hours = `${Math.floor(length / HOUR_MS)} ${units.hour}`
    return minutes > 0 && length < 10 * HOUR_MS ? `${hours} ${minutes} ${units.minute}` : hours
  }
  return `${Math.floor(length / DAY_MS)} ${units.day}`
}

const SIZES = { ru: ['Б', 'КБ', 'МБ', 'ГБ'], en: ['B', 'KB', 'MB', 'GB'] }

export function formatBytes(sizeBytes: number, locale: string): string {
  const names = locale.startsWith('ru') ? SIZES.ru : SIZES.en
  let [size, step] = [sizeBytes, 0]
  while (size >= 1024 && step < names.length - 1) {
    size /= 1024
    step += 1
  }
  const digits = step === 0 || size >= 100 ? 0 : 1
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(size)} ${names[step]}`
}

export const formatNumber = (value: number, locale: string): string => new Intl.NumberFormat(locale).format(value)

export const formatShare = (share: number, locale: string): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share)
