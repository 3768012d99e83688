import { stemmer as english } from '@orama/stemmers/english'
import { stemmer as russian } from '@orama/stemmers/russian'

/** A text's words beyond that many signs are not searched. */
const SEARCHED_LENGTH_MAX = 100_000
/** Longer than any word: numbers of orders and keys are cut there, and found by as much of them. */
const WORD_LENGTH_MAX = 64

/**
 * Words that say nothing of what a text is about: they are in every one, and an index of them would only cost. Function words of Russian
 * and English.
 */
const STOP_WORDS = new Set(
  (
    'а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да для до его ее если есть еще ж же за здесь и из или ' +
    'им их к как ко когда кто ли либо мне может мы на над наш не него нее нет ни них но ну о об однако он она они оно от по под при с со так ' +
    'также там те тем то того тоже той только том ты у уж уже хотя чего чей чем что чтобы эта эти это этого этой этом этот я ' +
    'a an and are as at be but by for from has have i if in is it its my no not of on or our so that the their them there they this to was ' +
    'we were what when which who will with you your'
  ).split(' '),
)

export interface Word {
  /** What all forms of the word share; empty for a word that is not searched. */
  readonly lexeme: string
  /** Where it stands in the text. */
  readonly from: number
  readonly to: number
}

const WORD = /[\p{L}\p{N}]+/gu

/** The words of a text in order. Letters of both sizes are the same, and so are е and ё. */
export const wordsOf = (text: string): Word[] =>
  [...text.slice(0, SEARCHED_LENGTH_MAX).matchAll(WORD)].map(({ 0: word, index }) => ({
    lexeme: lexemeOf(word),
    from: index,
    to: index + word.length,
  }))

/** Each lexeme once. */
export const lexemesOf = (text: string): Set<string> => {
  const lexemes = new Set(wordsOf(text).map(({ lexeme }) => lexeme))
  lexemes.delete('')
  return lexemes
}

/** Snowball's stemmers: Russian is letter for letter what PostgreSQL's dictionary russian_stem answers. */
const lexemeOf = (word: string): string => {
  const plain = word.toLowerCase().normalize('NFC').replaceAll('ё', 'е').slice(0, WORD_LENGTH_MAX)
  if (STOP_WORDS.has(plain)) return ''
  if (/^[а-я]+$/.test(plain)) return russian(plain)
  if (/^[a-z]+$/.test(plain)) return english(plain)
  return plain
}
