import { createHash } from 'node:crypto'
import { newId } from '../../../src/kernel/ids.ts'
import { sql, type Db, type Tx } from '../../../src/platform/db.ts'
import type { Subject } from './subjects.ts'

interface Place {
  readonly mailId: string
  readonly chatId: string
  readonly agentId: string
  readonly now: Date
}

/** A subject as it was written before there was a vault: all in plain text. */
export const writePlainly = async (tx: Tx, subject: Subject, place: Place): Promise<{ contactId: string }> => {
  const { now } = place
  const contactId = newId(now)
  await sql`insert into contact (id, display_name, note, created_at) values (${contactId}, ${subject.name}, ${subject.note}, ${now})`.execute(
    tx,
  )
  for (const [kind, value, normalised] of [
    ['email', subject.email, subject.email],
    ['phone', subject.phone, subject.phone.replace(/\D/g, '')],
    ['visitor', subject.visitId, subject.visitId],
  ] as const) {
    await sql`insert into contact_address (id, contact_id, kind, value, normalised)
      values (${newId(now)}, ${contactId}, ${kind}, ${value}, ${normalised})`.execute(tx)
  }
  await sql`insert into webchat_visit (id, channel_id, secret_hash, name, email, consent_text, consent_version, consent_at, page_url,
      started_at, last_seen_at)
    values (${subject.visitId}, ${place.chatId}, ${createHash('sha256').update(subject.visitId).digest()}, ${subject.name},
      ${subject.visitEmail}, 'Согласен', 1, ${now}, ${subject.pageUrl}, ${now}, ${now})`.execute(tx)
  const mail = await conversation(tx, { contactId, channelId: place.mailId, subject: subject.subject, now })
  const files = [...subject.files]
  for (const [index, text] of subject.letters.entries()) {
    const messageId = await say(tx, { conversationId: mail, contactId, text, now })
    const file = files.shift()
    if (file !== undefined) await attach(tx, messageId, { ...file, now })
    const answerId = await say(tx, { conversationId: mail, contactId: null, text: subject.answers[index] ?? '', now })
    await sql`insert into outbox (id, message_id, channel_id, recipient_kind, recipient, recipient_name, state, due_at, created_at, done_at)
      values (${newId(now)}, ${answerId}, ${place.mailId}, 'email', ${subject.email}, ${subject.name}, 'sent', ${now}, ${now}, ${now})`.execute(
      tx,
    )
  }
  await sql`insert into draft (person_id, conversation_id, kind, text, html, saved_at)
    values (${place.agentId}, ${mail}, 'reply', ${subject.draft}, ${`<p>${subject.draft}</p>`}, ${now})`.execute(tx)
  const chat = await conversation(tx, { contactId, channelId: place.chatId, subject: subject.chat[0] ?? '', now })
  for (const text of subject.chat) await say(tx, { conversationId: chat, contactId, text, now })
  return { contactId }
}

const conversation = async (
  tx: Tx,
  { contactId, channelId, subject, now }: { contactId: string; channelId: string; subject: string; now: Date },
): Promise<string> => {
  const id = newId(now)
  await sql`insert into conversation (id, contact_id, channel_id, subject, preview, started_at, last_message_at, last_message_kind)
    values (${id}, ${contactId}, ${channelId}, ${subject}, ${subject}, ${now}, ${now}, 'inbound')`.execute(tx)
  return id
}

const say = async (
  tx: Tx,
  said: { conversationId: string; contactId: string | null; text: string; now: Date },
): Promise<string> => {
  const id = newId(said.now)
  const kind = said.contactId === null ? 'outbound' : 'inbound'
  await sql`
    with counted as (
      update conversation set message_count = message_count + 1 where id = ${said.conversationId} returning message_count)
    insert into message (id, conversation_id, sequence, kind, contact_id, at, text, html)
    select ${id}, ${said.conversationId}, message_count, ${kind}, ${said.contactId}, ${said.now}, ${said.text}, ${`<p>${said.text}</p>`}
    from counted`.execute(tx)
  return id
}

const attach = async (
  tx: Tx,
  messageId: string,
  { fileName, text, now }: { fileName: string; text: string; now: Date },
): Promise<void> => {
  const id = newId(now)
  const bytes = Buffer.from(text)
  await sql`insert into blob_chunk (blob_id, position, bytes) values (${id}, 0, ${bytes})`.execute(tx)
  await sql`insert into blob (id, size_bytes, chunk_count, sha256, created_at)
    values (${id}, ${bytes.length}, 1, ${createHash('sha256').update(bytes).digest()}, ${now})`.execute(tx)
  await sql`insert into attachment (id, message_id, blob_id, file_name, media_type, size_bytes, created_at)
    values (${newId(now)}, ${messageId}, ${id}, ${fileName}, 'text/plain', ${bytes.length}, ${now})`.execute(tx)
}

/** Whether anything is plain still. */
export const plainRows = async (db: Db): Promise<number> => {
  const { rows } = await sql<{ plain: number }>`select (
    (select count(*) from message where text is not null or html is not null) +
    (select count(*) from conversation where subject is not null or preview is not null) +
    (select count(*) from contact where display_name is not null or note is not null) +
    (select count(*) from contact_address where value is not null) + (select count(*) from draft where text is not null) +
    (select count(*) from outbox where recipient is not null) + (select count(*) from webchat_visit where name is not null) +
    (select count(*) from attachment where file_name is not null) + (select count(*) from inbox where payload is not null) +
    (select count(*) from blob where sealed_key is null))::int as plain`.execute(db)
  return rows[0]?.plain ?? Number.NaN
}
