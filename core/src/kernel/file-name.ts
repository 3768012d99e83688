import { plainLine } from './plain-text.ts'

export const FILE_NAME_LENGTH_MAX = 120
const EXTENSION_LENGTH_MAX = 12
/** Names that Windows takes for devices. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
/** Characters that reorder, hide or join what is shown: `exe.gpj` must not read as `jpg.exe` and the other way round. */
const INVISIBLE = /[\p{Cf}\p{Cc}\p{Co}\p{Cn}\u2028\u2029\ufffd]/gu

/** A file's name that can be shown and saved on every system: no folders, nothing invisible, not too long, never empty. */
export const safeFileName = (name: string | undefined, fallback = 'file'): string => {
  const last = (name ?? '').replace(INVISIBLE, '').split(/[/\\]/).pop() ?? ''
  const plain = plainLine(last.replace(/[<>:"|?*]/g, '_')).replace(/^[.\s]+|[.\s]+$/g, '')
  if (plain === '') return fallback
  const named = DEVICES.test(plain) ? `_${plain}` : plain
  if (named.length <= FILE_NAME_LENGTH_MAX) return named
  const extension = /\.[^.\s]+$/.exec(named)?.[0] ?? ''
  const tail = extension.length <= EXTENSION_LENGTH_MAX ? extension : ''
  return named.slice(0, FILE_NAME_LENGTH_MAX - tail.length).replace(/[\p{Surrogate}.\s]+$/u, '') + tail
}
