import { SYSTEM_ORIGIN, type Origin } from '@oco/security'
import { destinationOf, type Destination, type Inbox, type InboxRow, type StoredInbound } from '../channels/index.ts'
import { findContact, makeContact, type ResolvedContact } from '../contacts/index.ts'
import {
  appendMessage,
  attachFiles,
  claimUploads,
  continuationOf,
  findByNumber,
  findByReferences,
  findByThreadKey,
  plainSubject,
  startConversation,
  type KnownConversation,
} from '../conversations/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { firstWords, plainText } from '../kernel/plain-text.ts'
import { handOverBlobs } from '../platform/blob-keys.ts'
import { audit, live, type Database, type Tx } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import { safeReason } from '../platform/safe-error.ts'
import { isKeysAway, subjectOwner } from '../platform/vault/index.ts'
import { reopenWindowDays } from '../settings/index.ts'
import { enqueue, latestItem, resumeOnMessage, type LatestItem } from '../work-items/index.ts'
import { knownThread } from './known-thread.ts'
import { receiveBounce } from './receive-bounce.ts'

type StoredMessage = Extract<StoredInbound, { kind: 'message' }>

export interface ReceiveMessage {
  readonly database: Database
  readonly inbox: Inbox
  readonly clock: Clock
  readonly log: Log
}

/** Takes one inbox row through the story in one transaction. False where nothing was due. A row that fails waits or is set aside. */
export const receiveNext = async (deps: ReceiveMessage): Promise<boolean> => {
  let taken: InboxRow | null = null
  try {
    return await deps.database.transaction(async (tx) => {
      const now = deps.clock.now()
      taken = await deps.inbox.next(tx, now)
      if (taken === null) return false
      const outcome = await receive(tx, { channelId: taken.channelId, payload: await deps.inbox.open(tx, taken) }, now)
      deps.inbox.done(tx, taken.id, { ...outcome, now })
      return true
    })
  } catch (error) {
    const row = taken as InboxRow | null
    // Without keys nothing can be taken up, and no row has failed.
    if (row === null || isKeysAway(error)) throw error
    deps.log.warn({ err: error, inboxId: row.id, attempts: row.attempts }, 'a received message could not be taken further')
    await deps.inbox.failed(row, safeReason(error))
    return true
  }
}

interface Outcome {
  readonly conversationId: string | null
  /** Why the row led to no message; null where it did. */
  readonly reason: string | null
}

const receive = async (
  tx: Tx,
  { channelId, payload }: { channelId: string; payload: StoredInbound },
  now: Date,
): Promise<Outcome> => {
  if (payload.kind === 'bounce') {
    const destination = await destinationOf(tx, channelId)
    return destination === null ? CHANNEL_GONE : receiveBounce(tx, payload, destination, now)
  }
  const { conversationKey, references } = payload.thread
  // Said in one turn, so that they travel together.
  const [destination, contact, byKey, byReferences, windowDays] = await Promise.all([
    destinationOf(tx, channelId),
    findContact(tx, payload.from),
    conversationKey === undefined ? null : findByThreadKey(tx, channelId, conversationKey),
    findByReferences(tx, references),
    reopenWindowDays(tx),
  ])
  if (destination === null) return CHANNEL_GONE
  const sender = contact ?? (await makeContact(tx, { ...payload, demo: destination.demo, now }))
  const writer = { channelId, contactId: sender.id, from: payload.from }
  const known = byKey ?? (await knownThread(tx, byReferences, writer))
  return receiveMessage(tx, { channelId, message: payload, destination, sender, known, windowDays, now })
}

const CHANNEL_GONE: Outcome = { conversationId: null, reason: 'channel_gone' }

interface Received {
  readonly channelId: string
  readonly message: StoredMessage
  readonly destination: Destination
  readonly sender: ResolvedContact
  /** The conversation that the channel's own thread or a reference names. */
  readonly known: KnownConversation | null
  readonly windowDays: number
  readonly now: Date
}

const receiveMessage = async (tx: Tx, received: Received): Promise<Outcome> => {
  const { channelId, message, sender: contact, now } = received
  const by = contactOrigin(contact.id)
  if (contact.created) audit(tx, { action: 'contact.created', by, object: { kind: 'contact', id: contact.id } })
  const place = await placeOf(tx, received, by)
  const work = place.item

  const { id: messageId } = await appendMessage(
    tx,
    {
      conversationId: place.conversationId,
      subjectId: place.subjectId,
      kind: 'inbound',
      contactId: contact.id,
      personId: null,
      text: plainText(message.text),
      quoteFrom: message.quoteFrom,
      html: message.html,
      automatic: message.automatic,
      externalId: message.externalId,
      idempotencyKey: null,
      deliveryState: null,
      sentAt: message.sentAt === null ? null : new Date(message.sentAt),
      now,
    },
    { personId: work?.assigneeId ?? null, queueId: work === null || work.assigneeId !== null ? null : work.queueId },
  )
  await attachFiles(tx, messageId, message.attachments, now)
  const claimed = await claimUploads(tx, { uploadIds: message.uploadIds, uploadedBy: message.from.value, messageId })
  const blobIds = [...message.attachments.map(({ blobId }) => blobId), ...claimed]
  await handOverBlobs(tx, blobIds, subjectOwner(contact.id))
  audit(tx, {
    action: 'message.received',
    by,
    object: { kind: 'message', id: messageId },
    details: { conversationId: place.conversationId, channelId, automatic: message.automatic },
  })
  await takeUpWork(tx, by, { ...received, place })
  return { conversationId: place.conversationId, reason: null }
}

interface Place {
  readonly conversationId: string
  /** Its contact, who need not be the one who wrote. */
  readonly subjectId: string
  /** The item in which the message goes on; null where it needs one, or none. */
  readonly item: LatestItem | null
  readonly work:
    { readonly kind: 'open' } | { readonly kind: 'new'; readonly reopenedFrom: string | null } | { readonly kind: 'none' }
}

/** The conversation that the message belongs to, started where there is none that it may go on in. */
const placeOf = async (tx: Tx, received: Received, by: Origin): Promise<Place> => {
  const { channelId, message, destination, sender, now } = received
  const known = await findKnown(tx, received)
  if (known !== null) {
    const at = { conversationId: known.id, subjectId: known.contactId }
    const latest = await latestItem(tx, known.id)
    const next = continuationOf({
      work: latest === null ? null : { id: latest.id, open: latest.state !== 'resolved', resolvedAt: latest.resolvedAt },
      automatic: message.automatic,
      reopenWindowDays: received.windowDays,
      now,
    })
    switch (next.kind) {
      case 'append':
        return latest === null
          ? { ...at, item: null, work: { kind: 'new', reopenedFrom: null } }
          : { ...at, item: latest, work: { kind: 'open' } }
      case 'append_only':
        return { ...at, item: null, work: { kind: 'none' } }
      case 'reopen':
        return { ...at, item: null, work: { kind: 'new', reopenedFrom: next.from } }
      case 'start':
        break
    }
  }
  const { id } = await startConversation(tx, {
    contactId: sender.id,
    channelId,
    subject: plainSubject(message.subject) || firstWords(message.text, SUBJECT_FROM_TEXT_LENGTH),
    threadKey: message.thread.conversationKey ?? null,
    demo: destination.demo,
    now,
  })
  audit(tx, { action: 'conversation.started', by, object: { kind: 'conversation', id }, details: { channelId } })
  return { conversationId: id, subjectId: sender.id, item: null, work: { kind: 'new', reopenedFrom: null } }
}

const SUBJECT_FROM_TEXT_LENGTH = 80

const findKnown = (
  tx: Tx,
  { message, known, sender }: Received,
): Promise<KnownConversation | null> | KnownConversation | null => {
  const { number } = message.thread
  return known ?? (number === undefined ? null : findByNumber(tx, number, sender.id))
}

const takeUpWork = async (
  tx: Tx,
  by: Origin,
  { place, message, destination, now }: Received & { place: Place },
): Promise<void> => {
  const { conversationId, work, item } = place
  if (work.kind === 'new') {
    await enqueue(tx, by, {
      ...destination,
      conversationId,
      priority: message.priority ?? destination.priority,
      reopenedFrom: work.reopenedFrom,
      now,
    })
    return
  }
  if (work.kind === 'open' && item?.state === 'pending' && !message.automatic)
    await resumeOnMessage(tx, by, { itemId: item.id, now })
  live(tx, { type: 'conversation.changed', conversationId, personId: item?.assigneeId ?? null })
}

/** A contact acts by writing; nobody has verified who it is. */
const contactOrigin = (contactId: string): Origin => ({ ...SYSTEM_ORIGIN, subject: { kind: 'contact', id: contactId } })
