import { isAbsolute } from 'node:path/posix'

/**
 * Which files an installation has, and what is in them; docs/compliance/manifest-format.md tells the format byte by byte. A manifest is
 * text, so that an officer can read it; nothing of it is believed before its signature is.
 */
export interface Manifest {
  readonly version: string
  readonly madeAt: Date
  /** Folders and files, by their beginnings, that may change or come: data, logs. */
  readonly variable: readonly string[]
  readonly entries: readonly Entry[]
}

export type Entry =
  | {
      readonly kind: 'file'
      readonly path: string
      readonly sizeBytes: number
      /** Permissions alone, as `0o755`. */
      readonly mode: number
      /** Streebog-256 (GOST R 34.11-2012) of the content, in hexadecimal. */
      readonly sum: string
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

export const MANIFEST_FAULTS = [
  'not_a_manifest',
  'unknown_version',
  'bad_line',
  'bad_path',
  'twice',
  'not_sorted',
  'cut',
  'too_large',
] as const
export type ManifestFaultCode = (typeof MANIFEST_FAULTS)[number]

/** A manifest that cannot be read, or cannot be made: `message` names the line. */
export class ManifestFault extends Error {
  readonly code: ManifestFaultCode

  constructor(code: ManifestFaultCode, message: string) {
    super(`${code}: ${message}`)
    this.name = 'ManifestFault'
    this.code = code
  }
}

const FIRST_LINE = 'oco-manifest 1'
export const MANIFEST_BYTES_MAX = 64 * 1024 * 1024
const ENTRIES_MAX = 1_000_000
const PATH_LENGTH_MAX = 4_096
const SUM = /^[0-9a-f]{64}$/
// eslint-disable-next-line no-control-regex -- what a line of text cannot hold is what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/

/** Throws `bad_path` for what no line can name: absolute, upwards, with control characters, too long. */
export const checkPath = (path: string, where: string): void => {
  const parts = path.split('/')
  const isPlain = path !== '' && path.length <= PATH_LENGTH_MAX && !isAbsolute(path) && !CONTROL.test(path)
  if (!isPlain || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new ManifestFault('bad_path', `${where}: ${JSON.stringify(path.slice(0, 200))}`)
  }
}

/** By code units, so that every machine has the same order. */
export const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0

/** Entries in any order; the text has them sorted. */
export const writeManifest = ({ version, madeAt, variable, entries }: Manifest): string => {
  for (const path of variable) checkPath(path, 'variable')
  const lines = [...entries].sort(byPath).map((entry) => {
    checkPath(entry.path, entry.kind)
    if (entry.kind === 'file') {
      return ['file', entry.sum, String(entry.sizeBytes), entry.mode.toString(8).padStart(4, '0'), entry.path].join('\t')
    }
    if (entry.target === '' || entry.target.length > PATH_LENGTH_MAX || CONTROL.test(entry.target)) {
      throw new ManifestFault('bad_path', `link ${entry.path}: its target`)
    }
    return ['link', entry.target, entry.path].join('\t')
  })
  return (
    [
      FIRST_LINE,
      `version\t${version}`,
      `made\t${madeAt.toISOString()}`,
      'sum\tstreebog-256',
      ...[...variable].sort().map((path) => `variable\t${path}`),
      ...lines,
      `end\t${String(entries.length)}`,
    ].join('\n') + '\n'
  )
}

/** Throws a `ManifestFault` for anything that `writeManifest` does not write, to the byte. */
export const readManifest = (text: string): Manifest => {
  if (text.length > MANIFEST_BYTES_MAX) throw new ManifestFault('too_large', `more than ${String(MANIFEST_BYTES_MAX)} characters`)
  const lines = text.split('\n')
  if (lines[0] !== FIRST_LINE) {
    const isOther = /^oco-manifest \d+$/.test(lines[0] ?? '')
    throw new ManifestFault(isOther ? 'unknown_version' : 'not_a_manifest', 'line 1')
  }
  if (lines.pop() !== '') throw new ManifestFault('cut', 'the last line does not end')
  const head = (at: number, name: string): string => {
    const [key, value = '', ...more] = (lines[at] ?? '').split('\t')
    if (key !== name || value === '' || more.length > 0 || CONTROL.test(value))
      throw new ManifestFault('bad_line', `line ${String(at + 1)}`)
    return value
  }
  const version = head(1, 'version')
  const madeAt = new Date(head(2, 'made'))
  if (Number.isNaN(madeAt.getTime()) || madeAt.toISOString() !== head(2, 'made')) throw new ManifestFault('bad_line', 'line 3')
  if (head(3, 'sum') !== 'streebog-256') throw new ManifestFault('bad_line', 'line 4')
  const variable: string[] = []
  const entries: Entry[] = []
  let end: string | null = null
  for (const [at, line] of lines.entries()) {
    if (at < 4) continue
    const where = `line ${String(at + 1)}`
    if (end !== null) throw new ManifestFault('bad_line', where)
    const fields = line.split('\t')
    if (fields[0] === 'end') end = head(at, 'end')
    else if (fields[0] === 'variable') {
      if (entries.length > 0) throw new ManifestFault('bad_line', where)
      variable.push(inOrder(head(at, 'variable'), variable.at(-1), where))
    } else {
      if (entries.length >= ENTRIES_MAX) throw new ManifestFault('too_large', `more than ${String(ENTRIES_MAX)} entries`)
      const entry = entryOf(fields, where)
      inOrder(entry.path, entries.at(-1)?.path, where)
      entries.push(entry)
    }
  }
  if (end === null || end !== String(entries.length)) throw new ManifestFault('cut', 'the number of entries at the end')
  return { version, madeAt, variable, entries }
}

const inOrder = (path: string, before: string | undefined, where: string): string => {
  checkPath(path, where)
  if (before !== undefined && path === before) throw new ManifestFault('twice', where)
  if (before !== undefined && path < before) throw new ManifestFault('not_sorted', where)
  return path
}

const entryOf = (fields: readonly string[], where: string): Entry => {
  const [kind, first = '', second = '', third = '', path = ''] = fields
  if (kind === 'link' && fields.length === 3 && first !== '' && !CONTROL.test(first)) return { kind, path: second, target: first }
  const isFile =
    kind === 'file' && fields.length === 5 && SUM.test(first) && /^(0|[1-9]\d{0,15})$/.test(second) && /^[0-7]{4}$/.test(third)
  if (!isFile) throw new ManifestFault('bad_line', where)
  return { kind: 'file', path, sum: first, sizeBytes: Number(second), mode: Number.parseInt(third, 8) }
}

/** Whether the manifest lets this path come and change: it lies in, or is, one that was named as variable. */
export const isVariable = ({ variable }: Pick<Manifest, 'variable'>, path: string): boolean =>
  variable.some((each) => path === each || path.startsWith(`${each}/`))
