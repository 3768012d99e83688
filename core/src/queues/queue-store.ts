import type { QueueView } from '@oco/contract'
import { sql, type Db, type Tx } from '../platform/db.ts'
import type { QueueFields } from './queue.ts'

const selectQueues = (db: Db) =>
  db
    .selectFrom('queue')
    .select((eb) => [
      'queue.id',
      'queue.name',
      'queue.priority',
      'queue.skill_id as skillId',
      'queue.offer_timeout_ms as offerTimeoutMs',
      'queue.first_reply_target_ms as firstReplyTargetMs',
      'queue.resolution_target_ms as resolutionTargetMs',
      'queue.version',
      eb
        .selectFrom('queue_member')
        .whereRef('queue_member.queue_id', '=', 'queue.id')
        .select(sql<number>`count(*)::integer`.as('count'))
        .as('memberCount'),
      eb
        .selectFrom('channel')
        .whereRef('channel.queue_id', '=', 'queue.id')
        .select(sql<string[]>`coalesce(array_agg(name order by name), '{}')`.as('names'))
        .as('channelNames'),
      eb
        .selectFrom('work_item')
        .whereRef('work_item.queue_id', '=', 'queue.id')
        .where('work_item.state', '<>', 'resolved')
        .select(sql<number>`count(*)::integer`.as('count'))
        .as('openItems'),
    ])
    .orderBy('queue.name')

type ViewRow = Awaited<ReturnType<ReturnType<typeof selectQueues>['execute']>>[number]

const viewOf = (row: ViewRow): QueueView => ({
  ...row,
  memberCount: row.memberCount ?? 0,
  channelNames: row.channelNames ?? [],
  openItems: row.openItems ?? 0,
})

export const listQueues = async (db: Db): Promise<QueueView[]> => (await selectQueues(db).execute()).map(viewOf)

export const readQueue = async (db: Db, id: string): Promise<QueueView | null> => {
  const row = await selectQueues(db).where('queue.id', '=', id).executeTakeFirst()
  return row === undefined ? null : viewOf(row)
}

export interface KnownQueue {
  readonly id: string
  readonly name: string
  readonly skillId: string | null
}

/** What an item takes over from the queue that it comes into; null for an unknown id. */
export const findQueue = async (db: Db, id: string): Promise<KnownQueue | null> => {
  const row = await db.selectFrom('queue').select(['id', 'name', 'skill_id as skillId']).where('id', '=', id).executeTakeFirst()
  return row ?? null
}

export interface LockedQueue extends QueueFields {
  readonly version: number
}

/** Locked until the transaction ends: nothing can begin to refer to it meanwhile. */
export const lockQueue = async (tx: Tx, id: string): Promise<LockedQueue | null> => {
  const row = await tx
    .selectFrom('queue')
    .select([
      'name',
      'priority',
      'skill_id as skillId',
      'offer_timeout_ms as offerTimeoutMs',
      'first_reply_target_ms as firstReplyTargetMs',
      'resolution_target_ms as resolutionTargetMs',
      'version',
    ])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row ?? null
}

const rowOf = (queue: QueueFields) => ({
  name: queue.name,
  priority: queue.priority,
  skill_id: queue.skillId,
  offer_timeout_ms: queue.offerTimeoutMs,
  first_reply_target_ms: queue.firstReplyTargetMs,
  resolution_target_ms: queue.resolutionTargetMs,
})

/** Throws the server's `queue_name_unique`. */
export const insertQueue = async (tx: Tx, queue: QueueFields & { id: string; createdAt: Date; demo: boolean }): Promise<void> => {
  const { id, createdAt, demo } = queue
  await tx
    .insertInto('queue')
    .values({ id, ...rowOf(queue), created_at: createdAt, demo })
    .execute()
}

/** Throws the server's `queue_name_unique`. */
export const updateQueue = async (tx: Tx, id: string, queue: QueueFields): Promise<void> => {
  await tx
    .updateTable('queue')
    .set((eb) => ({ ...rowOf(queue), version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute()
}

/** A channel leads into it, or some item, open or resolved, is in it. */
export const isQueueUsed = async (tx: Tx, id: string): Promise<boolean> => {
  const { rows } = await sql<{ used: boolean }>`select exists (select from channel where queue_id = ${id})
    or exists (select from work_item where queue_id = ${id}) as used`.execute(tx)
  return rows[0]?.used === true
}

/** With its memberships. */
export const deleteQueue = async (tx: Tx, id: string): Promise<void> => {
  await tx.deleteFrom('queue').where('id', '=', id).execute()
}
