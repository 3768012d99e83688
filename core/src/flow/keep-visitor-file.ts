import { keepUpload } from '../conversations/index.ts'
import { safeFileName } from '../kernel/file-name.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Blobs } from '../platform/blobs.ts'
import type { Database } from '../platform/db.ts'
import { intakeOwner } from '../platform/vault/index.ts'

/** A visitor's file waits for the message that will name it; one that no message takes is purged with the others. */
export const keepVisitorFile =
  ({ database, blobs, clock }: { database: Database; blobs: Blobs; clock: Clock }) =>
  (visitId: string, file: { fileName: string; mediaType: string; bytes: Uint8Array }) =>
    database.transaction(async (tx) => {
      const now = clock.now()
      const blob = await blobs.write(tx, file.bytes, { owner: intakeOwner(now), limitBytes: file.bytes.byteLength })
      const { id, fileName, mediaType, sizeBytes } = await keepUpload(tx, {
        blobId: blob.id,
        fileName: safeFileName(file.fileName),
        mediaType: file.mediaType,
        sizeBytes: blob.sizeBytes,
        inline: false,
        uploadedBy: visitId,
        now,
      })
      return { id, fileName, mediaType, sizeBytes }
    })
