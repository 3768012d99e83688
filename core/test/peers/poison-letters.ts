import { Readable } from 'node:stream'

/** Letters that are too much, made when a test wants them instead of being kept. */

const head = (subject: string, id: string, contentType: string): string =>
  `From: client@example.test\r\nTo: support@example.test\r\nSubject: ${subject}\r\nMessage-ID: <${id}>\r\n` +
  `MIME-Version: 1.0\r\nContent-Type: ${contentType}\r\n\r\n`

export const plainLetter = (id: string, text: string, from = 'client@example.test'): Buffer =>
  Buffer.from(
    `From: ${from}\r\nTo: support@example.test\r\nSubject: ${id}\r\nMessage-ID: <${id}@example.test>\r\n` +
      `Date: Mon, 23 Nov 2026 10:15:00 +0300\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n`,
  )

export const letterOfManyParts = (id: string, count: number): Buffer =>
  Buffer.from(
    head('parts', id, 'multipart/mixed; boundary=b') + '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'.repeat(count) + '--b--\r\n',
  )

export const letterOfDeepNesting = (id: string, depth: number): Buffer => {
  const lines = [head('nesting', id, 'multipart/mixed; boundary=b0')]
  for (let level = 0; level < depth; level++) {
    lines.push(`--b${level}\r\nContent-Type: multipart/mixed; boundary=b${level + 1}\r\n\r\n`)
  }
  lines.push(`--b${depth}\r\nContent-Type: text/plain\r\n\r\ninnermost\r\n`)
  return Buffer.from(lines.join(''))
}

/** Letters within letters, each the only matter of the one around it. */
export const letterOfEmbeddedLetters = (id: string, depth: number): Buffer =>
  Buffer.from(head('embedded', id, 'message/rfc822') + head('inner', `inner-${id}`, 'message/rfc822').repeat(depth) + 'end\r\n')

export const letterOfNestedHtml = (id: string, depth: number): Buffer =>
  Buffer.from(`${head('html', id, 'text/html')}${'<div><b>'.repeat(depth)}deep`)

export const letterOfManyRecipients = (id: string, count: number): Buffer => {
  const to = Array.from({ length: count }, (_, index) => `"Recipient ${index}" <r${index}@example.test>`).join(',\r\n ')
  return Buffer.from(`From: client@example.test\r\nTo: ${to}\r\nSubject: many\r\nMessage-ID: <${id}>\r\n\r\nto all\r\n`)
}

export const letterOfHugeHeader = (id: string, bytes: number): Buffer =>
  Buffer.from(`From: client@example.test\r\nMessage-ID: <${id}>\r\nX-Padding: ${'x'.repeat(bytes)}\r\n\r\ntext\r\n`)

const LINE = `${'A'.repeat(76)}\r\n`

/** One attachment of so many bytes on the wire, as a stream that is never whole in memory; and its exact length. */
export const letterOfSize = (id: string, bytes: number): { stream: Readable; sizeBytes: number } => {
  const start = head('large', id, 'application/octet-stream; name=large.bin').replace(
    /\r\n\r\n$/,
    '\r\nContent-Transfer-Encoding: base64\r\n\r\n',
  )
  const block = LINE.repeat(800)
  const blocks = Math.ceil(bytes / block.length)
  const pieces = function* (): Generator<Buffer> {
    yield Buffer.from(start)
    const full = Buffer.from(block)
    for (let written = 0; written < blocks; written++) yield full
  }
  return { stream: Readable.from(pieces()), sizeBytes: start.length + blocks * block.length }
}
