import type { ChannelKind } from '@oco/contract'
import { newId } from '../kernel/ids.ts'
import { live, sql, vaultOf, write, type Db, type Tx } from '../platform/db.ts'
import { lexemesOf, openTexts, placeIn } from '../platform/vault/index.ts'
import { previewOf } from './conversation.ts'

export interface KnownConversation {
  readonly id: string
  readonly number: number
  readonly contactId: string
  readonly channelId: string
  readonly channelKind: ChannelKind
  readonly subject: string
  readonly threadKey: string | null
}

const columns = [
  'conversation.id',
  'conversation.number',
  'conversation.contact_id',
  'conversation.channel_id',
  'conversation.subject',
  'conversation.sealed_subject',
  'conversation.thread_key',
  'channel.kind',
] as const

interface Row {
  readonly id: string
  readonly number: number
  readonly contact_id: string
  readonly channel_id: string
  readonly subject: string | null
  readonly sealed_subject: Buffer | null
  readonly thread_key: string | null
  readonly kind: string
}

const allKnown = async (db: Db, rows: readonly Row[]): Promise<KnownConversation[]> => {
  const subjects = await openTexts(
    () => vaultOf(db),
    rows.map((row) => ({
      subjectId: row.contact_id,
      place: placeIn('conversation', 'subject', row.id),
      plain: row.subject,
      sealed: row.sealed_subject,
    })),
  )
  return rows.map((row, index) => ({
    id: row.id,
    number: row.number,
    contactId: row.contact_id,
    channelId: row.channel_id,
    // Held to the contract's kinds by a constraint of the table.
    channelKind: row.kind as ChannelKind,
    subject: subjects[index] ?? '',
    threadKey: row.thread_key,
  }))
}

const known = async (db: Db, row: Row | undefined): Promise<KnownConversation | null> =>
  row === undefined ? null : ((await allKnown(db, [row]))[0] ?? null)

const joined = (db: Db) =>
  db.selectFrom('conversation').innerJoin('channel', 'channel.id', 'conversation.channel_id').select(columns)

export const findConversation = async (db: Db, id: string): Promise<KnownConversation | null> => {
  const row = await joined(db).where('conversation.id', '=', id).executeTakeFirst()
  return known(db, row)
}

/** The channel's own thread: a visit, a case of the sending system. The latest, where it was started anew. */
export const findByThreadKey = async (tx: Tx, channelId: string, threadKey: string): Promise<KnownConversation | null> => {
  const row = await joined(tx)
    .where('conversation.channel_id', '=', channelId)
    .where('conversation.thread_key', '=', threadKey)
    .orderBy('conversation.started_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return known(tx, row)
}

/** By the external ids of earlier messages, nearest first; a letter to two channels stands in a conversation of each. */
export const findByReferences = async (tx: Tx, references: readonly string[]): Promise<KnownConversation[]> => {
  if (references.length === 0) return []
  const rows = await joined(tx)
    .innerJoin('message', 'message.conversation_id', 'conversation.id')
    .select('message.external_id')
    .where('message.external_id', 'in', references)
    .orderBy('conversation.started_at', 'desc')
    .execute()
  const found = references.flatMap((reference) => rows.filter((row) => row.external_id === reference))
  return allKnown(tx, [...new Map(found.map((row) => [row.id, row])).values()])
}

/** A number in a subject can be guessed: it counts only from the contact whose conversation it is. */
export const findByNumber = async (tx: Tx, number: number, contactId: string): Promise<KnownConversation | null> => {
  const row = await joined(tx)
    .where('conversation.number', '=', number)
    .where('conversation.contact_id', '=', contactId)
    .executeTakeFirst()
  return known(tx, row)
}

export interface NewConversation {
  readonly contactId: string
  readonly channelId: string
  readonly subject: string
  readonly threadKey: string | null
  readonly demo: boolean
  readonly now: Date
}

export const startConversation = async (tx: Tx, start: NewConversation): Promise<{ id: string; number: number }> => {
  const id = newId(start.now)
  const vault = vaultOf(tx)
  const [sealer, { current }] = await Promise.all([vault.sealerFor('subject', [start.contactId]), vault.indexes()])
  const row = await tx
    .insertInto('conversation')
    .values({
      id,
      contact_id: start.contactId,
      channel_id: start.channelId,
      subject: null,
      sealed_subject: sealer.seal(start.contactId, placeIn('conversation', 'subject', id), start.subject),
      search_terms: sql`${current.terms('words', lexemesOf(start.subject))}::bigint[]`,
      index_epoch: current.epoch,
      thread_key: start.threadKey,
      started_at: start.now,
      last_message_at: start.now,
      last_message_kind: 'event',
      demo: start.demo,
    })
    .returning('number')
    .executeTakeFirstOrThrow()
  return { id, number: row.number }
}

export interface NewMessage {
  readonly conversationId: string
  /** The conversation's contact: what we say in it is sealed under that key, and what others say under theirs. */
  readonly subjectId: string
  readonly kind: 'inbound' | 'outbound' | 'note' | 'event'
  readonly contactId: string | null
  readonly personId: string | null
  readonly text: string
  readonly quoteFrom: number | null
  readonly html: string | null
  readonly automatic: boolean
  readonly externalId: string | null
  readonly idempotencyKey: string | null
  readonly deliveryState: 'queued' | 'delivered' | null
  readonly sentAt: Date | null
  readonly now: Date
}

/** Who should hear at once of a conversation's news: its agent, or the queue in which it waits. */
export interface Hearers {
  readonly personId: string | null
  readonly queueId: string | null
}

/**
 * Appends under the conversation's row lock, so that sequence numbers have no gap. Notes and events leave the customer's side as it is.
 * The rows travel with whatever the transaction says next; a conversation that is gone fails it.
 */
export const appendMessage = async (tx: Tx, message: NewMessage, hearers: Hearers): Promise<{ id: string }> => {
  const id = newId(message.now)
  const sealed = await sealedOf(tx, id, message)
  const heard = message.kind === 'inbound' || message.kind === 'outbound'
  const latest = heard
    ? sql`, last_message_at = ${message.now}, last_message_kind = ${message.kind}, preview = null,
        preview_contact_id = ${message.contactId}, sealed_preview = ${sealed.preview}`
    : sql``
  write(
    tx,
    sql`
      with counted as (
        update conversation set message_count = message_count + 1 ${latest}
        where id = ${message.conversationId}
        returning message_count)
      insert into message (id, conversation_id, sequence, kind, contact_id, person_id, at, sent_at, sealed_text, search_terms, index_epoch,
        quote_from, sealed_html, automatic, external_id, idempotency_key, delivery_state)
      values (${id}, ${message.conversationId}, (select message_count from counted), ${message.kind}, ${message.contactId},
        ${message.personId}, ${message.now}, ${message.sentAt}, ${sealed.text}, ${sealed.terms}, ${sealed.epoch}, ${message.quoteFrom}, ${sealed.html},
        ${message.automatic}, ${message.externalId}, ${message.idempotencyKey}, ${message.deliveryState})`.compile(tx),
  )
  live(tx, { type: 'message.added', conversationId: message.conversationId, messageId: id, ...hearers })
  return { id }
}

const sealedOf = async (tx: Tx, id: string, message: NewMessage) => {
  const { conversationId, text, html, quoteFrom } = message
  const subjectId = message.contactId ?? message.subjectId
  const vault = vaultOf(tx)
  const [sealer, { current }] = await Promise.all([vault.sealerFor('subject', [subjectId]), vault.indexes()])
  return {
    text: sealer.seal(subjectId, placeIn('message', 'text', id), text),
    html: html === null ? null : await sealer.sealLong(subjectId, placeIn('message', 'html', id), html),
    preview: sealer.seal(subjectId, placeIn('conversation', 'preview', conversationId), previewOf(text, quoteFrom)),
    terms: current.terms('words', lexemesOf(text)),
    epoch: current.epoch,
  }
}

/** The conversation's row, locked until the transaction ends; null where it is gone. */
export const lockConversation = async (tx: Tx, id: string): Promise<KnownConversation | null> => {
  const row = await joined(tx).where('conversation.id', '=', id).forUpdate('conversation').executeTakeFirst()
  return known(tx, row)
}

/** Conversations of a contact that anybody may have open now: the newest few. */
export const recentConversationsOf = async (db: Db, contactId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('conversation')
    .select('id')
    .where('contact_id', '=', contactId)
    .orderBy('last_message_at', 'desc')
    .limit(RECENT_MAX)
    .execute()
  return rows.map(({ id }) => id)
}

const RECENT_MAX = 20
