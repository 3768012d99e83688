import { lexemesOf, wordsOf, type Word } from '../platform/vault/index.ts'

/** What somebody looks for, in lexemes. */
export interface SearchQuery {
  /** All of them are in what is found, */
  readonly required: readonly string[]
  /** none of these, */
  readonly excluded: readonly string[]
  /** and each of these one after the other. */
  readonly phrases: readonly (readonly string[])[]
}

const PART = /(-?)(?:"([^"]*)"|(\S+))/g

/** Words; `-word` for what must not be there; "words in quotes" for a phrase. */
export const parseQuery = (typed: string): SearchQuery => {
  const required = new Set<string>()
  const excluded = new Set<string>()
  const phrases: string[][] = []
  for (const [, minus, quoted, bare = ''] of typed.matchAll(PART)) {
    const lexemes = lexemesOf(quoted ?? bare)
    const goal = minus === '-' ? excluded : required
    for (const lexeme of lexemes) goal.add(lexeme)
    if (minus !== '-' && quoted !== undefined && lexemes.size > 1) phrases.push(sequenceOf(quoted))
  }
  for (const lexeme of required) excluded.delete(lexeme)
  return { required: [...required], excluded: [...excluded], phrases }
}

const sequenceOf = (text: string): string[] => wordsOf(text).map(({ lexeme }) => lexeme)

export const hasPhrases = (text: string, { phrases }: SearchQuery): boolean => {
  if (phrases.length === 0) return true
  const words = sequenceOf(text)
  return phrases.every((phrase) => words.some((_, from) => phrase.every((lexeme, index) => words[from + index] === lexeme)))
}

/** Matches stand between these two, which no text that comes in keeps; the page makes them bold without trusting any HTML. */
const [OPEN, CLOSE] = ['\u2068', '\u2069']
const EXCERPT_WORDS = 24
/** Before the first match, so that it is read in its place. */
const WORDS_BEFORE = 6

/** Some words around the first match, on one line, with every match marked. The beginning, where nothing matches. */
export const excerptOf = (text: string, { required }: SearchQuery): string => {
  const words = wordsOf(text)
  const wanted = new Set(required)
  const first = words.findIndex(({ lexeme }) => wanted.has(lexeme))
  const from = Math.max(0, first - WORDS_BEFORE)
  const shown = words.slice(from, from + EXCERPT_WORDS)
  const [start, end] = [shown[0], shown.at(-1)]
  if (start === undefined || end === undefined) return text.trim()
  return marked(
    text,
    { from: from === 0 ? 0 : start.from, to: end.to },
    shown.filter(({ lexeme }) => wanted.has(lexeme)),
  )
}

const marked = (text: string, { from, to }: { from: number; to: number }, matches: readonly Word[]): string => {
  let line = ''
  let at = from
  for (const match of matches) {
    line += text.slice(at, match.from) + OPEN + text.slice(match.from, match.to) + CLOSE
    at = match.to
  }
  return (line + text.slice(at, to)).replace(/\s+/g, ' ').trim()
}
