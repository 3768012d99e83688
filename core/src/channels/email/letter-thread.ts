import { createHash } from 'node:crypto'
import type { Thread } from '../channel.ts'
import { MESSAGE_ID_LENGTH_MAX, REFERENCES_MAX } from './limits.ts'

/** `<…>` as it stands in a header, whatever stands around it; long ones become their hash. Null where there is none. */
export const messageIdOf = (value: string | null): string | null => {
  if (value === null) return null
  const inBrackets = /<([^<>]{1,10000})>/.exec(value)?.[1]
  const id = (inBrackets ?? value).replace(/[^\x21-\x7e\u00a1-\uffff]+/g, '')
  if (id === '') return null
  return id.length <= MESSAGE_ID_LENGTH_MAX ? `<${id}>` : `<${createHash('sha256').update(id).digest('hex')}@long-id.invalid>`
}

/** The id of a letter that brings none: always the same for the same bytes. */
export const idOfBytes = (bytes: Uint8Array): string => `<${createHash('sha256').update(bytes).digest('hex')}@no-id.invalid>`

/** The letters that this one goes back to, nearest first. */
export const referencesOf = (inReplyTo: string | null, references: string | null): string[] => {
  const ids = (text: string | null): string[] =>
    (text?.match(/<[^<>]{1,10000}>/g) ?? []).map(messageIdOf).filter((id): id is string => id !== null)
  return [...new Set([...ids(inReplyTo), ...ids(references).reverse()])].slice(0, REFERENCES_MAX)
}

/** `[#123]`, anywhere in a subject: how the product marks the subjects of its replies. */
export const NUMBER_TOKEN = /\[#(\d{1,15})\]/

export const threadOf = (letter: { inReplyTo: string | null; references: string | null; subject: string }): Thread => {
  const number = NUMBER_TOKEN.exec(letter.subject)?.[1]
  return {
    references: referencesOf(letter.inReplyTo, letter.references),
    ...(number === undefined ? {} : { number: Number(number) }),
  }
}
