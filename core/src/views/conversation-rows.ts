import type { ChannelKind, ConversationRow, WorkItemView } from '@oco/contract'
import { sql, type Db } from '../platform/db.ts'
import { workItemViews } from '../work-items/index.ts'

/** The latest work item of the row's conversation: the open one, where there is one. Joined as `item`. */
export const latestItem = sql`
  left join lateral (
    select item.* from work_item as item
    where item.conversation_id = conversation.id
    order by item.enqueued_at desc, item.id desc
    limit 1) as item on true`

export interface ListedRow {
  readonly id: string
  readonly number: number
  readonly subject: string
  readonly kind: string
  readonly contact_id: string
  readonly contact_name: string
  readonly preview: string
  readonly last_message_at: Date
  readonly last_message_kind: string
  readonly item_id: string | null
}

export const listedColumns = sql`
  conversation.id, conversation.number, conversation.subject, channel.kind, conversation.contact_id,
  contact.display_name as contact_name, conversation.preview, conversation.last_message_at, conversation.last_message_kind,
  item.id as item_id`

export const listedFrom = sql`
  conversation
  join channel on channel.id = conversation.channel_id
  join contact on contact.id = conversation.contact_id`

/** Rows as lists show them, in the given order. */
export const conversationRows = async (db: Db, rows: readonly ListedRow[]): Promise<ConversationRow[]> => {
  const items = await workItemViews(
    db,
    rows.flatMap((row) => row.item_id ?? []),
  )
  return rows.map((row) => conversationRowOf(row, row.item_id === null ? null : (items.get(row.item_id) ?? null)))
}

const conversationRowOf = (row: ListedRow, workItem: WorkItemView | null): ConversationRow => ({
  id: row.id,
  number: row.number,
  subject: row.subject,
  // Both are held to the contract's names by constraints of their tables.
  channel: row.kind as ChannelKind,
  contact: { id: row.contact_id, displayName: row.contact_name },
  preview: row.preview,
  lastMessageAt: row.last_message_at.toISOString(),
  lastMessageKind: row.last_message_kind as ConversationRow['lastMessageKind'],
  workItem,
})
