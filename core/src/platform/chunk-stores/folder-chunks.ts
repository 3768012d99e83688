import { randomBytes } from 'node:crypto'
import { mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isId, timeOfId } from '../../kernel/ids.ts'
import { BlobFault } from '../blob-fault.ts'
import type { ChunkStore, Namespace } from '../chunk-store.ts'

/** Each is a file that is written and synced on its own: some side by side keep a disk busy, more only wait. */
const AT_ONCE_MAX = 4
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
const MAKE_TRIES = 3

/**
 * A folder: `<root>/<namespace>/<2 hex>/<2 hex>/<blob>/<position>`, by the last digits of the id, which are random (the first are its
 * time). A chunk is written beside its place, synced and renamed, so that after kill -9 it is there whole or not at all; what was left
 * beside is removed with its blob, or swept. Several processes, on one machine or over a shared file system, may use it at once.
 */
export const folderChunks = ({ root, namespace }: { root: string; namespace: Namespace }): ChunkStore => {
  const folderOf = async (blobId: string): Promise<string> =>
    join(root, await namespace(), blobId.slice(-2), blobId.slice(-4, -2), blobId)

  return {
    place: 'folder',
    atOnceMax: AT_ONCE_MAX,
    async probe() {
      const folder = join(root, await namespace())
      try {
        return (await stat(folder)).isDirectory()
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return false
        throw faultOf(error, folder)
      }
    },

    async put(_tx, blobId, position, bytes) {
      const folder = await folderOf(blobId)
      const path = join(folder, String(position))
      const beside = join(folder, `.${String(position)}.${randomBytes(6).toString('hex')}`)
      try {
        await writeSynced(folder, beside, bytes)
        await rename(beside, path)
      } catch (error) {
        await rm(beside, { force: true }).catch(() => undefined)
        throw faultOf(error, blobId)
      }
    },

    async settle(blobId) {
      // The whole way up: whichever process made a folder may not have synced the one above it yet.
      let folder = await folderOf(blobId)
      try {
        for (; folder.length > root.length; folder = dirname(folder)) await syncFolder(folder)
        await syncFolder(root)
      } catch (error) {
        throw faultOf(error, blobId)
      }
    },

    async get(_db, blobId, position) {
      try {
        return await readFile(join(await folderOf(blobId), String(position)))
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return null
        throw faultOf(error, blobId)
      }
    },

    async remove(blobIds) {
      for (const blobId of blobIds) {
        await rm(await folderOf(blobId), { recursive: true, force: true }).catch((error: unknown) => {
          throw faultOf(error, blobId)
        })
      }
    },

    async *lying(before) {
      for await (const first of namesIn(join(root, await namespace()))) {
        for await (const second of namesIn(first)) {
          for await (const blob of namesIn(second)) {
            const id = blob.slice(second.length + 1)
            if (isId(id) && timeOfId(id) < before) yield id
          }
        }
      }
    },
  }
}

/** Makes the folders on its way; whoever tidies may take an empty one from under it. */
const writeSynced = async (folder: string, path: string, bytes: Uint8Array): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      const file = await open(path, 'wx', FILE_MODE)
      try {
        await file.writeFile(bytes)
        await file.datasync()
      } finally {
        await file.close()
      }
      return
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempt >= MAKE_TRIES) throw error
      await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
    }
  }
}

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Paths; none where the folder is not there (any more). */
async function* namesIn(folder: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(folder)) if (entry.isDirectory()) yield join(folder, entry.name)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'

/** Node's own message holds the path, which is the operator's own. */
const faultOf = (error: unknown, where: string): BlobFault =>
  new BlobFault('store_refused', `the folder of blobs, at ${where}: ${codeOf(error)}`, { cause: error })
