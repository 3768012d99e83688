import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Crypto } from '../gost/crypto.ts'
import { byPath, isVariable, ManifestFault, type Entry, type Manifest } from './manifest.ts'

const READ_BYTES = 1024 * 1024
const MODE_BITS = 0o7777

export type TreeEntry =
  | Entry
  | { readonly kind: 'other'; readonly path: string }
  | { readonly kind: 'unreadable'; readonly path: string; readonly reason: string }

/**
 * All that lies below a folder but what may change, sorted; links are named, never followed.
 */
export const readTree = async (
  crypto: Pick<Crypto, 'operation'>,
  root: string,
  variable: Pick<Manifest, 'variable'>,
): Promise<TreeEntry[]> => {
  const entries: TreeEntry[] = []
  const walk = async (folder: string): Promise<void> => {
    for (const child of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? child.name : `${folder}/${child.name}`
      if (isVariable(variable, path)) continue
      if (child.isDirectory()) {
        await walk(path).catch((error: unknown) => entries.push({ kind: 'unreadable', path, reason: codeOf(error) }))
      } else entries.push(await entryAt(crypto, root, path))
    }
  }
  await walk('')
  return entries.sort(byPath)
}

const entryAt = async (crypto: Pick<Crypto, 'operation'>, root: string, path: string): Promise<TreeEntry> => {
  const whole = join(root, path)
  try {
    const found = await lstat(whole)
    if (found.isSymbolicLink()) return { kind: 'link', path, target: await readlink(whole) }
    if (!found.isFile()) return { kind: 'other', path }
    const { sum, sizeBytes } = await sumOf(crypto, whole)
    return { kind: 'file', path, sizeBytes, mode: found.mode & MODE_BITS, sum }
  } catch (error) {
    return { kind: 'unreadable', path, reason: codeOf(error) }
  }
}

/** In pieces: a file may be larger than the memory. */
export const sumOf = async (
  crypto: Pick<Crypto, 'operation'>,
  path: string,
): Promise<{ readonly sum: string; readonly sizeBytes: number }> => {
  const hash = crypto.operation('streebog-256').start()
  let sizeBytes = 0
  for await (const piece of createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
    hash.update(piece)
    sizeBytes += piece.length
  }
  return { sum: Buffer.from(hash.finish()).toString('hex'), sizeBytes }
}

/** The entries of a manifest. Throws `bad_path` for what no manifest can name. */
export const entriesOf = async (
  crypto: Pick<Crypto, 'operation'>,
  root: string,
  variable: readonly string[],
): Promise<Entry[]> => {
  const entries: Entry[] = []
  for (const entry of await readTree(crypto, root, { variable })) {
    if (entry.kind === 'other' || entry.kind === 'unreadable') throw new ManifestFault('bad_path', `${entry.path}: ${entry.kind}`)
    entries.push(entry)
  }
  return entries
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown')
