import { CompiledQuery } from 'kysely'
import type { ChannelKind, WorkItemState } from '@oco/contract'
import { write, type Db, type Tx } from '../platform/db.ts'

export interface NewWorkItem {
  readonly id: string
  readonly conversationId: string
  readonly queueId: string
  readonly channelKind: ChannelKind
  readonly priority: number
  readonly skillId: string | null
  readonly weight: number
  readonly firstReplyDueAt: Date | null
  readonly resolutionDueAt: Date | null
  readonly reopenedFrom: string | null
  readonly now: Date
}

const INSERT = `insert into work_item (id, conversation_id, queue_id, channel_kind, priority, skill_id, weight, enqueued_at,
    waiting_since, first_reply_due_at, resolution_due_at, reopened_from)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11)`

/** Where the conversation has an open item already, the transaction fails with the server's `work_item_one_open`. */
export const insertWorkItem = (tx: Tx, item: NewWorkItem): void => {
  const values = [
    item.id,
    item.conversationId,
    item.queueId,
    item.channelKind,
    item.priority,
    item.skillId,
    item.weight,
    item.now,
    item.firstReplyDueAt,
    item.resolutionDueAt,
    item.reopenedFrom,
  ]
  write(tx, CompiledQuery.raw(INSERT, values))
}

export interface LatestItem {
  readonly id: string
  readonly number: number
  readonly state: WorkItemState
  readonly resolvedAt: Date | null
  readonly assigneeId: string | null
  readonly queueId: string
}

const LATEST = `select id, number, state, resolved_at as "resolvedAt", assignee_id as "assigneeId", queue_id as "queueId"
  from work_item
  where conversation_id = $1
  order by enqueued_at desc, id desc
  limit 1
  for update`

/** The conversation's newest item, locked until the transaction ends; null before its first. */
export const lockLatestItem = async (tx: Tx, conversationId: string): Promise<LatestItem | null> => {
  const { rows } = await tx.executeQuery<LatestItem>(CompiledQuery.raw(LATEST, [conversationId]))
  return rows[0] ?? null
}

export interface ItemState {
  readonly id: string
  readonly state: WorkItemState
  readonly conversationId: string
  readonly queueId: string
  readonly assigneeId: string | null
  readonly offeredTo: string | null
}

const STATE = `select id, state, conversation_id as "conversationId", queue_id as "queueId", assignee_id as "assigneeId",
    offered_to as "offeredTo"
  from work_item
  where id = $1`

export const findItem = async (db: Db, itemId: string): Promise<ItemState | null> => {
  const { rows } = await db.executeQuery<ItemState>(CompiledQuery.raw(STATE, [itemId]))
  return rows[0] ?? null
}

const FIRST_REPLY = `update work_item set first_replied_at = $2, version = version + 1
  where conversation_id = $1 and state <> 'resolved' and first_replied_at is null
  returning id, queue_id as "queueId", assignee_id as "assigneeId"`

/** The item that had no reply yet; null where a reply was given before or nothing is open. */
export const setFirstReplied = async (
  tx: Tx,
  conversationId: string,
  now: Date,
): Promise<{ id: string; queueId: string; assigneeId: string | null } | null> => {
  const { rows } = await tx.executeQuery<{ id: string; queueId: string; assigneeId: string | null }>(
    CompiledQuery.raw(FIRST_REPLY, [conversationId, now]),
  )
  return rows[0] ?? null
}

const COUNT_WAITING = `select queue_id as "queueId", count(*)::integer as waiting
  from work_item
  where state = 'waiting'
  group by queue_id`

/** Waiting items by queue; queues in which nothing waits are absent. Reads one partial index, no rows. */
export const countWaiting = async (db: Db): Promise<Map<string, number>> => {
  const { rows } = await db.executeQuery<{ queueId: string; waiting: number }>(CompiledQuery.raw(COUNT_WAITING, []))
  return new Map(rows.map((row) => [row.queueId, row.waiting]))
}
