import { sql, type Db } from '../platform/db.ts'

/**
 * Who takes part in a conversation: its contact, and whoever an answer in it has been addressed to. Others may have written in it,
 * because they were sent a letter of it; nobody has chosen to talk to them.
 */

/** The contact who wrote last of those who take part; null where none of them has written. */
export const lastParticipantOf = async (db: Db, conversationId: string): Promise<string | null> => {
  const { rows } = await sql<{ contact_id: string }>`
    select message.contact_id
    from message
      join conversation on conversation.id = message.conversation_id
    where message.conversation_id = ${conversationId} and message.kind = 'inbound'
      and (message.contact_id = conversation.contact_id or exists (
        select from contact_address as address
          join message as answer on answer.conversation_id = message.conversation_id and answer.kind = 'outbound'
          join outbox on outbox.message_id = answer.id
            and outbox.recipient_kind = address.kind and lower(outbox.recipient) = lower(address.value)
        where address.contact_id = message.contact_id))
    order by message.sequence desc
    limit 1`.execute(db)
  return rows[0]?.contact_id ?? null
}

/** Whether anything of the conversation has been addressed there. */
export const wasAddressed = async (
  db: Db,
  conversationId: string,
  address: { readonly kind: string; readonly value: string },
): Promise<boolean> => {
  const { rows } = await sql`
    select from outbox
      join message on message.id = outbox.message_id
    where message.conversation_id = ${conversationId}
      and outbox.recipient_kind = ${address.kind} and lower(outbox.recipient) = lower(${address.value})
    limit 1`.execute(db)
  return rows.length > 0
}

/** Whether the contact has written in the conversation, as a participant or not. */
export const hasWrittenIn = async (db: Db, conversationId: string, contactId: string): Promise<boolean> => {
  const row = await db
    .selectFrom('message')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .where('contact_id', '=', contactId)
    .where('kind', '=', 'inbound')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export interface Writer {
  readonly contactId: string
  readonly displayName: string
  readonly address: string
}

/** So many are offered as somebody to answer; in a thread of more, the ones who wrote last. */
const WRITERS_MAX = 20

/** Everybody with an e-mail address who has written in the conversation, whoever wrote last first. */
export const writersOf = async (db: Db, conversationId: string): Promise<Writer[]> => {
  const { rows } = await sql<{ contact_id: string; display_name: string; address: string }>`
    select contact.id as contact_id, contact.display_name, address.value as address
    from (
      select contact_id, max(sequence) as last from message
      where conversation_id = ${conversationId} and kind = 'inbound' group by contact_id
    ) as writer
      join contact on contact.id = writer.contact_id
      join lateral (
        select value from contact_address where contact_id = contact.id and kind = 'email' order by id limit 1
      ) as address on true
    order by writer.last desc
    limit ${WRITERS_MAX}`.execute(db)
  return rows.map((row) => ({ contactId: row.contact_id, displayName: row.display_name, address: row.address }))
}
