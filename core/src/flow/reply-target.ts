import type { ChannelKind } from '@oco/contract'
import type { SenderAddress } from '../channels/channel.ts'
import { waysOut } from '../channels/index.ts'
import { addressOf } from '../contacts/index.ts'
import { hasWrittenIn, lastParticipantOf, writersOf, type KnownConversation, type Writer } from '../conversations/index.ts'
import { Failure } from '../kernel/errors.ts'
import type { Db } from '../platform/db.ts'

export interface ReplyTarget {
  readonly channelId: string
  readonly channelKind: ChannelKind
  readonly to: SenderAddress
  /** Whose address it is. */
  readonly contactId: string
}

/**
 * Where an answer goes: back on the channel of the conversation, to whoever wrote last of those who take part in it; for a request that
 * another system made, to the contact by the first e-mail channel. Null where there is no way: the channel is switched off, or no
 * address is known. The database alone is asked: an answer may wait in the outbox for a channel that is just being opened.
 */
export const replyTarget = async (db: Db, conversation: KnownConversation): Promise<ReplyTarget | null> =>
  targetOf(db, conversation, () => lastParticipantOf(db, conversation.id))

/**
 * The same to somebody whom an agent has chosen: anybody who has written in the conversation. Throws `invalid_input` for all others; a
 * visitor of a web chat is answered nowhere else.
 */
export const chosenTarget = async (db: Db, conversation: KnownConversation, contactId: string): Promise<ReplyTarget | null> => {
  const isThere = conversation.channelKind !== 'webchat' && (await hasWrittenIn(db, conversation.id, contactId))
  if (!isThere) throw new Failure('invalid_input', { fields: { 'body.toContactId': 'nobody who has written here' } })
  return targetOf(db, conversation, () => Promise.resolve(contactId))
}

/** Whom an agent may choose instead of `target`: nobody where the target is no address of mail. */
export const otherWriters = async (db: Db, conversation: KnownConversation, target: ReplyTarget | null): Promise<Writer[]> => {
  if (target?.to.kind !== 'email') return []
  const writers = await writersOf(db, conversation.id)
  return writers.filter(({ address }) => address.toLowerCase() !== target.to.value.toLowerCase())
}

const targetOf = async (
  db: Db,
  conversation: KnownConversation,
  whom: () => Promise<string | null>,
): Promise<ReplyTarget | null> => {
  const ways = (await waysOut(db)).filter(({ state }) => state !== 'off')
  const { channelKind, channelId, contactId, threadKey } = conversation
  const way = ways.find(channelKind === 'intake' ? ({ kind }) => kind === 'email' : (each) => each.channelId === channelId)
  if (way === undefined) return null
  const to: SenderAddress['kind'] = way.kind === 'webchat' ? 'visitor' : 'email'
  const recipientId = to === 'visitor' ? contactId : ((await whom()) ?? contactId)
  const value = to === 'visitor' ? threadKey : await addressOf(db, recipientId, 'email')
  if (value === null) return null
  return { channelId: way.channelId, channelKind: way.kind, to: { kind: to, value }, contactId: recipientId }
}
