const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * `03.02.2026, 12:00:05`: to the second, always with the date, so that a column of them can be
 * compared by eye. English is written as in Britain: with the day first and twenty-four hours.
 */
export function formatMoment(at: string, locale: string): string {
  const known = formats.get(locale)
  const format = known ?? new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { dateStyle: 'short', timeStyle: 'medium' })
  if (!known) formats.set(locale, format)
  return format.format(Date.parse(at))
}
