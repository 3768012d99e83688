import { open, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { messageOf } from '../kernel/errors.ts'
import { parseJson } from '../kernel/json.ts'
import type { Act } from './erasure-store.ts'

/**
 * Acts outside of both databases, one JSON object a line: `v` (1), `contactId`, `keyNames`, `requestedAt` (ISO 8601), `unreadableFrom`
 * (`YYYY-MM-DD`). Whoever restores both databases keeps this file.
 */
const line = z.object({
  v: z.literal(1),
  contactId: z.uuid(),
  keyNames: z.array(z.uuid()).min(1),
  requestedAt: z.iso.datetime().transform((text) => new Date(text)),
  unreadableFrom: z.iso.date(),
})

/** On the disk when it resolves. */
export const appendAct = async (path: string, act: Act): Promise<void> => {
  const file = await open(path, 'a', 0o600)
  try {
    await file.appendFile(`${JSON.stringify({ v: 1, ...act })}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Lines that cannot be read are told to `onUnreadable`, each by its number: a kill may have cut the last one. */
export const actsInFile = async (path: string, onUnreadable: (lineNumber: number) => void): Promise<Act[]> => {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw new Error(`the file of erasures cannot be read: ${messageOf(error)}`, { cause: error })
  })
  return text.split('\n').flatMap((each, index) => {
    if (each.trim() === '') return []
    const parsed = line.safeParse(parseJson(each))
    if (parsed.success) return [parsed.data]
    onUnreadable(index + 1)
    return []
  })
}
