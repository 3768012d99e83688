import type { z } from 'zod'
import type { draftView } from '@oco/contract'
import type { Origin } from '@oco/security'
import { audit, sql, type Db, type Tx } from '../platform/db.ts'

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
  const row = await tx
    .insertInto('draft')
    .values({
      person_id: draft.personId,
      conversation_id: draft.conversationId,
      kind: draft.kind,
      text: draft.text,
      html: draft.html,
      saved_at: draft.now,
    })
    .onConflict((conflict) =>
      conflict.columns(['person_id', 'conversation_id', 'kind']).doUpdateSet({
        text: draft.text,
        html: draft.html,
        saved_at: draft.now,
        version: sql<number>`draft.version + 1`,
      }),
    )
    .returning('version')
    .executeTakeFirstOrThrow()
  if (row.version === VERSION_FIRST) audit(tx, { action: 'draft.saved', by, ...recorded(draft) })
  return { kind: draft.kind, text: draft.text, html: draft.html, version: row.version }
}

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
    .select(['kind', 'text', 'html', 'version'])
    .where('person_id', '=', personId)
    .where('conversation_id', '=', conversationId)
    .execute()
  return rows.map((row) => ({ kind: row.kind as DraftKind, text: row.text, html: row.html, version: row.version }))
}
