import type { ChannelKind, ConversationRow, WorkItemView } from '@oco/contract'
import { sql, vaultOf, type Db } from '../platform/db.ts'
import { nameOfContact, openTexts, placeIn, type StoredText } from '../platform/vault/index.ts'
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
  readonly subject: string | null
  readonly sealed_subject: Buffer | null
  readonly kind: string
  readonly contact_id: string
  readonly contact_name: string | null
  readonly sealed_contact_name: Buffer | null
  readonly preview: string | null
  readonly sealed_preview: Buffer | null
  readonly preview_contact_id: string | null
  readonly last_message_at: Date
  readonly last_message_kind: string
  readonly item_id: string | null
}

export const listedColumns = sql`
  conversation.id, conversation.number, conversation.subject, conversation.sealed_subject, channel.kind, conversation.contact_id,
  contact.display_name as contact_name, contact.sealed_name as sealed_contact_name, conversation.preview, conversation.sealed_preview,
  conversation.preview_contact_id, conversation.last_message_at, conversation.last_message_kind,
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
  const texts = await openTexts(() => vaultOf(db), rows.flatMap(storedTexts))
  return rows.map((row, index) =>
    conversationRowOf(row, {
      subject: texts[3 * index] ?? '',
      preview: texts[3 * index + 1] ?? '',
      contactName: texts[3 * index + 2] ?? '',
      workItem: row.item_id === null ? null : (items.get(row.item_id) ?? null),
    }),
  )
}

const storedTexts = (row: ListedRow): StoredText[] => [
  {
    subjectId: row.contact_id,
    place: placeIn('conversation', 'subject', row.id),
    plain: row.subject,
    sealed: row.sealed_subject,
  },
  {
    subjectId: row.preview_contact_id ?? row.contact_id,
    place: placeIn('conversation', 'preview', row.id),
    plain: row.preview,
    sealed: row.sealed_preview,
  },
  nameOfContact(row),
]

interface Shown {
  readonly subject: string
  readonly preview: string
  readonly contactName: string
  readonly workItem: WorkItemView | null
}

const conversationRowOf = (row: ListedRow, { subject, preview, contactName, workItem }: Shown): ConversationRow => ({
  id: row.id,
  number: row.number,
  subject,
  // Both are held to the contract's names by constraints of their tables.
  channel: row.kind as ChannelKind,
  contact: { id: row.contact_id, displayName: contactName },
  preview,
  lastMessageAt: row.last_message_at.toISOString(),
  lastMessageKind: row.last_message_kind as ConversationRow['lastMessageKind'],
  workItem,
})
