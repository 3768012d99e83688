import type { Language, Texts } from './texts.ts'

const UNITS: Readonly<Record<Language, readonly string[]>> = { ru: ['Б', 'КБ', 'МБ'], en: ['B', 'KB', 'MB'] }
const STEP = 1024
/** English with the day before the month and twenty-four hours. */
const LOCALES: Readonly<Record<Language, string>> = { ru: 'ru', en: 'en-GB' }

/** A size for people: at most one digit after the point, none for whole numbers. */
export const formatSize = (sizeBytes: number, language: Language): string => {
  let size = sizeBytes
  let unit = 0
  while (size >= STEP && unit < 2) {
    size /= STEP
    unit++
  }
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: size < 10 ? 1 : 0 }).format(size)
  return `${number} ${UNITS[language][unit] ?? ''}`
}

export const formatTime = (at: Date, language: Language): string =>
  new Intl.DateTimeFormat(LOCALES[language], { hour: '2-digit', minute: '2-digit' }).format(at)

/** Two moments of one day of the visitor have the same key. */
export const dayKey = (at: Date): string => `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`

export const formatDay = (at: Date, now: Date, language: Language, texts: Texts): string => {
  if (dayKey(at) === dayKey(now)) return texts.today
  const yesterday = new Date(now)
  yesterday.setDate(now.getDate() - 1)
  if (dayKey(at) === dayKey(yesterday)) return texts.yesterday
  const sameYear = at.getFullYear() === now.getFullYear()
  return new Intl.DateTimeFormat(LOCALES[language], {
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(at)
}

/** First letters of at most two words. */
export const initialsOf = (name: string): string =>
  name
    .split(/\s+/)
    .map((word) => Array.from(word)[0] ?? '')
    .slice(0, 2)
    .join('')
    .toUpperCase()
