import { constants, type Stats } from 'node:fs'
import { access, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** In memory where Linux has it, so that no plain text reaches a disk. */
const IN_MEMORY = '/dev/shm'
const PREFIX = 'oco-cms-'
const ZEROS_BYTES = 64 * 1024

/** Where private folders lie. */
export const privateParent = async (): Promise<string> => {
  try {
    await access(IN_MEMORY, constants.W_OK | constants.X_OK)
    return IN_MEMORY
  } catch {
    return tmpdir()
  }
}

/** Its owner's alone, for one piece of work; its files are overwritten and gone afterwards, however the work ends. */
export const inPrivateFolder = async <T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(parent, PREFIX))
  try {
    return await work(folder)
  } finally {
    await destroy(folder)
  }
}

/**
 * Removes what a process that was killed has left. Whatever is older than `olderThanMs` belongs to nobody who still works; it is counted
 * by the file system's own clock.
 */
export const sweepPrivateFolders = (parent: string, olderThanMs: number): Promise<void> =>
  inPrivateFolder(parent, async (folder) => {
    const { mtimeMs } = await stat(folder)
    for (const name of await readdir(parent)) {
      if (!name.startsWith(PREFIX)) continue
      const found = await stat(join(parent, name)).catch(() => null)
      if (found !== null && isOurs(found) && mtimeMs - found.mtimeMs > olderThanMs) await destroy(join(parent, name))
    }
  })

const isOurs = (found: Stats): boolean => found.isDirectory() && found.uid === userInfo().uid

const destroy = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder).catch(() => [])) await overwrite(join(folder, name)).catch(() => undefined)
  await rm(folder, { recursive: true, force: true })
}

const overwrite = async (path: string): Promise<void> => {
  const file = await open(path, 'r+')
  try {
    const { size } = await file.stat()
    const zeros = Buffer.alloc(Math.min(size, ZEROS_BYTES))
    for (let at = 0; at < size; at += zeros.length) await file.write(zeros, 0, Math.min(zeros.length, size - at), at)
  } finally {
    await file.close()
  }
}
