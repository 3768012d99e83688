import type { Blobs } from '../platform/blobs.ts'
import { sql, vaultOf, type RawBuilder, type Tx } from '../platform/db.ts'
import { sealedFileName } from '../platform/file-names.ts'
import { lexemesOf, openTexts, placeIn, subjectOwner, type EpochIndex } from '../platform/vault/index.ts'
import { sealedDraft, type DraftKind } from './draft-store.ts'

/** So many rows of before are sealed in one transaction: some tens of milliseconds. */
const SEALED_AT_ONCE = 100

/** Seals some messages that were written before there was a vault; true where there may be more. */
export const sealOldMessages = async (tx: Tx): Promise<boolean> => {
  const { rows } = await sql<{ id: string; text: string; html: string | null; subject_id: string }>`
    select message.id, message.text, message.html, coalesce(message.contact_id, conversation.contact_id) as subject_id
    from message join conversation on conversation.id = message.conversation_id
    where message.text is not null
    order by message.id limit ${SEALED_AT_ONCE} for update of message skip locked`.execute(tx)
  const vault = vaultOf(tx)
  const [sealer, { current }] = await Promise.all([
    vault.sealerFor('subject', [...new Set(rows.map((row) => row.subject_id))]),
    vault.indexes(),
  ])
  for (const { id, text, html, subject_id: subjectId } of rows) {
    await tx
      .updateTable('message')
      .set({
        text: null,
        html: null,
        sealed_text: await sealer.sealLong(subjectId, placeIn('message', 'text', id), text),
        sealed_html: html === null ? null : await sealer.sealLong(subjectId, placeIn('message', 'html', id), html),
        search_terms: sql`${current.terms('words', lexemesOf(text))}::bigint[]`,
        index_epoch: current.epoch,
      })
      .where('id', '=', id)
      .execute()
  }
  return rows.length > 0
}

/** The same for subjects and previews of conversations. */
export const sealOldConversations = async (tx: Tx): Promise<boolean> => {
  const { rows } = await sql<{ id: string; subject: string | null; preview: string | null; subject_id: string }>`
    select id, subject, preview, contact_id as subject_id from conversation
    where subject is not null or preview is not null
    order by id limit ${SEALED_AT_ONCE} for update skip locked`.execute(tx)
  const vault = vaultOf(tx)
  const [sealer, { current }] = await Promise.all([
    vault.sealerFor('subject', [...new Set(rows.map((row) => row.subject_id))]),
    vault.indexes(),
  ])
  for (const { id, subject, preview, subject_id: subjectId } of rows) {
    const sealed = (column: string, text: string): Buffer => sealer.seal(subjectId, placeIn('conversation', column, id), text)
    await tx
      .updateTable('conversation')
      .set({
        ...(subject === null
          ? {}
          : {
              subject: null,
              sealed_subject: sealed('subject', subject),
              search_terms: sql`${current.terms('words', lexemesOf(subject))}::bigint[]`,
              index_epoch: current.epoch,
            }),
        ...(preview === null ? {} : { preview: null, preview_contact_id: null, sealed_preview: sealed('preview', preview) }),
      })
      .where('id', '=', id)
      .execute()
  }
  return rows.length > 0
}

/** Drafts of before: a draft lives until it is sent, and its next keystroke seals it. What nobody goes on with is sealed here. */
export const sealOldDrafts = async (tx: Tx): Promise<boolean> => {
  const { rows } = await sql<OldDraft>`
    select draft.person_id as "personId", draft.conversation_id as "conversationId", draft.kind, draft.text, draft.html,
      conversation.contact_id as "subjectId"
    from draft join conversation on conversation.id = draft.conversation_id
    where draft.text is not null
    limit ${SEALED_AT_ONCE} for update of draft skip locked`.execute(tx)
  const sealer = await vaultOf(tx).sealerFor('subject', [...new Set(rows.map(({ subjectId }) => subjectId))])
  for (const draft of rows) {
    await tx
      .updateTable('draft')
      .set(await sealedDraft(sealer, draft.subjectId, draft))
      .where('person_id', '=', draft.personId)
      .where('conversation_id', '=', draft.conversationId)
      .where('kind', '=', draft.kind)
      .execute()
  }
  return rows.length > 0
}

interface OldDraft {
  readonly personId: string
  readonly conversationId: string
  readonly kind: DraftKind
  readonly text: string
  readonly html: string | null
  readonly subjectId: string
}

/** What other systems said of deliveries. */
export const sealOldReasons = async (tx: Tx): Promise<boolean> => {
  const { rows } = await sql<{ id: string; reason: string; subject_id: string }>`
    select message.id, message.delivery_reason as reason, coalesce(message.contact_id, conversation.contact_id) as subject_id
    from message join conversation on conversation.id = message.conversation_id
    where message.delivery_reason is not null
    order by message.id limit ${SEALED_AT_ONCE} for update of message skip locked`.execute(tx)
  const sealer = await vaultOf(tx).sealerFor('subject', [...new Set(rows.map((row) => row.subject_id))])
  for (const { id, reason, subject_id: subjectId } of rows) {
    const sealed = sealer.seal(subjectId, placeIn('message', 'delivery_reason', id), reason)
    await tx.updateTable('message').set({ delivery_reason: null, sealed_delivery_reason: sealed }).where('id', '=', id).execute()
  }
  return rows.length > 0
}

/** Files are copied whole: few at once. */
const FILES_AT_ONCE = 5

/** Files of before: each blob is written anew, sealed, with its name, and the plain one goes. Uploads wait for their message. */
export const sealOldFiles =
  (blobs: Pick<Blobs, 'copy' | 'remove'>) =>
  async (tx: Tx): Promise<boolean> => {
    const { rows } = await sql<{ id: string; blob_id: string; name: string; subject_id: string }>`
      select attachment.id, attachment.blob_id, attachment.file_name as name,
        coalesce(message.contact_id, conversation.contact_id) as subject_id
      from attachment
        join message on message.id = attachment.message_id
        join conversation on conversation.id = message.conversation_id
      where attachment.file_name is not null
      order by attachment.id limit ${FILES_AT_ONCE} for update of attachment skip locked`.execute(tx)
    for (const { id, blob_id: plainId, name, subject_id: subjectId } of rows) {
      const { id: blobId, content } = await blobs.copy(tx, plainId, subjectOwner(subjectId))
      await tx
        .updateTable('attachment')
        .set({ blob_id: blobId, ...sealedFileName(content, id, name) })
        .where('id', '=', id)
        .execute()
      await removeUnused(tx, blobs, [plainId])
    }
    return rows.length > 0
  }

/** Another attachment may have the same blob. */
const removeUnused = async (tx: Tx, blobs: Pick<Blobs, 'remove'>, ids: readonly string[]): Promise<void> => {
  const used = await tx.selectFrom('blob_reference').select('blob_id').where('blob_id', 'in', ids).execute()
  const kept = new Set(used.map((row) => row.blob_id))
  await blobs.remove(
    tx,
    ids.filter((id) => !kept.has(id)),
  )
}

const REINDEXED_AT_ONCE = 200

interface Indexed {
  readonly id: string
  readonly subject_id: string
  readonly plain: string | null
  readonly sealed: Buffer | null
}

/** Makes the terms of some messages anew that are of an older epoch; true where there may be more. */
export const reindexMessages = (tx: Tx, index: EpochIndex): Promise<boolean> =>
  reindex(tx, index, {
    table: 'message',
    column: 'text',
    rows: sql<Indexed>`
      select message.id, coalesce(message.contact_id, conversation.contact_id) as subject_id, message.text as plain,
        message.sealed_text as sealed
      from message join conversation on conversation.id = message.conversation_id
      where message.index_epoch < ${index.epoch} limit ${REINDEXED_AT_ONCE} for update of message skip locked`,
  })

/** The same for subjects. */
export const reindexConversations = (tx: Tx, index: EpochIndex): Promise<boolean> =>
  reindex(tx, index, {
    table: 'conversation',
    column: 'subject',
    rows: sql<Indexed>`
      select id, contact_id as subject_id, subject as plain, sealed_subject as sealed from conversation
      where index_epoch < ${index.epoch} limit ${REINDEXED_AT_ONCE} for update skip locked`,
  })

const reindex = async (
  tx: Tx,
  index: EpochIndex,
  { table, column, rows: found }: { table: 'message' | 'conversation'; column: string; rows: RawBuilder<Indexed> },
): Promise<boolean> => {
  const { rows } = await found.execute(tx)
  const texts = await openTexts(
    () => vaultOf(tx),
    rows.map((row) => ({
      subjectId: row.subject_id,
      place: placeIn(table, column, row.id),
      plain: row.plain,
      sealed: row.sealed,
    })),
  )
  const terms = rows.map(({ sealed }, place) =>
    sealed === null || sealed.length === 0 ? null : index.terms('words', lexemesOf(texts[place] ?? '')),
  )
  // One statement for all: most of what a new epoch costs is going to the database.
  await sql`update ${sql.table(table)} as row set index_epoch = ${index.epoch}, search_terms = fresh.terms::bigint[]
    from unnest(${rows.map(({ id }) => id)}::uuid[], ${terms.map((each) => (each === null ? null : `{${each.join(',')}}`))}::text[])
      as fresh (id, terms)
    where row.id = fresh.id`.execute(tx)
  return rows.length > 0
}
