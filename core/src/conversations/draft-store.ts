import type { z } from 'zod'
import type { draftView } from '@oco/contract'
import type { Origin } from '@oco/security'
import { audit, sql, vaultOf, type Db, type Tx } from '../platform/db.ts'
import { openLongText, placeIn, type Sealer } from '../platform/vault/index.ts'

export type DraftKind = 'reply' | 'note'
export type DraftView = z.output<typeof draftView>

export interface Draft {
  readonly personId: string
  readonly conversationId: string
  readonly kind: DraftKind
  readonly text: string
  readonly html: string | null
  readonly now: Date
}

/** The last write wins; an empty text removes the draft. Returns the version that stands now. Its beginning and its end are on record. */
export const saveDraftRow = async (tx: Tx, by: Origin, draft: Draft): Promise<DraftView> => {
  if (draft.text.trim() === '') {
    if (await removeDraft(tx, draft)) audit(tx, { action: 'draft.removed', by, ...recorded(draft) })
    return { kind: draft.kind, text: '', html: null, version: 0 }
  }
  const sealed = await sealedOf(tx, draft)
  const row = await tx
    .insertInto('draft')
    .values({
      person_id: draft.personId,
      conversation_id: draft.conversationId,
      kind: draft.kind,
      ...sealed,
      saved_at: draft.now,
    })
    .onConflict((conflict) =>
      conflict.columns(['person_id', 'conversation_id', 'kind']).doUpdateSet({
        ...sealed,
        saved_at: draft.now,
        version: sql<number>`draft.version + 1`,
      }),
    )
    .returning('version')
    .executeTakeFirstOrThrow()
  if (row.version === VERSION_FIRST) audit(tx, { action: 'draft.saved', by, ...recorded(draft) })
  return { kind: draft.kind, text: draft.text, html: draft.html, version: row.version }
}

/** Under the key of the conversation's contact, like what becomes of it. */
const sealedOf = async (tx: Tx, draft: Draft) => {
  const { contact_id: subjectId } = await tx
    .selectFrom('conversation')
    .select('contact_id')
    .where('id', '=', draft.conversationId)
    .executeTakeFirstOrThrow()
  return sealedDraft(await vaultOf(tx).sealerFor('subject', [subjectId]), subjectId, draft)
}

type DraftText = Omit<Draft, 'now'>

/** The columns of a draft's row that hold its text. */
export const sealedDraft = async (sealer: Sealer, subjectId: string, draft: DraftText) => ({
  text: null,
  html: null,
  sealed_text: await sealer.sealLong(subjectId, draftPlace(draft, 'text'), draft.text),
  sealed_html: draft.html === null ? null : await sealer.sealLong(subjectId, draftPlace(draft, 'html'), draft.html),
})

const draftPlace = (draft: Pick<Draft, 'personId' | 'conversationId' | 'kind'>, column: string) =>
  placeIn('draft', column, `${draft.personId} ${draft.conversationId} ${draft.kind}`)

/** Every few words are a version: a record of each would say no more. */
const VERSION_FIRST = 0

const recorded = ({ conversationId, kind }: Draft) => ({
  object: { kind: 'conversation', id: conversationId },
  details: { kind },
})

/** False where there was none. */
export const removeDraft = async (
  tx: Tx,
  draft: { personId: string; conversationId: string; kind: DraftKind },
): Promise<boolean> => {
  const { numDeletedRows } = await tx
    .deleteFrom('draft')
    .where('person_id', '=', draft.personId)
    .where('conversation_id', '=', draft.conversationId)
    .where('kind', '=', draft.kind)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export const draftsOf = async (db: Db, personId: string, conversationId: string): Promise<DraftView[]> => {
  const rows = await db
    .selectFrom('draft')
    .innerJoin('conversation', 'conversation.id', 'draft.conversation_id')
    .select([
      'draft.kind',
      'draft.text',
      'draft.sealed_text',
      'draft.html',
      'draft.sealed_html',
      'draft.version',
      'conversation.contact_id as subject_id',
    ])
    .where('draft.person_id', '=', personId)
    .where('draft.conversation_id', '=', conversationId)
    .execute()
  return Promise.all(
    rows.map(async (row) => {
      const kind = row.kind as DraftKind
      const stored = (column: 'text' | 'html') => ({
        subjectId: row.subject_id,
        place: draftPlace({ personId, conversationId, kind }, column),
        plain: row[column],
        sealed: row[`sealed_${column}`],
      })
      const [text, html] = await Promise.all(
        (['text', 'html'] as const).map((column) => openLongText(() => vaultOf(db), stored(column))),
      )
      return { kind, text: text ?? '', html: html ?? null, version: row.version }
    }),
  )
}
