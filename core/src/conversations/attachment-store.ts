import type { AttachmentView } from '@oco/contract'
import { Failure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Db, Tx } from '../platform/db.ts'

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
  await tx
    .insertInto('attachment')
    .values(
      files.map((file) => ({
        id: newId(now),
        message_id: messageId,
        blob_id: file.blobId,
        file_name: file.fileName,
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
  await tx
    .insertInto('attachment')
    .values({
      id,
      blob_id: upload.blobId,
      file_name: upload.fileName,
      media_type: upload.mediaType,
      size_bytes: upload.sizeBytes,
      inline: false,
      uploaded_by: upload.uploadedBy,
      created_at: upload.now,
    })
    .execute()
  return { id, fileName: upload.fileName, mediaType: upload.mediaType, sizeBytes: upload.sizeBytes, inline: false }
}

/** Gives uploads to the message that names them. Throws `invalid_input` for one that is another's, gone or used. */
export const claimUploads = async (
  tx: Tx,
  claim: { uploadIds: readonly string[]; uploadedBy: string; messageId: string },
): Promise<void> => {
  if (claim.uploadIds.length === 0) return
  const result = await tx
    .updateTable('attachment')
    .set({ message_id: claim.messageId })
    .where('id', 'in', claim.uploadIds)
    .where('message_id', 'is', null)
    .where('uploaded_by', '=', claim.uploadedBy)
    .executeTakeFirst()
  if (Number(result.numUpdatedRows) !== new Set(claim.uploadIds).size) {
    throw new Failure('invalid_input', { fields: { 'body.uploadIds': 'an upload is gone or used already' } })
  }
}

const STORED = [
  'attachment.id',
  'attachment.blob_id',
  'attachment.file_name',
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
    .select([...STORED, 'message.conversation_id'])
    .where('attachment.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    id: row.id,
    conversationId: row.conversation_id,
    blobId: row.blob_id,
    fileName: row.file_name,
    mediaType: row.media_type,
    sizeBytes: row.size_bytes,
    contentId: row.content_id ?? undefined,
    inline: row.inline,
  }
}

export const filesOf = async (db: Db, messageId: string): Promise<(StoredFile & { readonly id: string })[]> => {
  const rows = await db.selectFrom('attachment').select(STORED).where('message_id', '=', messageId).orderBy('id').execute()
  return rows.map((row) => ({
    id: row.id,
    blobId: row.blob_id,
    fileName: row.file_name,
    mediaType: row.media_type,
    sizeBytes: row.size_bytes,
    contentId: row.content_id ?? undefined,
    inline: row.inline,
  }))
}

/** An upload that no message took is kept so long. */
export const UPLOAD_KEPT_MS = 24 * 3_600_000
const PURGED_AT_ONCE_MAX = 500

/** Removes uploads that no message took; returns the blobs that nothing needs any more. */
export const purgeUploads = async (tx: Tx, now: Date): Promise<string[]> => {
  const rows = await tx
    .deleteFrom('attachment')
    .where('id', 'in', (from) =>
      from
        .selectFrom('attachment')
        .select('id')
        .where('message_id', 'is', null)
        .where('created_at', '<', new Date(now.getTime() - UPLOAD_KEPT_MS))
        .limit(PURGED_AT_ONCE_MAX),
    )
    .returning('blob_id')
    .execute()
  return rows.map(({ blob_id }) => blob_id)
}
