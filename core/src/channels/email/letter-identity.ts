import { createHash } from 'node:crypto'
import type { Identity } from '../channel.ts'
import { headEndOf, headerOf } from './letter-scan.ts'
import { idOfBytes, messageIdOf } from './letter-thread.ts'

/** The letter's first header block, as bytes in a string. */
export const rootHead = (raw: Buffer): string => raw.toString('latin1', 0, headEndOf(raw, 0))

/** By what a repeat is recognised; cheap and never failing. Senders' programs sometimes give several letters one Message-ID. */
export const identityOf = (raw: Buffer): Identity => {
  const head = rootHead(raw)
  return {
    externalId: messageIdOf(headerOf(head, 'message-id')) ?? idOfBytes(raw),
    digest: digestOf(head, raw.subarray(headEndOf(raw, 0))),
    idMayRepeat: true,
  }
}

const SAYS = ['from', 'date', 'subject'] as const
const LF = 0x0a
const CR = 0x0d

/**
 * What the author has made, and nothing of the way: each relay adds header lines, and line ends are written anew. So a letter that came
 * by two ways is one, and one that says something else is another.
 */
const digestOf = (head: string, body: Buffer): string => {
  const hash = createHash('sha256')
  for (const name of SAYS) hash.update(`${(headerOf(head, name) ?? '').replace(/\s+/g, ' ')}\n`)
  return hash.update(withPlainLineEnds(body)).digest('hex')
}

/** Without carriage returns, and without empty lines at the end. */
const withPlainLineEnds = (body: Buffer): Buffer => {
  const plain = Buffer.allocUnsafe(body.length)
  let length = 0
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]
    if (byte !== undefined && byte !== CR) plain[length++] = byte
  }
  while (length > 0 && plain[length - 1] === LF) length--
  return plain.subarray(0, length)
}
