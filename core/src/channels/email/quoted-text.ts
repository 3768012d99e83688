/**
 * Where the quotation of earlier letters begins. Only a quotation that runs to the end is found: an answer written between the
 * lines, or below them, stays open.
 */

const MONTHS = 'январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр'
const NAME_OR_ADDRESS = '[^\\n]{1,200}'

/** "… wrote:" in the words of the programs that people use; the line may have been wrapped once or twice. */
const ATTRIBUTIONS: readonly RegExp[] = [
  // Gmail, Apple Mail, Thunderbird in English
  new RegExp(`^On ${NAME_OR_ADDRESS}(?:\\n[^\\n]{0,200}){0,2}\\bwrote:?$`),
  // Gmail, Thunderbird, The Bat! in Russian: писал(а), написал, пишет
  new RegExp(
    `^(?!>)${NAME_OR_ADDRESS}(?:\\n${NAME_OR_ADDRESS}){0,2}\\b(?:на)?(?:писал[аи]?(?:\\([аи]\\))?|пишет):?$`.replace(
      '\\b',
      '(?<![а-яё])',
    ),
    'i',
  ),
  // The Bat!: Вы писали 23 ноября 2026 г., 10:30:28:
  /^[^\n]{0,200}(?<![а-яё])(?:на)?писал[аи]?(?:\([аи]\))?[^\n]{1,60}\d{1,2}:\d{2}(?::\d{2})?:$/i,
  // Yandex, Gmail in Russian, many others: a moment, a name, an address and a colon
  /^[^\n]{0,80}\d{1,2}:\d{2}[^\n]{0,200}<[^\s>]+@[^\s>]+>:$/,
  // Mail.ru: Пятница, 20 ноября 2026, 12:30 +03:00 от Имя <a@b>:
  new RegExp(`^[А-Яа-я]{2,12}, \\d{1,2} (?:${MONTHS})[а-я]* \\d{4}[^\\n]{0,40} от ${NAME_OR_ADDRESS}:$`, 'i'),
]

/** Outlook and its like put a line or a block of headers above the letter that is answered. */
const SEPARATORS: readonly RegExp[] = [
  /^-{2,}\s*(?:Original Message|Исходное сообщение|Оригинальное сообщение|Original-Nachricht)\s*-{2,}(?:\n|$)/i,
  /^(?:From|От): [^\n]+\n(?:Sent|Date|Отправлено|Дата): [^\n]+\n(?:To|Кому): [^\n]+/,
  /^\*(?:From|От):\*? [^\n]+\n\*(?:Sent|Date|Отправлено|Дата):\*? [^\n]+/,
  /^_{20,}\n+(?:From|От): /,
]

/** The attribution patterns look at so many lines at once. */
const WINDOW_LINES = 4
const LOOK_BACK_LINES = 3

export const findQuote = (text: string): number | null => {
  const lines = text.split('\n')
  const starts: number[] = []
  let offset = 0
  for (const line of lines) {
    starts.push(offset)
    offset += line.length + 1
  }
  const first = firstQuotedLine(lines)
  if (first === null) return null
  const start = starts[first] ?? 0
  // A letter that is nothing but a quotation is shown whole.
  return text.slice(0, start).trim() === '' ? null : start
}

const firstQuotedLine = (lines: readonly string[]): number | null => {
  const tail = trailingQuotation(lines)
  for (let at = 0; at < lines.length; at++) {
    if (at === tail) return withAttribution(lines, at)
    const window = lines.slice(at, at + WINDOW_LINES).join('\n')
    if (SEPARATORS.some((pattern) => pattern.test(window))) return at
    const count = endsAttribution(lines, at)
    if (count !== null && quotesToTheEnd(lines, at, count, tail)) return at
  }
  return null
}

const isQuoted = (line: string): boolean => /^\s?>/.test(line)
const isBlank = (line: string): boolean => line.trim() === ''

/** The first line of the block of `>` lines that reaches the end; null where the text ends in something else. */
const trailingQuotation = (lines: readonly string[]): number | null => {
  let first: number | null = null
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at] ?? ''
    if (isQuoted(line)) first = at
    else if (!isBlank(line)) break
  }
  return first
}

/** How many lines from `at` on make up an attribution. */
const endsAttribution = (lines: readonly string[], at: number): number | null => {
  for (let count = 1; count <= LOOK_BACK_LINES && at + count <= lines.length; count++) {
    const candidate = lines
      .slice(at, at + count)
      .map((line) => line.trim())
      .join('\n')
    if (ATTRIBUTIONS.some((pattern) => pattern.test(candidate))) return count
  }
  return null
}

/**
 * Behind an attribution stands either a block of `>` lines that reaches the end, or the whole letter without any marks. The
 * latter is believed only where the attribution names a time or an address: people write "he wrote:" themselves.
 */
const quotesToTheEnd = (lines: readonly string[], at: number, count: number, tail: number | null): boolean => {
  const from = at + count
  if (lines.slice(from).some(isQuoted)) {
    return tail !== null && lines.slice(from, tail).every(isBlank)
  }
  return /\d{1,2}[:.]\d{2}|@/.test(lines.slice(at, from).join(' '))
}

/** The lines right above a block of `>` lines that say who wrote it belong to it. */
const withAttribution = (lines: readonly string[], tail: number): number => {
  let above = tail - 1
  while (above >= 0 && isBlank(lines[above] ?? '')) above--
  for (let count = 1; count <= LOOK_BACK_LINES && above - count + 1 >= 0; count++) {
    const start = above - count + 1
    if (endsAttribution(lines, start) === count) return start
  }
  return tail
}
