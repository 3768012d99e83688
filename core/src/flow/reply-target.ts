import type { ChannelKind } from '@oco/contract'
import type { SenderAddress } from '../channels/channel.ts'
import { waysOut } from '../channels/index.ts'
import { addressOf } from '../contacts/index.ts'
import { lastWriterOf, type KnownConversation } from '../conversations/index.ts'
import type { Db } from '../platform/db.ts'

export interface ReplyTarget {
  readonly channelId: string
  readonly channelKind: ChannelKind
  readonly to: SenderAddress
}

/**
 * Where an answer goes: back on the channel of the conversation, to whoever wrote last; for a request that another system made, to
 * the contact by the first e-mail channel. Null where there is no way: the channel is switched off, or no address is known. The
 * database alone is asked: an answer may wait in the outbox for a channel that is just being opened.
 */
export const replyTarget = async (db: Db, conversation: KnownConversation): Promise<ReplyTarget | null> => {
  const ways = (await waysOut(db)).filter(({ state }) => state !== 'off')
  const way = ways.find(
    conversation.channelKind === 'intake'
      ? ({ kind }) => kind === 'email'
      : ({ channelId }) => channelId === conversation.channelId,
  )
  if (way === undefined) return null
  const to = way.kind === 'webchat' ? visitorOf(conversation) : await mailOf(db, conversation)
  return to === null ? null : { channelId: way.channelId, channelKind: way.kind, to }
}

const visitorOf = ({ threadKey }: KnownConversation): SenderAddress | null =>
  threadKey === null ? null : { kind: 'visitor', value: threadKey }

const mailOf = async (db: Db, { id, contactId }: KnownConversation): Promise<SenderAddress | null> => {
  const writerId = (await lastWriterOf(db, id)) ?? contactId
  const value = await addressOf(db, writerId, 'email')
  return value === null ? null : { kind: 'email', value }
}
