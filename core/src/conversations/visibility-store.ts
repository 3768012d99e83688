import { can, type Actor } from '@oco/security'
import { sql, type Db } from '../platform/db.ts'

/**
 * Which conversations a person may see: those that stand or stood in one of the person's queues or in the person's hands, and the whole
 * history of a contact whose request the person holds now. `conversation.read_all` sees everything.
 * A condition over the table `conversation`.
 */
export const visibleTo = (actor: Actor) => {
  if (can(actor, 'conversation.read_all')) return sql<boolean>`true`
  if (actor.kind !== 'person' || !can(actor, 'conversation.read')) return sql<boolean>`false`
  const me = actor.personId
  return sql<boolean>`(
    exists (
      select from work_item as item
      where item.conversation_id = conversation.id
        and (item.assignee_id = ${me} or item.offered_to = ${me}
          or item.queue_id in (select queue_id from queue_member where person_id = ${me})))
    or conversation.contact_id in (
      select held.contact_id from conversation as held join work_item as item on item.conversation_id = held.id
      where (item.assignee_id = ${me} and item.state in ('assigned', 'pending'))
        or (item.offered_to = ${me} and item.state = 'offered')))`
}

/** False too where there is no such conversation. */
export const maySeeConversation = async (db: Db, actor: Actor, conversationId: string): Promise<boolean> => {
  const row = await db
    .selectFrom('conversation')
    .select('id')
    .where('id', '=', conversationId)
    .where(visibleTo(actor))
    .executeTakeFirst()
  return row !== undefined
}

/** False too where there is no such contact, or nothing of it may be seen. */
export const maySeeContact = async (db: Db, actor: Actor, contactId: string): Promise<boolean> => {
  const row = await db
    .selectFrom('conversation')
    .select('id')
    .where('contact_id', '=', contactId)
    .where(visibleTo(actor))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
