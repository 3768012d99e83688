import { sql, type Db, type Tx } from '../platform/db.ts'
import { NOTHING_SEALED } from '../platform/vault/index.ts'

/** Whether anything of the contact is in work: it has to come to its end first. */
export const hasOpenWork = async (db: Db, contactId: string): Promise<boolean> => {
  const { rows } = await sql`
    select from work_item as item join conversation on conversation.id = item.conversation_id
    where conversation.contact_id = ${contactId} and item.state <> 'resolved' limit 1`.execute(db)
  return rows.length > 0
}

/**
 * Leaves of a contact's conversations what figures are made of: when, on which channel, in whose hands. Texts, subjects, drafts, files and
 * the ids by which letters find their thread go; so does what the contact wrote in conversations of others. Answers the blobs of the files.
 */
export const forgetConversations = async (tx: Tx, contactId: string): Promise<string[]> => {
  const own = sql`select id from conversation where contact_id = ${contactId}`
  // What is sealed under this contact's key: all that it wrote, and what we wrote in its conversations.
  const said = sql`message.contact_id = ${contactId} or message.contact_id is null and message.conversation_id in (${own})`
  const { rows: files } = await sql<{ blob_id: string }>`
    delete from attachment using message where message.id = attachment.message_id and (${said})
    returning attachment.blob_id`.execute(tx)
  await sql`update message set text = null, html = null, sealed_html = null, sealed_text = ${NOTHING_SEALED}, search_terms = null,
    external_id = null, delivery_reason = null, sealed_delivery_reason = null where ${said}`.execute(tx)
  await sql`delete from draft where conversation_id in (${own})`.execute(tx)
  await sql`update conversation set subject = null, preview = null, sealed_subject = ${NOTHING_SEALED}, sealed_preview = null,
    search_terms = null, thread_key = null where contact_id = ${contactId}`.execute(tx)
  await sql`update conversation set preview = null, sealed_preview = null, preview_contact_id = null
    where preview_contact_id = ${contactId}`.execute(tx)
  return [...new Set(files.map((row) => row.blob_id))]
}
