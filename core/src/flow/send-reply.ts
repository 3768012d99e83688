import type { MessageView } from '@oco/contract'
import { can, type Actor, type Origin } from '@oco/security'
import type { Outbox } from '../channels/index.ts'
import {
  appendMessage,
  claimUploads,
  cleanComposed,
  findConversation,
  findRepeated,
  lockConversation,
  maySeeConversation,
  messageViews,
  removeDraft,
  type KnownConversation,
} from '../conversations/index.ts'
import { present } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { handOverBlobs } from '../platform/blob-keys.ts'
import { audit, type Database, type Tx } from '../platform/db.ts'
import { personOf } from '../platform/http.ts'
import { subjectOwner } from '../platform/vault/index.ts'
import { latestItem, recordFirstReply, type LatestItem } from '../work-items/index.ts'
import { chosenTarget, replyTarget } from './reply-target.ts'

export interface SendReply {
  readonly database: Database
  readonly outbox: Outbox
  readonly clock: Clock
}

export interface Writing {
  readonly actor: Actor
  readonly by: Origin
  readonly conversationId: string
  readonly text: string
  readonly html: string | null
  readonly uploadIds: readonly string[]
  readonly idempotencyKey: string
  /** An answer's: whom the agent has chosen; left out: whoever answers go to. */
  readonly toContactId?: string | undefined
}

/** Answers the customer: the message and its outbox row commit together; sending is the next stage's. A repeat does nothing. */
export const sendReply = (deps: SendReply, writing: Writing): Promise<MessageView> =>
  deps.database.transaction(async (tx) => {
    const { conversation, item } = await openFor(tx, writing)
    const repeated = await repeatedCall(tx, writing, 'outbound')
    if (repeated !== null) return repeated
    if (!mayReply(writing.actor, item)) {
      throw new Failure('forbidden', { detail: 'the request is in other hands, or in nobody’s: take it first' })
    }
    const target = await (writing.toContactId === undefined
      ? replyTarget(tx, conversation)
      : chosenTarget(tx, conversation, writing.toContactId))
    if (target === null) throw new Failure('channel_unusable', { detail: 'there is no way to this contact now' })
    const now = deps.clock.now()
    const messageId = await append(tx, { writing, conversation, kind: 'outbound', item, now })
    await deps.outbox.put(tx, { messageId, channelId: target.channelId, subjectId: target.contactId, to: target.to, now })
    await recordFirstReply(tx, { conversationId: conversation.id, now })
    audit(tx, {
      action: 'message.queued',
      by: writing.by,
      object: { kind: 'message', id: messageId },
      details: { conversationId: conversation.id, channelId: target.channelId, toContactId: writing.toContactId ?? null },
    })
    return viewOf(tx, conversation.id, messageId)
  })

/** Adds a note that the customer never sees. Whoever may see the conversation may add one. */
export const addNote = (deps: Pick<SendReply, 'database' | 'clock'>, writing: Writing): Promise<MessageView> =>
  deps.database.transaction(async (tx) => {
    const { conversation, item } = await openFor(tx, writing)
    const repeated = await repeatedCall(tx, writing, 'note')
    if (repeated !== null) return repeated
    const messageId = await append(tx, { writing, conversation, kind: 'note', item, now: deps.clock.now() })
    audit(tx, {
      action: 'note.added',
      by: writing.by,
      object: { kind: 'message', id: messageId },
      details: { conversationId: conversation.id },
    })
    return viewOf(tx, conversation.id, messageId)
  })

interface Opened {
  readonly conversation: KnownConversation
  readonly item: LatestItem | null
}

/**
 * Locks the item and then the conversation, in the order in which what comes in does: the other way round an answer and the customer's next
 * message would wait for each other. What may not be seen is not there.
 */
const openFor = async (tx: Tx, { actor, conversationId }: Writing): Promise<Opened> => {
  if (!(await maySeeConversation(tx, actor, conversationId))) throw new Failure('not_found')
  const item = await latestItem(tx, conversationId)
  const conversation = await lockConversation(tx, conversationId)
  if (conversation === null) throw new Failure('not_found')
  return { conversation, item }
}

const repeatedCall = async (tx: Tx, writing: Writing, kind: 'outbound' | 'note'): Promise<MessageView | null> => {
  const known = await findRepeated(tx, personOf(writing.actor).personId, writing.idempotencyKey)
  if (known === null) return null
  const same =
    known.conversationId === writing.conversationId && known.kind === kind && known.text === cleanComposed(writing).text
  if (!same) throw new Failure('idempotency_mismatch')
  return viewOf(tx, known.conversationId, known.id)
}

/** Who holds the request answers it; supervisors answer anything; what nobody works on is anybody's who may see it. */
const mayReply = (actor: Actor, item: LatestItem | null): boolean => {
  if (item === null || item.state === 'resolved') return true
  return item.assigneeId === personOf(actor).personId || can(actor, 'conversation.read_all')
}

interface Appended {
  readonly writing: Writing
  readonly conversation: KnownConversation
  readonly kind: 'outbound' | 'note'
  readonly item: LatestItem | null
  readonly now: Date
}

const append = async (tx: Tx, { writing, conversation, kind, item, now }: Appended): Promise<string> => {
  const { personId } = personOf(writing.actor)
  const { text, html } = cleanComposed(writing)
  if (text === '' && writing.uploadIds.length === 0) {
    throw new Failure('invalid_input', { fields: { 'body.text': 'there is nothing in it' } })
  }
  const { conversationId } = writing
  const { id } = await appendMessage(
    tx,
    {
      conversationId,
      subjectId: conversation.contactId,
      kind,
      contactId: null,
      personId,
      text,
      quoteFrom: null,
      html,
      automatic: false,
      externalId: null,
      idempotencyKey: writing.idempotencyKey,
      deliveryState: kind === 'outbound' ? 'queued' : null,
      sentAt: null,
      now,
    },
    { personId: item?.assigneeId ?? personId, queueId: null },
  )
  const blobIds = await claimUploads(tx, { uploadIds: writing.uploadIds, uploadedBy: personId, messageId: id })
  await handOverBlobs(tx, blobIds, subjectOwner(conversation.contactId))
  await removeDraft(tx, { personId, conversationId, kind: kind === 'outbound' ? 'reply' : 'note' })
  return id
}

const viewOf = async (tx: Tx, conversationId: string, messageId: string): Promise<MessageView> =>
  present((await messageViews(tx, { conversationId, ids: [messageId], limit: 1 }))[0], 'the message that was just written')

/** The note of somebody who hands a request over, in the transaction of that step. */
export const noteOnHandOver = async (
  tx: Tx,
  by: Origin,
  note: { conversationId: string; personId: string; text: string; now: Date },
): Promise<void> => {
  const conversation = present(await findConversation(tx, note.conversationId), 'the conversation that is handed over')
  const { id } = await appendMessage(
    tx,
    { ...NOTHING_SENT, ...note, subjectId: conversation.contactId, kind: 'note' },
    { personId: note.personId, queueId: null },
  )
  audit(tx, {
    action: 'note.added',
    by,
    object: { kind: 'message', id },
    details: { conversationId: note.conversationId },
  })
}

const NOTHING_SENT = {
  contactId: null,
  quoteFrom: null,
  html: null,
  automatic: false,
  externalId: null,
  idempotencyKey: null,
  deliveryState: null,
  sentAt: null,
} as const
