import type { AttachmentView } from '@oco/contract'
import { present } from '../kernel/assert.ts'
import { Failure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { sql, type Db, type Tx } from '../platform/db.ts'
import { fileNameColumns, openFileNames, type StoredFileName } from '../platform/file-names.ts'

export interface StoredFile {
  readonly blobId: string
  readonly fileName: string
  readonly mediaType: string
  readonly sizeBytes: number
  readonly contentId?: string | undefined
  readonly inline: boolean
}

/** Files of a message that came whole, in their order. */
export const attachFiles = async (tx: Tx, messageId: string, files: readonly StoredFile[], now: Date): Promise<void> => {
  if (files.length === 0) return
  const named = files.map((file) => ({ ...file, id: newId(now) }))
  const names = await fileNameColumns(tx, named)
  await tx
    .insertInto('attachment')
    .values(
      named.map((file, index) => ({
        id: file.id,
        message_id: messageId,
        blob_id: file.blobId,
        ...present(names[index], 'the name of a file'),
        media_type: file.mediaType,
        size_bytes: file.sizeBytes,
        content_id: file.contentId ?? null,
        inline: file.inline,
        created_at: now,
      })),
    )
    .execute()
}

/** An upload that waits for its message. `uploadedBy`: the person or visit that alone may use it. */
export const keepUpload = async (
  tx: Tx,
  upload: StoredFile & { readonly uploadedBy: string; readonly now: Date },
): Promise<AttachmentView> => {
  const id = newId(upload.now)
  const [name] = await fileNameColumns(tx, [{ id, blobId: upload.blobId, fileName: upload.fileName }])
  await tx
    .insertInto('attachment')
    .values({
      id,
      blob_id: upload.blobId,
      ...present(name, 'the name of a file'),
      media_type: upload.mediaType,
      size_bytes: upload.sizeBytes,
      inline: false,
      uploaded_by: upload.uploadedBy,
      created_at: upload.now,
    })
    .execute()
  return { id, fileName: upload.fileName, mediaType: upload.mediaType, sizeBytes: upload.sizeBytes, inline: false }
}

/** Gives uploads to the message that names them; their blobs, which are the contact's from now on. Throws `invalid_input` for one that is another's, gone or used. */
export const claimUploads = async (
  tx: Tx,
  claim: { uploadIds: readonly string[]; uploadedBy: string; messageId: string },
): Promise<string[]> => {
  if (claim.uploadIds.length === 0) return []
  const rows = await tx
    .updateTable('attachment')
    .set({ message_id: claim.messageId })
    .where('id', 'in', claim.uploadIds)
    .where('message_id', 'is', null)
    .where('uploaded_by', '=', claim.uploadedBy)
    .returning('blob_id')
    .execute()
  if (rows.length !== new Set(claim.uploadIds).size) {
    throw new Failure('invalid_input', { fields: { 'body.uploadIds': 'an upload is gone or used already' } })
  }
  return rows.map((row) => row.blob_id)
}

export const FILE_COLUMNS = [
  'attachment.id',
  'attachment.blob_id',
  'attachment.file_name',
  'attachment.sealed_file_name',
  'attachment.media_type',
  'attachment.size_bytes',
  'attachment.content_id',
  'attachment.inline',
] as const

export interface AttachmentRow extends StoredFile {
  readonly id: string
  readonly conversationId: string
}

export const findAttachment = async (db: Db, id: string): Promise<AttachmentRow | null> => {
  const row = await db
    .selectFrom('attachment')
    .innerJoin('message', 'message.id', 'attachment.message_id')
    .select([...FILE_COLUMNS, 'message.conversation_id'])
    .where('attachment.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return null
  const [file] = await storedFiles(db, [row])
  return { ...present(file, 'the file'), conversationId: row.conversation_id }
}

export const filesOf = async (db: Db, messageId: string): Promise<(StoredFile & { readonly id: string })[]> => {
  const rows = await db.selectFrom('attachment').select(FILE_COLUMNS).where('message_id', '=', messageId).orderBy('id').execute()
  return storedFiles(db, rows)
}

interface FileRow {
  readonly id: string
  readonly blob_id: string
  readonly file_name: string | null
  readonly sealed_file_name: Buffer | null
  readonly media_type: string
  readonly size_bytes: number
  readonly content_id: string | null
  readonly inline: boolean
}

const storedName = (row: FileRow): StoredFileName => ({
  id: row.id,
  blobId: row.blob_id,
  plain: row.file_name,
  sealed: row.sealed_file_name,
})

/** Of rows of `FILE_COLUMNS`, in their order. */
export const storedFiles = async (db: Db, rows: readonly FileRow[]): Promise<(StoredFile & { readonly id: string })[]> => {
  const names = await openFileNames(db, rows.map(storedName))
  return rows.map((row, index) => ({
    id: row.id,
    blobId: row.blob_id,
    fileName: names[index] ?? '',
    mediaType: row.media_type,
    sizeBytes: row.size_bytes,
    contentId: row.content_id ?? undefined,
    inline: row.inline,
  }))
}

/** Files of messages as pages show them, in the order of their messages. */
export const attachmentViews = async (db: Db, messageIds: readonly string[]): Promise<ReadonlyMap<string, AttachmentView[]>> => {
  const views = new Map<string, AttachmentView[]>()
  if (messageIds.length === 0) return views
  const rows = await db
    .selectFrom('attachment')
    .select([...FILE_COLUMNS, 'attachment.message_id'])
    .where('attachment.message_id', 'in', messageIds)
    .orderBy('attachment.id')
    .execute()
  const files = await storedFiles(db, rows)
  for (const [index, { id, fileName, mediaType, sizeBytes, inline }] of files.entries()) {
    const messageId = rows[index]?.message_id ?? ''
    const ofMessage = views.get(messageId) ?? []
    views.set(messageId, ofMessage)
    ofMessage.push({ id, fileName, mediaType, sizeBytes, inline })
  }
  return views
}

/** An upload that no message took is kept so long. */
export const UPLOAD_KEPT_MS = 24 * 3_600_000
const PURGED_AT_ONCE_MAX = 500

/** Removes uploads that no message took, nor waits to take; returns the blobs that nothing needs any more. */
export const purgeUploads = async (tx: Tx, now: Date): Promise<string[]> => {
  const rows = await tx
    .deleteFrom('attachment')
    .where('id', 'in', (from) =>
      from
        .selectFrom('attachment')
        .select('id')
        .where('message_id', 'is', null)
        .where('created_at', '<', new Date(now.getTime() - UPLOAD_KEPT_MS))
        .where(sql<boolean>`not exists (select from inbox where upload_ids @> array[attachment.id])`)
        .limit(PURGED_AT_ONCE_MAX),
    )
    .returning('blob_id')
    .execute()
  return rows.map(({ blob_id }) => blob_id)
}
