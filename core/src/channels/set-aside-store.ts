import type { z } from 'zod'
import type { listSetAside } from '@oco/contract'
import { sql, type Db, type Tx } from '../platform/db.ts'
import { parseTimeCursor, timeCursor } from '../platform/cursor.ts'

type SetAsidePage = z.output<(typeof listSetAside)['response']>

/** Newest first. */
export const listSetAsideRows = async (
  db: Db,
  { channelId, cursor, limit }: { channelId: string; cursor: string | null; limit: number },
): Promise<SetAsidePage> => {
  let query = db
    .selectFrom('inbox')
    .select(['id', 'received_at', 'reason', 'size_bytes', 'attempts'])
    .where('channel_id', '=', channelId)
    .where('state', '=', 'set_aside')
    .orderBy('received_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  const after = cursor === null ? null : parseTimeCursor(cursor)
  if (after !== null) {
    query = query.where((where) => where(where.refTuple('received_at', 'id'), '<', where.tuple(after.at, after.id)))
  }
  const rows = await query.execute()
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return {
    rows: rows.slice(0, limit).map((row) => ({
      id: row.id,
      channelId,
      at: row.received_at.toISOString(),
      reason: row.reason ?? '',
      sizeBytes: row.size_bytes,
      attempts: row.attempts,
    })),
    nextCursor: last === undefined ? null : timeCursor({ at: last.received_at, id: last.id }),
  }
}

export interface SetAsideRow {
  readonly channelId: string
  readonly rawBlobId: string | null
  /** It was read and could not be taken further; false: it could not be read. */
  readonly wasRead: boolean
}

/** Locks a set-aside row; null where there is none. */
export const takeSetAside = async (tx: Tx, id: string): Promise<SetAsideRow | null> => {
  const row = await tx
    .selectFrom('inbox')
    .select(['channel_id', 'raw_blob_id', sql<boolean>`payload is not null or sealed_payload is not null`.as('was_read')])
    .where('id', '=', id)
    .where('state', '=', 'set_aside')
    .forUpdate()
    .executeTakeFirst()
  return row === undefined ? null : { channelId: row.channel_id, rawBlobId: row.raw_blob_id, wasRead: row.was_read }
}

/** A row that was read but could not be taken further: once more from there. */
export const putBack = async (tx: Tx, id: string, now: Date): Promise<void> => {
  await tx.updateTable('inbox').set({ state: 'new', attempts: 0, due_at: now, reason: null }).where('id', '=', id).execute()
}

/** Its matter has been stored under another external id by now. */
export const closeSetAside = async (tx: Tx, id: string, now: Date): Promise<void> => {
  await tx
    .updateTable('inbox')
    .set({ state: 'done', done_at: now })
    .where('id', '=', id)
    .where('state', '=', 'set_aside')
    .execute()
}
