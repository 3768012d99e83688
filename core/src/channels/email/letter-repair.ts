import { betterCharset, decodeUnlabelled, isUtf8 } from './letter-charset.ts'
import type { PartSpan } from './letter-scan.ts'

/** Enough of a body to tell its charset from, before transfer decoding. */
const SAMPLE_BYTES = 96 * 1024

/**
 * The letter with wrong charset labels put right and eight-bit headers turned into UTF-8, so that the parser, which believes
 * labels, reads what was written. The same buffer comes back where nothing is wrong.
 */
export const repairLetter = (raw: Buffer, parts: readonly PartSpan[]): Buffer => {
  const pieces: Uint8Array[] = []
  let copied = 0
  for (const part of parts) {
    const head = repairedHead(raw, part)
    if (head === null) continue
    pieces.push(raw.subarray(copied, part.headStart), head)
    copied = part.headEnd
  }
  if (pieces.length === 0) return raw
  pieces.push(raw.subarray(copied))
  return Buffer.concat(pieces)
}

const repairedHead = (raw: Buffer, part: PartSpan): Uint8Array | null => {
  const bytes = raw.subarray(part.headStart, part.headEnd)
  const charset = isText(part) ? betterCharset(part.charset, sampleOf(raw, part)) : null
  const readable = isUtf8(bytes)
  if (charset === null && readable) return null
  const head = readable ? bytes.toString('utf8') : decodeUnlabelled(bytes)
  return Buffer.from(charset === null ? head : withCharset(head, charset))
}

const isText = (part: PartSpan): boolean => !part.isAttachment && (part.type === 'text/plain' || part.type === 'text/html')

const sampleOf = (raw: Buffer, part: PartSpan): Uint8Array => {
  const body = raw.subarray(part.headEnd, Math.min(part.bodyEnd, part.headEnd + SAMPLE_BYTES))
  if (part.encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64')
  return part.encoding === 'quoted-printable' ? decodeQuotedPrintable(body) : body
}

/** RFC 2045, 6.7, for a sample: soft line breaks go, `=D0` becomes a byte, everything else stays. */
const decodeQuotedPrintable = (body: Buffer): Buffer =>
  Buffer.from(
    body
      .toString('latin1')
      .replace(/=[ \t]*\r?\n/g, '')
      .replace(/=([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )

const CONTENT_TYPE = /^content-type[ \t]*:.*(?:\r?\n[ \t].*)*/im

const withCharset = (head: string, charset: string): string => {
  const header = CONTENT_TYPE.exec(head)
  if (header === null) return `Content-Type: text/plain; charset=${charset}\r\n${head}`
  const bare = header[0].replace(/;\s*charset\s*=\s*(?:"[^"]*"|[^\s;]*)/gi, '').trimEnd()
  return head.slice(0, header.index) + `${bare}; charset=${charset}` + head.slice(header.index + header[0].length)
}
