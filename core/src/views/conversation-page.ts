import {
  listMessages,
  readContact,
  readConversation,
  type ConversationView,
  type MessageView,
  PAGE_SIZE_DEFAULT,
} from '@oco/contract'
import type { Actor } from '@oco/security'
import { contactView } from '../contacts/index.ts'
import {
  draftsOf,
  findConversation,
  maySeeContact,
  maySeeConversation,
  messageViews,
  type KnownConversation,
} from '../conversations/index.ts'
import { present } from '../kernel/assert.ts'
import { Failure } from '../kernel/errors.ts'
import type { Db } from '../platform/db.ts'
import { personOf, route, type Route } from '../platform/http.ts'
import { workItemViews } from '../work-items/index.ts'
import { viewed, type Looks } from './looks.ts'

export interface ConversationPage {
  readonly looks: Looks
  /** Where an answer would go now; null where there is no way. */
  readonly answering: (db: Db, conversation: KnownConversation) => Promise<Pick<ConversationView, 'replyTo' | 'otherWriters'>>
}

/** Reads of one conversation and its contact: recorded before they are answered, and refused where they cannot be recorded. */
export const conversationPageRoutes = ({ looks, answering }: ConversationPage): Route[] => [
  route(readConversation, ({ params, actor, by }) =>
    looks.record({ actor, by, event: viewed(params.id) }, async (db) =>
      pageOf(db, actor, await seen(db, actor, params.id), answering),
    ),
  ),

  route(listMessages, ({ params, query, actor, by }) =>
    looks.once({ actor, by, event: viewed(params.id) }, async (db) => {
      await seen(db, actor, params.id)
      if (query.afterSequence !== undefined) {
        const messages = await messageViews(db, { conversationId: params.id, after: query.afterSequence, limit: query.limit })
        return { messages, olderCursor: null }
      }
      const before = query.cursor === undefined ? undefined : sequenceOf(query.cursor)
      return olderPage(db, { conversationId: params.id, limit: query.limit, ...(before === undefined ? {} : { before }) })
    }),
  ),

  route(readContact, ({ params, actor, by }) =>
    looks.record({ actor, by, event: { action: 'contact.viewed', object: { kind: 'contact', id: params.id } } }, async (db) => {
      const contact = (await maySeeContact(db, actor, params.id)) ? await contactView(db, params.id) : null
      if (contact === null) throw new Failure('not_found')
      return contact
    }),
  ),
]

const seen = async (db: Db, actor: Actor, id: string): Promise<KnownConversation> => {
  const conversation = (await maySeeConversation(db, actor, id)) ? await findConversation(db, id) : null
  if (conversation === null) throw new Failure('not_found')
  return conversation
}

const pageOf = async (
  db: Db,
  actor: Actor,
  conversation: KnownConversation,
  answering: ConversationPage['answering'],
): Promise<ConversationView> => {
  const { id } = conversation
  const item = await db
    .selectFrom('work_item')
    .select('id')
    .where('conversation_id', '=', id)
    .orderBy('enqueued_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const { started_at: startedAt } = await db
    .selectFrom('conversation')
    .select('started_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const { messages, olderCursor } = await olderPage(db, { conversationId: id, limit: PAGE_SIZE_DEFAULT })
  return {
    id,
    number: conversation.number,
    subject: conversation.subject,
    channel: conversation.channelKind,
    startedAt: startedAt.toISOString(),
    contact: present(await contactView(db, conversation.contactId), 'the contact of a conversation'),
    workItem: item === undefined ? null : ((await workItemViews(db, [item.id])).get(item.id) ?? null),
    messages,
    olderCursor,
    drafts: await draftsOf(db, personOf(actor).personId, id),
    ...(await answering(db, conversation)),
  }
}

/** The newest messages of a range and the place of the page before them. */
const olderPage = async (
  db: Db,
  range: { conversationId: string; before?: number; limit: number },
): Promise<{ messages: MessageView[]; olderCursor: string | null }> => {
  const found = await messageViews(db, { ...range, limit: range.limit + 1 })
  const more = found.length > range.limit
  const messages = more ? found.slice(1) : found
  const first = messages[0]
  return { messages, olderCursor: more && first !== undefined ? String(first.sequence) : null }
}

const sequenceOf = (cursor: string): number => {
  const sequence = Number(cursor)
  if (!Number.isSafeInteger(sequence) || sequence < 0) {
    throw new Failure('invalid_input', { fields: { 'query.cursor': 'not a cursor of this list' } })
  }
  return sequence
}
