const NEW_LINES = /\r\n?/g
/** Control characters (PostgreSQL takes no NUL, and the rest only disturbs a reader) and halves of surrogate pairs (no JSON of theirs). */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/gu

/** What somebody outside has written, as text that every store and screen takes: line feeds and tabs stay, other controls go. */
export const plainText = (text: string): string =>
  text.replace(NEW_LINES, '\n').replace(UNPRINTABLE, (character) => (character === '\n' || character === '\t' ? character : ''))

/** The same on one line, without leading and trailing space. */
export const plainLine = (text: string): string => plainText(text).replace(/\s+/gu, ' ').trim()

/** The first words of a text as a title, cut between words where there is one to cut at; '' where there are none. */
export const firstWords = (text: string, lengthMax: number): string => {
  const line = plainLine(text)
  // Code points: a cut between them breaks no character's encoding, which is all that a title needs.
  const characters = Array.from(line)
  if (characters.length <= lengthMax) return line
  const cut = characters.slice(0, lengthMax - 1).join('')
  const space = cut.lastIndexOf(' ')
  return `${space > lengthMax / 2 ? cut.slice(0, space) : cut}…`
}
