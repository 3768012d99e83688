import { plainLine } from '../kernel/plain-text.ts'

const FILE_NAME_LENGTH_MAX = 120

/** A name that is a name on every system: no folders, no controls, nothing that turns the direction of writing. */
export const safeFileName = (name: string): string => {
  const plain = plainLine(name)
    .replace(/[/\\:*?"<>|]/g, '_')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/^\.+/, '')
  return [...plain].slice(0, FILE_NAME_LENGTH_MAX).join('') || 'file'
}
