import { newId } from '../../../src/kernel/ids.ts'
import type { Random } from '../../random.ts'

/** Somebody who has written, called and left files: each value is like no other, so that any trace of it is found. */
export interface Subject {
  readonly index: number
  readonly name: string
  readonly email: string
  readonly phone: string
  readonly note: string
  readonly subject: string
  /** Letters of theirs. */
  readonly letters: readonly string[]
  readonly answers: readonly string[]
  readonly draft: string
  readonly files: readonly { readonly fileName: string; readonly text: string }[]
  readonly visitId: string
  readonly visitEmail: string
  readonly pageUrl: string
  /** What they wrote in the chat. */
  readonly chat: readonly string[]
}

const SYLLABLES = [
  'ба',
  'ве',
  'го',
  'ду',
  'жи',
  'зо',
  'ку',
  'ла',
  'ме',
  'но',
  'пу',
  'ры',
  'са',
  'ти',
  'фе',
  'ха',
  'цо',
  'ша',
  'щу',
  'эр',
]
const LATIN = [
  'ba',
  've',
  'go',
  'du',
  'zhi',
  'zo',
  'ku',
  'la',
  'me',
  'no',
  'pu',
  'ry',
  'sa',
  'ti',
  'fe',
  'ha',
  'tso',
  'sha',
  'er',
  'yu',
]
const LETTERS = 6
const CHAT = 5
const FILES = 2

export const makeSubject = (index: number, random: Random): Subject => {
  const word = (of: readonly string[] = SYLLABLES): string => Array.from({ length: 6 }, () => random.pick(of)).join('')
  const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
  const digits = (count: number): string => Array.from({ length: count }, () => String(random.below(10))).join('')
  const latin = word(LATIN)
  return {
    index,
    name: `${capital(word())} ${capital(word())}`,
    email: `${latin}.${word(LATIN)}@${word(LATIN)}.test`,
    phone: `+7 9${digits(9)}`,
    note: `предпочитает ${word()} по утрам`,
    subject: `Не приходит ${word()}`,
    letters: Array.from({ length: LETTERS }, () => `Здравствуйте, где мой ${word()}, заказ ${digits(10)}?`),
    answers: Array.from({ length: LETTERS }, () => `Добрый день, ваш ${word()} приедет завтра`),
    draft: `Ещё не отправлено: ${word()}`,
    files: Array.from({ length: FILES }, () => ({
      fileName: `${word()}-паспорт.txt`,
      text: `серия ${digits(4)} номер ${digits(8)} ${word()}`,
    })),
    visitId: newId(),
    visitEmail: `${word(LATIN)}@${word(LATIN)}.test`,
    pageUrl: `https://shop.test/${word(LATIN)}`,
    chat: Array.from({ length: CHAT }, () => `В чате: ${word()} всё ещё не пришёл`),
  }
}

/** All that must be unreadable once the subject is erased. */
export const valuesOf = (subject: Subject): string[] => [
  ...[subject.name, subject.email, subject.phone, subject.note, subject.subject, subject.draft],
  ...[...subject.letters, ...subject.answers, ...subject.chat],
  ...subject.files.flatMap(({ fileName, text }) => [fileName, text]),
  ...[subject.visitEmail, subject.pageUrl],
]
