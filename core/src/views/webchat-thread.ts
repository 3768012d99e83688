import type { AttachmentView, ChatMessage } from '@oco/contract'
import { attachmentViews, FILE_COLUMNS, storedFiles } from '../conversations/index.ts'
import { present } from '../kernel/assert.ts'
import type { Blobs } from '../platform/blobs.ts'
import { sql, vaultOf, type Database, type Db } from '../platform/db.ts'
import { nameOfContact, openTexts, placeIn } from '../platform/vault/index.ts'

/**
 * A visit may go through several conversations, each with sequence numbers from 1. What the visitor hears is one line of them: the
 * conversation's number, which only grows, stands before the message's own, with room for so many messages.
 */
const MESSAGES_OF_CONVERSATION = 1_000_000

interface VisitKey {
  readonly channelId: string
  readonly visitId: string
}

type ThreadMessage = Omit<ChatMessage, 'clientKey'> & { readonly externalId: string | null }
type ThreadFile = ChatMessage['attachments'][number]

/** What a visitor sees of the conversations of its visit: neither notes nor events of the house. */
export const webchatThreads = ({ database, blobs }: { database: Database; blobs: Blobs }) => {
  const db = database.read
  return {
    read: (key: VisitKey, afterSequence: number, limit: number) => readThread(db, key, { afterSequence, limit }),
    sequenceOf: (messageId: string) => sequenceOf(db, messageId),
    uploadsOf: (visitId: string, ids: readonly string[], externalId: string) => uploadsOf(db, { visitId, ids, externalId }),
    readiness: (channelId: string) => readiness(db, channelId),

    async file(key: VisitKey, attachmentId: string) {
      const found = await findFile(db, key, attachmentId)
      return found === null ? null : { ...found.file, bytes: blobs.stream(db, found.blobId) }
    },

    async locale(): Promise<'ru' | 'en'> {
      const row = await db.selectFrom('organisation').select('locale').executeTakeFirst()
      return row?.locale === 'en' ? 'en' : 'ru'
    },
  }
}

interface Range {
  readonly afterSequence: number
  readonly limit: number
}

const readThread = async (
  db: Db,
  key: VisitKey,
  range: Range,
): Promise<{ conversationId: string | null; messages: ThreadMessage[] }> => {
  const { rows } = await messagesAfter(key, range).execute(db)
  rows.sort((a, b) => a.place - b.place)
  const conversationId = rows.at(-1)?.conversation_id ?? (await latestConversation(db, key))
  const texts = await openTexts(
    () => vaultOf(db),
    rows.flatMap((row) => [
      { subjectId: row.subject_id, place: placeIn('message', 'text', row.id), plain: row.text, sealed: row.sealed_text },
      nameOfContact({ ...row, contact_id: row.contact_id ?? '' }),
    ]),
  )
  const files = await attachmentViews(
    db,
    rows.filter((row) => row.has_files).map(({ id }) => id),
  )
  return {
    conversationId,
    messages: rows.map((row, index) =>
      threadMessage(row, { text: texts[2 * index] ?? '', name: texts[2 * index + 1] ?? '', files: files.get(row.id) ?? [] }),
    ),
  }
}

const latestConversation = async (db: Db, { channelId, visitId }: VisitKey): Promise<string | null> => {
  const row = await db
    .selectFrom('conversation')
    .select('id')
    .where('channel_id', '=', channelId)
    .where('thread_key', '=', visitId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id ?? null
}

interface Row {
  readonly id: string
  readonly conversation_id: string
  readonly place: number
  readonly kind: string
  readonly at: Date
  readonly text: string | null
  readonly sealed_text: Buffer | null
  readonly subject_id: string
  readonly external_id: string | null
  readonly contact_id: string | null
  readonly contact_name: string | null
  readonly sealed_contact_name: Buffer | null
  readonly person_name: string | null
  readonly has_files: boolean
}

/** From the beginning: the latest ones; after a place: the ones that follow it, by the unique index of each conversation. */
const messagesAfter = (key: VisitKey, { afterSequence, limit }: Range) => {
  const number = Math.floor(afterSequence / MESSAGES_OF_CONVERSATION)
  const sequence = afterSequence % MESSAGES_OF_CONVERSATION
  const order = afterSequence === 0 ? sql`desc` : sql`asc`
  return sql<Row>`
    select message.id, message.conversation_id,
      conversation.number * ${sql.lit(MESSAGES_OF_CONVERSATION)} + message.sequence as place,
      message.kind, message.at, message.text, message.sealed_text, coalesce(message.contact_id, conversation.contact_id) as subject_id, message.external_id,
      message.contact_id, contact.display_name as contact_name, contact.sealed_name as sealed_contact_name,
      person.display_name as person_name,
      exists (select from attachment where attachment.message_id = message.id and not attachment.inline) as has_files
    from conversation
    join message on message.conversation_id = conversation.id
    left join contact on contact.id = message.contact_id
    left join person on person.id = message.person_id
    where conversation.channel_id = ${key.channelId} and conversation.thread_key = ${key.visitId}
      and conversation.number >= ${number}
      and (conversation.number > ${number} or message.sequence > ${sequence})
      and message.kind in ('inbound', 'outbound')
    order by conversation.number ${order}, message.sequence ${order}
    limit ${limit}`
}

interface Opened {
  readonly text: string
  readonly name: string
  readonly files: readonly AttachmentView[]
}

const threadMessage = (row: Row, { text, name, files }: Opened): ThreadMessage => {
  const from = row.kind === 'inbound' ? 'visitor' : row.person_name === null ? 'system' : 'agent'
  return {
    sequence: row.place,
    id: row.id,
    from,
    author: from === 'visitor' ? name : (row.person_name ?? ''),
    text,
    at: row.at.toISOString(),
    attachments: files.filter(({ inline }) => !inline).map(threadFile),
    externalId: row.external_id,
  }
}

const sequenceOf = async (db: Db, messageId: string): Promise<number | null> => {
  const row = await db
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select(['conversation.number', 'message.sequence'])
    .where('message.id', '=', messageId)
    .executeTakeFirst()
  return row === undefined ? null : row.number * MESSAGES_OF_CONVERSATION + row.sequence
}

const uploadsOf = async (
  db: Db,
  { visitId, ids, externalId }: { visitId: string; ids: readonly string[]; externalId: string },
): Promise<ThreadFile[]> => {
  const rows = await db
    .selectFrom('attachment')
    .leftJoin('message', 'message.id', 'attachment.message_id')
    .select(FILE_COLUMNS)
    .where('attachment.id', 'in', ids)
    .where('attachment.uploaded_by', '=', visitId)
    .where((where) => where.or([where('attachment.message_id', 'is', null), where('message.external_id', '=', externalId)]))
    .execute()
  return (await storedFiles(db, rows)).map(threadFile)
}

const findFile = async (db: Db, key: VisitKey, attachmentId: string): Promise<{ file: ThreadFile; blobId: string } | null> => {
  const row = await db
    .selectFrom('attachment')
    .leftJoin('message', 'message.id', 'attachment.message_id')
    .leftJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select(FILE_COLUMNS)
    .where('attachment.id', '=', attachmentId)
    .where((where) =>
      where.or([
        where.and([
          where('conversation.channel_id', '=', key.channelId),
          where('conversation.thread_key', '=', key.visitId),
          where('message.kind', 'in', ['inbound', 'outbound']),
        ]),
        // Its own upload, on the way to its message.
        where.and([where('attachment.message_id', 'is', null), where('attachment.uploaded_by', '=', key.visitId)]),
      ]),
    )
    .executeTakeFirst()
  if (row === undefined) return null
  const file = present((await storedFiles(db, [row]))[0], 'the file')
  return { file: threadFile(file), blobId: file.blobId }
}

const threadFile = ({ id, fileName, mediaType, sizeBytes }: ThreadFile): ThreadFile => ({ id, fileName, mediaType, sizeBytes })

const readiness = async (db: Db, channelId: string): Promise<{ agentsOnline: boolean; transcript: boolean }> => {
  const { rows } = await sql<{ agents_online: boolean; transcript: boolean }>`
    select
      exists (
        select from channel
        join queue_member as member on member.queue_id = channel.queue_id
        join agent on agent.person_id = member.person_id
        where channel.id = ${channelId} and agent.state <> 'offline') as agents_online,
      exists (select from channel where kind = 'email' and enabled) as transcript`.execute(db)
  return { agentsOnline: rows[0]?.agents_online ?? false, transcript: rows[0]?.transcript ?? false }
}
