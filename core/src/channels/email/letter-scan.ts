import { HEAD_BYTES_MAX, NESTING_MAX, PARTS_MAX } from './limits.ts'

/** Where one MIME part lies in the bytes of a letter (RFC 2046). Embedded letters are leaves. */
export interface PartSpan {
  readonly headStart: number
  /** The empty line that ends the header block belongs to it. */
  readonly headEnd: number
  readonly bodyEnd: number
  /** Lower case, `text/plain` where the part says nothing. */
  readonly type: string
  readonly charset: string | null
  readonly encoding: string
  readonly isAttachment: boolean
  /** Which multipart/alternative it is inside of, the nearest one; null: none. */
  readonly alternative: number | null
}

export type Scan =
  { readonly kind: 'parts'; readonly parts: readonly PartSpan[] } | { readonly kind: 'too_many_parts' | 'nested_too_deep' }

const LF = 0x0a
const CR = 0x0d
/** A boundary has at most 70 characters; delimiters may carry spaces behind (RFC 2046, 5.1.1). */
const DELIMITER_LENGTH_MAX = 200

interface Multipart {
  readonly delimiter: string
  readonly alternative: number | null
}

/**
 * Finds the parts of a letter in one pass over its line starts, without decoding anything: what is too much is known before
 * the real parser spends time and memory on it, and charsets can be put right while the bytes are still at hand.
 */
export const scanLetter = (raw: Buffer): Scan => {
  const parts: PartSpan[] = []
  const open: Multipart[] = []
  let part: OpenPart | null = readHead(raw, 0, null)
  let alternatives = 0
  let at = part.headEnd

  for (;;) {
    if (part !== null && part.boundary !== null) {
      const alternative: number | null = part.type === 'multipart/alternative' ? alternatives++ : part.alternative
      open.push({ delimiter: `--${part.boundary}`, alternative })
      if (open.length > NESTING_MAX) return { kind: 'nested_too_deep' }
    }
    const found = nextDelimiter(raw, at, open)
    if (part !== null) parts.push(close(part, found === null ? raw.length : bodyEndBefore(raw, found.start, part.headEnd)))
    if (parts.length > PARTS_MAX) return { kind: 'too_many_parts' }
    if (found === null) return { kind: 'parts', parts }
    open.length = found.depth + (found.closes ? 0 : 1)
    part = found.closes ? null : readHead(raw, found.end, open[found.depth]?.alternative ?? null)
    at = part === null ? found.end : part.headEnd
  }
}

interface OpenPart extends Omit<PartSpan, 'bodyEnd'> {
  readonly boundary: string | null
}

const close = ({ boundary: _, ...part }: OpenPart, bodyEnd: number): PartSpan => ({ ...part, bodyEnd })

/** The line break before a delimiter belongs to the delimiter. */
const bodyEndBefore = (raw: Buffer, delimiter: number, bodyStart: number): number => {
  let end = delimiter
  if (end > bodyStart && raw[end - 1] === LF) end--
  if (end > bodyStart && raw[end - 1] === CR) end--
  return end
}

interface Delimiter {
  readonly start: number
  /** Where the next line begins. */
  readonly end: number
  readonly depth: number
  readonly closes: boolean
}

const nextDelimiter = (raw: Buffer, from: number, open: readonly Multipart[]): Delimiter | null => {
  if (open.length === 0) return null
  const depths = new Map(open.map(({ delimiter }, depth) => [delimiter, depth]))
  // A part's head may end right before a delimiter: the line break to look for is then its own.
  for (let at = raw.indexOf('\n--', Math.max(0, from - 1)); at >= 0; at = raw.indexOf('\n--', at + 1)) {
    const start = at + 1
    const breakAt = raw.indexOf(LF, start)
    const end = breakAt < 0 ? raw.length : breakAt + 1
    if (end - start > DELIMITER_LENGTH_MAX) continue
    const line = raw.toString('latin1', start, end).trimEnd()
    const depth = depths.get(line)
    if (depth !== undefined) return { start, end, depth, closes: false }
    const closing = line.endsWith('--') ? depths.get(line.slice(0, -2)) : undefined
    if (closing !== undefined) return { start, end, depth: closing, closes: true }
  }
  return null
}

/** End of the header block that begins at `start`: behind its empty line. */
export const headEndOf = (raw: Buffer, start: number): number => {
  if (raw[start] === LF) return start + 1
  if (raw[start] === CR && raw[start + 1] === LF) return start + 2
  const limit = Math.min(raw.length, start + HEAD_BYTES_MAX)
  for (let at = raw.indexOf(LF, start); at >= 0 && at < limit; at = raw.indexOf(LF, at + 1)) {
    if (raw[at + 1] === LF) return at + 2
    if (raw[at + 1] === CR && raw[at + 2] === LF) return at + 3
  }
  return limit
}

/** A header's unfolded value from a block of raw header text; null where it is missing. The first one counts. */
export const headerOf = (head: string, name: string): string | null => {
  const found = new RegExp(`^${name}[ \\t]*:((?:.*)(?:\\r?\\n[ \\t].*)*)`, 'im').exec(head)
  return found?.[1] === undefined ? null : found[1].replace(/\r?\n[ \t]+/g, ' ').trim()
}

/** A parameter of a structured header (RFC 2045): `charset` of `text/plain; charset="koi8-r"`. */
const parameterOf = (value: string, name: string): string | null => {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(value)
  return found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2] ?? null
}

const readHead = (raw: Buffer, headStart: number, alternative: number | null): OpenPart => {
  const headEnd = headEndOf(raw, headStart)
  const head = raw.toString('latin1', headStart, headEnd)
  const contentType = headerOf(head, 'content-type') ?? 'text/plain'
  const type = contentType.replace(/[;\s].*$/s, '').toLowerCase()
  return {
    headStart,
    headEnd,
    type,
    charset: parameterOf(contentType, 'charset'),
    encoding: (headerOf(head, 'content-transfer-encoding') ?? '').toLowerCase(),
    isAttachment: /^\s*attachment/i.test(headerOf(head, 'content-disposition') ?? ''),
    alternative,
    boundary: type.startsWith('multipart/') ? (parameterOf(contentType, 'boundary')?.trimEnd() ?? null) : null,
  }
}
