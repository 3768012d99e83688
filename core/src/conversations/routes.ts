import { saveDraft, uploadAttachment } from '@oco/contract'
import { fileTypeFromBuffer } from 'file-type'
import { ATTACHMENT_SIZE_BYTES_MAX } from '@oco/contract'
import type { Blobs } from '../platform/blobs.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { plainLine } from '../kernel/plain-text.ts'
import type { Database } from '../platform/db.ts'
import { personOf, route, type Route } from '../platform/http.ts'
import { keepUpload } from './attachment-store.ts'
import { saveDraftRow } from './draft-store.ts'
import { maySeeConversation } from './visibility.ts'

export const conversationRoutes = (options: { database: Database; blobs: Blobs; clock: Clock }): Route[] => {
  const { database, blobs, clock } = options
  return [
    route(saveDraft, ({ params, body, actor }) =>
      database.transaction(async (tx) => {
        if (!(await maySeeConversation(tx, actor, params.id))) throw new Failure('not_found')
        const { personId } = personOf(actor)
        return saveDraftRow(tx, { personId, conversationId: params.id, kind: params.kind, ...body, now: clock.now() })
      }),
    ),

    route(uploadAttachment, async ({ query, body, actor }) => {
      const { personId } = personOf(actor)
      const bytes = await collect(body)
      const mediaType = (await fileTypeFromBuffer(bytes))?.mime ?? 'application/octet-stream'
      return database.transaction(async (tx) => {
        const blob = await blobs.write(tx, bytes, ATTACHMENT_SIZE_BYTES_MAX)
        return keepUpload(tx, {
          blobId: blob.id,
          fileName: safeFileName(query.fileName),
          mediaType,
          sizeBytes: blob.sizeBytes,
          inline: false,
          uploadedBy: personId,
          now: clock.now(),
        })
      })
    }),
  ]
}

/** Held whole, because its type is read from it; the route's own limit bounds it. */
const collect = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const FILE_NAME_LENGTH_MAX = 120

/** A name that is a name on every system: no folders, no controls, nothing that turns the direction of writing. */
export const safeFileName = (name: string): string => {
  const plain = plainLine(name)
    .replace(/[/\\:*?"<>|]/g, '_')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/^\.+/, '')
  return [...plain].slice(0, FILE_NAME_LENGTH_MAX).join('') || 'file'
}
