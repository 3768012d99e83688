import type { AttachmentView } from '@oco/contract'
import { ATTACHMENT_SIZE_BYTES_MAX } from '@oco/contract'
import type { Actor, Origin } from '@oco/security'
import { fileTypeFromBuffer } from 'file-type'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import type { Blobs } from '../platform/blobs.ts'
import type { Database } from '../platform/db.ts'
import { personOf } from '../platform/http.ts'
import { intakeOwner } from '../platform/vault/index.ts'
import { keepUpload } from './attachment-store.ts'
import { saveDraftRow, type Draft, type DraftView } from './draft-store.ts'
import { safeFileName } from '../kernel/file-name.ts'
import { maySeeConversation } from './visibility-store.ts'

export interface ConversationServiceOptions {
  readonly database: Database
  readonly blobs: Blobs
  readonly clock: Clock
}

export interface ConversationService {
  /** Throws `not_found` for a conversation that the actor may not see. */
  saveDraft(actor: Actor, by: Origin, draft: Pick<Draft, 'conversationId' | 'kind' | 'text' | 'html'>): Promise<DraftView>
  /** Keeps a file until a message names it; its type is read from its bytes, never believed. */
  keepFile(actor: Actor, file: { name: string; bytes: AsyncIterable<Uint8Array> }): Promise<AttachmentView>
}

export const createConversationService = (options: ConversationServiceOptions): ConversationService => {
  const { database, blobs, clock } = options
  return {
    saveDraft: (actor, by, draft) =>
      database.transaction(async (tx) => {
        if (!(await maySeeConversation(tx, actor, draft.conversationId))) throw new Failure('not_found')
        return saveDraftRow(tx, by, { ...draft, personId: personOf(actor).personId, now: clock.now() })
      }),

    async keepFile(actor, file) {
      const bytes = await collect(file.bytes)
      const mediaType = (await fileTypeFromBuffer(bytes))?.mime ?? 'application/octet-stream'
      return database.transaction(async (tx) => {
        const now = clock.now()
        const blob = await blobs.write(tx, bytes, { owner: intakeOwner(now), limitBytes: ATTACHMENT_SIZE_BYTES_MAX })
        return keepUpload(tx, {
          blobId: blob.id,
          fileName: safeFileName(file.name),
          mediaType,
          sizeBytes: blob.sizeBytes,
          inline: false,
          uploadedBy: personOf(actor).personId,
          now,
        })
      })
    },
  }
}

/** Held whole, because its type is read from it; the route's own limit bounds it. */
const collect = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}
