import type { WorkItemView } from '@oco/contract'
import { CompiledQuery } from 'kysely'
import type { Db } from '../platform/db.ts'

const VIEWS = `select i.id, i.number, i.conversation_id as "conversationId", i.channel_kind as channel, i.state, i.priority, i.version,
    i.enqueued_at as "enqueuedAt", i.assigned_at as "assignedAt", i.first_reply_due_at as "firstReplyDueAt",
    i.first_replied_at as "firstRepliedAt", i.resolution_due_at as "resolutionDueAt", i.resolved_at as "resolvedAt",
    i.reopened_from as "reopenedFrom", i.offer_id as "offerId", i.offered_to as "offeredTo", i.offer_expires_at as "offerExpiresAt",
    i.queue_id as "queueId", queue.name as "queueName", i.skill_id as "skillId", skill.name as "skillName",
    i.assignee_id as "assigneeId", assignee.display_name as "assigneeName",
    i.disposition_id as "dispositionId", disposition.name as "dispositionName"
  from work_item as i
  join queue on queue.id = i.queue_id
  left join skill on skill.id = i.skill_id
  left join person as assignee on assignee.id = i.assignee_id
  left join disposition on disposition.id = i.disposition_id
  where i.id = any($1::uuid[])`

interface ViewRow extends Pick<WorkItemView, 'id' | 'number' | 'conversationId' | 'channel' | 'state' | 'priority' | 'version'> {
  enqueuedAt: Date
  assignedAt: Date | null
  firstReplyDueAt: Date | null
  firstRepliedAt: Date | null
  resolutionDueAt: Date | null
  resolvedAt: Date | null
  reopenedFrom: string | null
  offerId: string | null
  offeredTo: string | null
  offerExpiresAt: Date | null
  queueId: string
  queueName: string
  skillId: string | null
  skillName: string | null
  assigneeId: string | null
  assigneeName: string | null
  dispositionId: string | null
  dispositionName: string | null
}

/** Work items as the page shows them, by id; ids that are no items are absent. */
export const workItemViews = async (db: Db, itemIds: readonly string[]): Promise<Map<string, WorkItemView>> => {
  if (itemIds.length === 0) return new Map()
  const { rows } = await db.executeQuery<ViewRow>(CompiledQuery.raw(VIEWS, [itemIds]))
  return new Map(rows.map((row) => [row.id, viewOf(row)]))
}

const viewOf = (row: ViewRow): WorkItemView => ({
  id: row.id,
  number: row.number,
  conversationId: row.conversationId,
  channel: row.channel,
  state: row.state,
  queue: { id: row.queueId, name: row.queueName },
  priority: row.priority,
  skill: row.skillId === null || row.skillName === null ? null : { id: row.skillId, name: row.skillName },
  assignee: row.assigneeId === null || row.assigneeName === null ? null : { id: row.assigneeId, displayName: row.assigneeName },
  offer:
    row.offerId === null || row.offeredTo === null || row.offerExpiresAt === null
      ? null
      : { id: row.offerId, personId: row.offeredTo, expiresAt: row.offerExpiresAt.toISOString() },
  enqueuedAt: row.enqueuedAt.toISOString(),
  assignedAt: textOf(row.assignedAt),
  firstReplyDueAt: textOf(row.firstReplyDueAt),
  firstRepliedAt: textOf(row.firstRepliedAt),
  resolutionDueAt: textOf(row.resolutionDueAt),
  resolvedAt: textOf(row.resolvedAt),
  disposition:
    row.dispositionId === null || row.dispositionName === null ? null : { id: row.dispositionId, name: row.dispositionName },
  reopenedFrom: row.reopenedFrom,
  version: row.version,
})

const textOf = (at: Date | null): string | null => at?.toISOString() ?? null
