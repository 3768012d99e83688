import { listConversations, type ConversationRow } from '@oco/contract'
import type { z } from 'zod'
import { can, type Actor } from '@oco/security'
import { visibleTo } from '../conversations/index.ts'
import { parseTimeCursor, timeCursor } from '../platform/cursor.ts'
import { sql, type Db } from '../platform/db.ts'
import { personOf, route, type Route } from '../platform/http.ts'
import { conversationRows, latestItem, listedColumns, listedFrom, type ListedRow } from './conversation-rows.ts'
import type { Looks } from './looks.ts'

type Query = z.output<(typeof listConversations)['request']['query']>
interface Page {
  readonly rows: ConversationRow[]
  readonly nextCursor: string | null
}
/** A listed row with the moment by which its list is ordered. */
type PlacedRow = ListedRow & { readonly place_at: Date; readonly place_id: string }

/** A list tells names and first words: each of its pages is on record once while somebody works with it. */
export const conversationListRoutes = ({ looks }: { looks: Looks }): Route[] => [
  route(listConversations, ({ query, actor, by }) =>
    looks.once({ actor, by, event: { action: 'conversation.listed', details: placeOf(query) } }, (db) =>
      listPage(db, actor, query),
    ),
  ),
]

/** A cursor as we write it is a moment and an id; as it was given, it might hold anything. */
const placeOf = ({ view, queueId, contactId, cursor }: Query) => ({
  view,
  queueId: queueId ?? null,
  contactId: contactId ?? null,
  cursor: cursor === undefined ? null : timeCursor(parseTimeCursor(cursor)),
})

const listPage = async (db: Db, actor: Actor, query: Query): Promise<Page> => {
  const rows = await (query.view === 'all' ? everything(actor, query) : ownItems(actor, query, query.view)).execute(db)
  const page = rows.rows.slice(0, query.limit)
  const last = rows.rows.length > query.limit ? page.at(-1) : undefined
  return {
    rows: await conversationRows(db, page),
    nextCursor: last === undefined ? null : timeCursor({ at: last.place_at, id: last.place_id }),
  }
}

/** Newest activity first, over all that the person may see. */
const everything = (actor: Actor, query: Query) => {
  const after = query.cursor === undefined ? null : parseTimeCursor(query.cursor)
  return sql<PlacedRow>`
    select ${listedColumns}, conversation.last_message_at as place_at, conversation.id as place_id
    from ${listedFrom} ${latestItem}
    where ${visibleTo(actor)}
      ${ofContact(query)} ${ofQueue(query)}
      ${after === null ? sql`` : sql`and (conversation.last_message_at, conversation.id) < (${after.at}, ${after.id}::uuid)`}
    order by conversation.last_message_at desc, conversation.id desc
    limit ${query.limit + 1}`
}

/**
 * Lists that start from work items, so that their partial indexes serve them: the person's own newest activity first, what waits
 * longest first.
 */
const ownItems = (actor: Actor, query: Query, view: Exclude<Query['view'], 'all'>) => {
  const me = personOf(actor).personId
  const after = query.cursor === undefined ? null : parseTimeCursor(query.cursor)
  const narrowed = sql`${ofContact(query)} ${ofQueue(query)}`
  const items = sql`work_item as item join ${listedFrom} on conversation.id = item.conversation_id`
  switch (view) {
    case 'mine':
    case 'pending': {
      const state = view === 'mine' ? 'assigned' : 'pending'
      return sql<PlacedRow>`
        select ${listedColumns}, conversation.last_message_at as place_at, conversation.id as place_id
        from ${items}
        where item.assignee_id = ${me} and item.state = ${state} ${narrowed}
          ${after === null ? sql`` : sql`and (conversation.last_message_at, conversation.id) < (${after.at}, ${after.id}::uuid)`}
        order by conversation.last_message_at desc, conversation.id desc
        limit ${query.limit + 1}`
    }
    case 'queue':
      return sql<PlacedRow>`
        select ${listedColumns}, item.waiting_since as place_at, item.id as place_id
        from ${items}
        where item.state = 'waiting' and ${waitsFor(actor, me, query)} ${narrowed}
          ${after === null ? sql`` : sql`and (item.waiting_since, item.id) > (${after.at}, ${after.id}::uuid)`}
        order by item.waiting_since, item.id
        limit ${query.limit + 1}`
    case 'resolved':
      return sql<PlacedRow>`
        select ${listedColumns}, item.resolved_at as place_at, item.id as place_id
        from ${items}
        where item.state = 'resolved' and item.assignee_id = ${me} ${narrowed}
          ${after === null ? sql`` : sql`and (item.resolved_at, item.id) < (${after.at}, ${after.id}::uuid)`}
        order by item.resolved_at desc, item.id desc
        limit ${query.limit + 1}`
  }
}

const ofContact = ({ contactId }: Query) => (contactId === undefined ? sql`` : sql`and conversation.contact_id = ${contactId}`)

const ofQueue = ({ queueId }: Query) => (queueId === undefined ? sql`` : sql`and item.queue_id = ${queueId}`)

/** What waits in the person's own queues; a named queue need not be one of them for a supervisor. */
const waitsFor = (actor: Actor, me: string, { queueId }: Query) =>
  queueId !== undefined && can(actor, 'conversation.read_all')
    ? sql`true`
    : sql`item.queue_id in (select queue_id from queue_member where person_id = ${me})`
