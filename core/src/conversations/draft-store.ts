import type { z } from 'zod'
import type { draftView } from '@oco/contract'
import { sql, type Db, type Tx } from '../platform/db.ts'

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

/** The last write wins; an empty text removes the draft. Returns the version that stands now. */
export const saveDraftRow = async (tx: Tx, draft: Draft): Promise<DraftView> => {
  if (draft.text.trim() === '') {
    await removeDraft(tx, draft)
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
  return { kind: draft.kind, text: draft.text, html: draft.html, version: row.version }
}

export const removeDraft = async (
  tx: Tx,
  draft: { personId: string; conversationId: string; kind: DraftKind },
): Promise<void> => {
  await tx
    .deleteFrom('draft')
    .where('person_id', '=', draft.personId)
    .where('conversation_id', '=', draft.conversationId)
    .where('kind', '=', draft.kind)
    .execute()
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
