import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { InboundMessage } from '../../src/channels/channel.ts'
import { normaliseLetter, type LetterContext, type Reading } from '../../src/channels/email/normalise.ts'

export type Message = Extract<InboundMessage, { kind: 'message' }>
export type Bounce = Extract<InboundMessage, { kind: 'bounce' }>

export const FIXTURES = join(import.meta.dirname, '../../src/channels/email/fixtures')
export const HERE: LetterContext = { ownAddress: 'support@example.test', envelopeFrom: null }

/** One of the nasty letters that are kept in the adapter's folder. */
export const readFixture = async (file: string, context: LetterContext = HERE): Promise<Reading> =>
  normaliseLetter(await readFile(join(FIXTURES, file)), context)

export const messageIn = (reading: Reading): Message => {
  assert.ok(reading.kind === 'message' && reading.message.kind === 'message', `not a message but ${reading.kind}`)
  return reading.message
}

export const letter = async (file: string, context?: LetterContext): Promise<Message> =>
  messageIn(await readFixture(file, context))

export const bounce = async (file: string): Promise<Bounce> => {
  const reading = await readFixture(file)
  assert.ok(reading.kind === 'message' && reading.message.kind === 'bounce')
  return reading.message
}

/** A letter written out in a test, with plain line feeds. */
export const letterOf = async (text: string): Promise<Message> =>
  messageIn(await normaliseLetter(Buffer.from(text.replaceAll('\n', '\r\n')), HERE))
