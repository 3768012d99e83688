import type { ChannelKind, MessageView } from '@oco/contract'
import { z } from 'zod'
import { DELIVERY_STATES } from '@oco/contract'
import { live, sql, vaultOf, type Db, type Tx } from '../platform/db.ts'
import { nameOfContact, openLongText, openTexts, placeIn, type StoredText } from '../platform/vault/index.ts'
import { attachmentViews } from './attachment-store.ts'

export type DeliveryState = (typeof DELIVERY_STATES)[number]

export interface SentMessage {
  readonly id: string
  readonly conversationId: string
  /** Of a person; else a letter that the product put together, such as a transcript. */
  readonly isAnswer: boolean
  readonly deliveryState: DeliveryState | null
}

/**
 * What was sent under an external id (a letter's Message-ID), or null. A bounce may be faster than the note of the sending: our own letters
 * have the message's id in theirs.
 */
export const findSent = async (tx: Tx, externalId: string): Promise<SentMessage | null> => {
  const ownId = /^<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@/.exec(externalId)?.[1] ?? null
  const row = await tx
    .selectFrom('message')
    .select(['id', 'conversation_id', 'kind', 'delivery_state'])
    .where((where) => where.or([where('external_id', '=', externalId), ...(ownId === null ? [] : [where('id', '=', ownId)])]))
    .where('kind', 'in', ['outbound', 'event'])
    .where('delivery_state', 'is not', null)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    id: row.id,
    conversationId: row.conversation_id,
    isAnswer: row.kind === 'outbound',
    deliveryState: z.enum(DELIVERY_STATES).nullable().parse(row.delivery_state),
  }
}

/** What has become of an outbound message; pages that have it open hear of it. */
export const setDelivery = async (
  tx: Tx,
  messageId: string,
  delivery: { state: DeliveryState; reason: string | null; externalId?: string },
): Promise<void> => {
  const row = await tx
    .updateTable('message')
    .set({
      delivery_state: delivery.state,
      delivery_reason: null,
      sealed_delivery_reason: await sealedReason(tx, messageId, delivery.reason),
      ...(delivery.externalId === undefined ? {} : { external_id: delivery.externalId }),
    })
    .where('id', '=', messageId)
    .returning(['conversation_id', 'person_id'])
    .executeTakeFirst()
  if (row === undefined) return
  live(tx, { type: 'message.changed', conversationId: row.conversation_id, messageId, personId: row.person_id })
}

const REASON_LENGTH_MAX = 1_000

const ADDRESS = /[^\s<>"']+@[^\s<>"']+/g

/**
 * What another system says of a delivery. It repeats the recipient's address more often than not, who may be another than the contact
 * under whose key it lies; whom it was sent to is known anyway.
 */
const sealedReason = async (tx: Tx, messageId: string, reason: string | null): Promise<Buffer | null> => {
  if (reason === null) return null
  const row = await tx
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select('conversation.contact_id')
    .where('message.id', '=', messageId)
    .executeTakeFirst()
  if (row === undefined) return null
  const sealer = await vaultOf(tx).sealerFor('subject', [row.contact_id])
  const said = reason.replace(ADDRESS, '…').slice(0, REASON_LENGTH_MAX)
  return sealer.seal(row.contact_id, placeIn('message', 'delivery_reason', messageId), said)
}

/** The message that a person's repeated call has made already; null for a first call. */
export const findRepeated = async (
  tx: Tx,
  personId: string,
  idempotencyKey: string,
): Promise<{ id: string; conversationId: string; kind: string; text: string } | null> => {
  const row = await tx
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select(['message.id', 'message.conversation_id', 'message.kind', 'message.text', 'message.sealed_text', MESSAGE_SUBJECT])
    .where('message.person_id', '=', personId)
    .where('message.idempotency_key', '=', idempotencyKey)
    .executeTakeFirst()
  if (row === undefined) return null
  const [text = ''] = await openTexts(() => vaultOf(tx), [storedText(row)])
  return { id: row.id, conversationId: row.conversation_id, kind: row.kind, text }
}

/** Under whose key a message is sealed: its writer's, or the conversation's contact's where we wrote. */
const MESSAGE_SUBJECT = sql<string>`coalesce(message.contact_id, conversation.contact_id)`.as('subject_id')

const storedText = (row: { id: string; subject_id: string; text: string | null; sealed_text: Buffer | null }) => ({
  subjectId: row.subject_id,
  place: placeIn('message', 'text', row.id),
  plain: row.text,
  sealed: row.sealed_text,
})

/** External ids of a thread for References, oldest first: the first one and the latest few. */
export const referencesOf = async (db: Db, conversationId: string, before: number): Promise<string[]> => {
  const { rows } = await sql<{ external_id: string }>`
    select external_id from message
    where conversation_id = ${conversationId} and external_id is not null and kind in ('inbound', 'outbound') and sequence < ${before}
    order by sequence desc limit ${REFERENCES_MAX}`.execute(db)
  return rows.map((row) => row.external_id).reverse()
}

const REFERENCES_MAX = 20

export interface MessageRange {
  readonly conversationId: string
  /** Only messages with a lower sequence. */
  readonly before?: number
  /** Only messages with a higher sequence. */
  readonly after?: number
  readonly ids?: readonly string[]
  readonly limit: number
}

/** Messages as pages show them, oldest first: the newest of the range, or with `after` its oldest. */
export const messageViews = async (db: Db, range: MessageRange): Promise<MessageView[]> => {
  const oldestFirst = range.after !== undefined
  let query = db
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .innerJoin('channel', 'channel.id', 'conversation.channel_id')
    .leftJoin('contact', 'contact.id', 'message.contact_id')
    .leftJoin('person', 'person.id', 'message.person_id')
    .select([
      'message.id',
      'message.conversation_id',
      'message.sequence',
      'message.kind',
      'message.contact_id',
      'message.person_id',
      'message.at',
      'message.text',
      'message.sealed_text',
      MESSAGE_SUBJECT,
      'message.quote_from',
      'message.automatic',
      'message.delivery_state',
      'message.delivery_reason',
      'message.sealed_delivery_reason',
      'channel.kind as channel_kind',
      'contact.display_name as contact_name',
      'contact.sealed_name as sealed_contact_name',
      'person.display_name as person_name',
      sql<boolean>`message.html is not null or message.sealed_html is not null`.as('has_html'),
      sql<boolean>`exists (select from attachment where attachment.message_id = message.id)`.as('has_files'),
    ])
    .where('message.conversation_id', '=', range.conversationId)
    .orderBy('message.sequence', oldestFirst ? 'asc' : 'desc')
    .limit(range.limit)
  if (range.before !== undefined) query = query.where('message.sequence', '<', range.before)
  if (range.after !== undefined) query = query.where('message.sequence', '>', range.after)
  if (range.ids !== undefined) query = query.where('message.id', 'in', range.ids)
  const rows = await query.execute()
  const texts = await openTexts(
    () => vaultOf(db),
    rows.flatMap((row) => [storedText(row), storedReason(row), storedName(row)]),
  )
  const files = await attachmentViews(
    db,
    rows.filter((row) => row.has_files).map(({ id }) => id),
  )
  const views = rows.map((row, index): MessageView => ({
    id: row.id,
    conversationId: row.conversation_id,
    sequence: row.sequence,
    // Both are held to the contract's names by constraints of their tables.
    kind: row.kind as MessageView['kind'],
    channel: row.channel_kind as ChannelKind,
    author: authorOf(row, texts[3 * index + 2] ?? ''),
    at: row.at.toISOString(),
    text: texts[3 * index] ?? '',
    quoteFrom: row.quote_from,
    hasHtml: row.has_html,
    automatic: row.automatic,
    attachments: files.get(row.id) ?? [],
    delivery:
      row.delivery_state === null
        ? null
        : { state: z.enum(DELIVERY_STATES).parse(row.delivery_state), reason: texts[3 * index + 1] || null },
  }))
  return oldestFirst ? views : views.reverse()
}

const storedReason = (row: {
  id: string
  subject_id: string
  delivery_reason: string | null
  sealed_delivery_reason: Buffer | null
}): StoredText => ({
  subjectId: row.subject_id,
  place: placeIn('message', 'delivery_reason', row.id),
  plain: row.delivery_reason,
  sealed: row.sealed_delivery_reason,
})

/** Of a message that no contact wrote: nothing, and nothing is asked for it. */
const storedName = (row: {
  contact_id: string | null
  contact_name: string | null
  sealed_contact_name: Buffer | null
}): StoredText => nameOfContact({ ...row, contact_id: row.contact_id ?? '' })

const authorOf = (
  row: { contact_id: string | null; person_id: string | null; person_name: string | null },
  contactName: string,
): MessageView['author'] => {
  if (row.person_id !== null) return { kind: 'person', id: row.person_id, displayName: row.person_name ?? '' }
  if (row.contact_id !== null) return { kind: 'contact', id: row.contact_id, displayName: contactName }
  return { kind: 'system' }
}

export interface Outbound {
  /** `event`: a letter that the product itself puts together, such as a transcript. */
  readonly kind: string
  readonly conversationId: string
  readonly conversationNumber: number
  readonly subject: string
  readonly sequence: number
  readonly text: string
  readonly html: string | null
  readonly authorName: string
  readonly at: Date
}

/** What is sent of a message of ours; null where it is gone. */
export const outboundOf = async (db: Db, messageId: string): Promise<Outbound | null> => {
  const row = await db
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .leftJoin('person', 'person.id', 'message.person_id')
    .select([
      'message.id',
      'message.kind',
      'message.conversation_id',
      'message.sequence',
      'message.text',
      'message.sealed_text',
      'message.html',
      'message.sealed_html',
      'message.at',
      MESSAGE_SUBJECT,
      'conversation.contact_id as conversation_contact_id',
      'conversation.number',
      'conversation.subject',
      'conversation.sealed_subject',
      'person.display_name',
    ])
    .where('message.id', '=', messageId)
    .executeTakeFirst()
  if (row === undefined) return null
  const vault = () => vaultOf(db)
  const [text = '', subject = ''] = await openTexts(vault, [
    storedText(row),
    {
      subjectId: row.conversation_contact_id,
      place: placeIn('conversation', 'subject', row.conversation_id),
      plain: row.subject,
      sealed: row.sealed_subject,
    },
  ])
  return {
    kind: row.kind,
    conversationId: row.conversation_id,
    conversationNumber: row.number,
    subject,
    sequence: row.sequence,
    text,
    html: await openLongText(vault, htmlOf(row)),
    authorName: row.display_name ?? '',
    at: row.at,
  }
}

const htmlOf = (row: { id: string; subject_id: string; html: string | null; sealed_html: Buffer | null }) => ({
  subjectId: row.subject_id,
  place: placeIn('message', 'html', row.id),
  plain: row.html,
  sealed: row.sealed_html,
})

/** A letter's own form and the conversation in which it stands; null where there is none, or it was erased. */
export const letterHtml = async (db: Db, messageId: string): Promise<{ conversationId: string; html: string } | null> => {
  const row = await db
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select(['message.id', 'message.conversation_id', 'message.html', 'message.sealed_html', MESSAGE_SUBJECT])
    .where('message.id', '=', messageId)
    .executeTakeFirst()
  const html = row === undefined ? null : await openLongText(() => vaultOf(db), htmlOf(row))
  return row === undefined || html === null ? null : { conversationId: row.conversation_id, html }
}
