import type { ChannelKind } from '@oco/contract'
import { previewOf } from '../conversations/index.ts'
import { lexemesOf, placeIn, type Sealer } from '../platform/vault/index.ts'
import { present } from '../kernel/assert.ts'
import { newId } from '../kernel/ids.ts'
import { sql, vaultOf, type Tx } from '../platform/db.ts'
import type { DemoQueue } from './scenarios.ts'
import type { DemoConversation } from './story-maker.ts'

/** Rows of one statement; PostgreSQL takes 65,535 parameters. */
const ROWS_AT_ONCE = 500
const WEIGHTS: Readonly<Record<ChannelKind, number>> = { email: 10, webchat: 30, intake: 10 }

export interface DemoHistory {
  readonly history: readonly DemoConversation[]
  readonly queues: ReadonlyMap<DemoQueue, string>
  readonly dispositions: ReadonlyMap<string, string>
  readonly channels: ReadonlyMap<ChannelKind, string>
  readonly contacts: ReadonlyMap<string, string>
  readonly agentIds: readonly string[]
  readonly random: () => number
  readonly now: Date
}

/** Conversations with the facts behind them, as if they had gone through the story: items, offers, handlings. */
export const writeHistory = async (tx: Tx, demo: DemoHistory): Promise<void> => {
  const sealing = await sealingOf(tx, demo)
  const rows = demo.history.map((conversation) => rowsOf(demo, conversation, sealing))
  for (const chunk of chunksOf(rows)) {
    await tx
      .insertInto('conversation')
      .values(chunk.map((row) => row.conversation))
      .execute()
    await tx
      .insertInto('work_item')
      .values(chunk.map((row) => row.item))
      .execute()
    await tx
      .insertInto('offer')
      .values(chunk.map((row) => row.offer))
      .execute()
    await tx
      .insertInto('handling')
      .values(chunk.map((row) => row.handling))
      .execute()
  }
  for (const chunk of chunksOf(rows.flatMap((row) => row.messages))) await tx.insertInto('message').values(chunk).execute()
  await sql`update agent set capacity_used = (
    select coalesce(sum(weight), 0) from work_item where assignee_id = agent.person_id and state = 'assigned')`.execute(tx)
}

const chunksOf = <T>(rows: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(rows.length / ROWS_AT_ONCE) }, (_, index) =>
    rows.slice(index * ROWS_AT_ONCE, (index + 1) * ROWS_AT_ONCE),
  )

interface Sealing {
  readonly sealer: Sealer
  readonly epoch: number
  readonly termsOf: (text: string) => readonly string[]
}

const sealingOf = async (tx: Tx, { history, contacts }: DemoHistory): Promise<Sealing> => {
  const vault = vaultOf(tx)
  const texts = [...new Set(history.flatMap(({ subject, messages }) => [subject, ...messages.map(({ text }) => text)]))]
  const [sealer, { current }] = await Promise.all([vault.sealerFor('subject', [...contacts.values()]), vault.indexes()])
  const byText = new Map(texts.map((text) => [text, current.terms('words', lexemesOf(text))]))
  return { sealer, epoch: current.epoch, termsOf: (text) => byText.get(text) ?? [] }
}

const rowsOf = (demo: DemoHistory, conversation: DemoConversation, { sealer, epoch, termsOf }: Sealing) => {
  const { channel, messages, assignedAt, resolvedAt } = conversation
  const startedAt = present(messages[0], 'the first message').at
  const conversationId = newId(startedAt)
  const itemId = newId(startedAt)
  const contactId = present(demo.contacts.get(conversation.contactName), 'the contact')
  const open = resolvedAt === null
  const personId = present(demo.agentIds[open || demo.random() < 0.8 ? 0 : demo.agentIds.length - 1], 'the agent')
  const said = messages.filter(({ kind }) => kind !== 'note')
  const last = present(said.at(-1), 'the last message')
  const firstReply = messages.find(({ kind }) => kind === 'outbound')
  return {
    conversation: {
      id: conversationId,
      contact_id: contactId,
      channel_id: present(demo.channels.get(channel), 'the channel'),
      sealed_subject: sealer.seal(contactId, placeIn('conversation', 'subject', conversationId), conversation.subject),
      search_terms: sql<number[]>`${termsOf(conversation.subject)}::bigint[]`,
      index_epoch: epoch,
      started_at: startedAt,
      last_message_at: last.at,
      last_message_kind: last.kind,
      sealed_preview: sealer.seal(contactId, placeIn('conversation', 'preview', conversationId), previewOf(last.text, null)),
      message_count: messages.length,
      demo: true,
    },
    messages: messages.map((message, index) => {
      const id = newId(message.at)
      return {
        id,
        conversation_id: conversationId,
        sequence: index + 1,
        kind: message.kind,
        contact_id: message.kind === 'inbound' ? contactId : null,
        person_id: message.kind === 'inbound' ? null : personId,
        at: message.at,
        sealed_text: sealer.seal(contactId, placeIn('message', 'text', id), message.text),
        search_terms: sql<number[]>`${termsOf(message.text)}::bigint[]`,
        index_epoch: epoch,
        delivery_state: message.kind === 'outbound' ? 'sent' : null,
      }
    }),
    item: {
      id: itemId,
      conversation_id: conversationId,
      queue_id: present(demo.queues.get(conversation.queue), 'the queue'),
      channel_kind: channel,
      state: open ? (conversation.pending ? 'pending' : 'assigned') : 'resolved',
      priority: 3,
      weight: WEIGHTS[channel],
      enqueued_at: startedAt,
      waiting_since: startedAt,
      assignee_id: personId,
      assigned_at: assignedAt,
      first_reply_due_at: new Date(startedAt.getTime() + 3_600_000),
      first_replied_at: firstReply?.at ?? null,
      resolved_at: resolvedAt,
      resolution_due_at: new Date(startedAt.getTime() + 8 * 3_600_000),
      disposition_id: open ? null : present(demo.dispositions.get(conversation.disposition), 'the disposition'),
    },
    offer: {
      id: newId(startedAt),
      work_item_id: itemId,
      person_id: personId,
      offered_at: startedAt,
      ended_at: assignedAt,
      outcome: 'accepted',
    },
    handling: {
      id: newId(assignedAt),
      work_item_id: itemId,
      person_id: personId,
      started_at: assignedAt,
      ended_at: conversation.pending ? last.at : resolvedAt,
      ended_by: conversation.pending ? 'pended' : open ? null : 'resolved',
    },
  }
}
