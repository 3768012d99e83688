import { sealedKeysOf } from './blob-keys.ts'
import { vaultOf, type Db, type Tx } from './db.ts'
import { placeIn, type Content } from './vault/index.ts'

/** An attachment's name as its row has it: plain in rows of before, else sealed under the key of its blob. */
export interface StoredFileName {
  readonly id: string
  readonly blobId: string
  readonly plain: string | null
  readonly sealed: Buffer | null
}

const placeOf = (attachmentId: string) => placeIn('attachment', 'file_name', attachmentId)

/** In the same order; asks for keys only where something is sealed. What was erased is an empty text. */
export const openFileNames = async (db: Db, stored: readonly StoredFileName[]): Promise<string[]> => {
  const contents = await contentsOf(
    db,
    stored.filter(({ sealed }) => sealed !== null).map(({ blobId }) => blobId),
  )
  return stored.map(({ id, blobId, plain, sealed }) =>
    sealed === null ? (plain ?? '') : (contents.get(blobId)?.openText(placeOf(id), sealed) ?? ''),
  )
}

/** The columns of the name of a new attachment: plain while its blob is one of before, which is sealed together with its names. */
export const fileNameColumns = async (
  tx: Tx,
  files: readonly { readonly id: string; readonly blobId: string; readonly fileName: string }[],
): Promise<{ file_name: string | null; sealed_file_name: Buffer | null }[]> => {
  const contents = await contentsOf(
    tx,
    files.map(({ blobId }) => blobId),
  )
  return files.map(({ id, blobId, fileName }) => {
    const content = contents.get(blobId)
    return content === undefined ? { file_name: fileName, sealed_file_name: null } : sealedFileName(content, id, fileName)
  })
}

export const sealedFileName = (content: Content, attachmentId: string, fileName: string) => ({
  file_name: null,
  sealed_file_name: content.sealText(placeOf(attachmentId), fileName),
})

const contentsOf = async (db: Db, blobIds: readonly string[]): Promise<Map<string, Content>> => {
  if (blobIds.length === 0) return new Map()
  const stored = await sealedKeysOf(db, blobIds)
  const contents = await vaultOf(db).contents.open(stored)
  return new Map(stored.flatMap(({ blobId }, index) => (contents[index] ? [[blobId, contents[index]]] : [])))
}
