import type { ChannelKind } from '@oco/contract'
import type { Registry } from '../channels/index.ts'
import type { SenderAddress } from '../channels/channel.ts'
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
 * the contact by the first e-mail channel. Null where there is no way: the channel is switched off, or no address is known.
 */
export const replyTarget = async (db: Db, registry: Registry, conversation: KnownConversation): Promise<ReplyTarget | null> => {
  const writerId = (await lastWriterOf(db, conversation.id)) ?? conversation.contactId
  switch (conversation.channelKind) {
    case 'webchat':
      return conversation.threadKey === null || registry.account(conversation.channelId) === null
        ? null
        : { channelId: conversation.channelId, channelKind: 'webchat', to: { kind: 'visitor', value: conversation.threadKey } }
    case 'email':
      return registry.account(conversation.channelId) === null ? null : byEmail(db, conversation.channelId, writerId)
    case 'intake': {
      const account = registry.accounts('email')[0]
      return account === undefined ? null : byEmail(db, account.id, writerId)
    }
  }
}

const byEmail = async (db: Db, channelId: string, contactId: string): Promise<ReplyTarget | null> => {
  const value = await addressOf(db, contactId, 'email')
  return value === null ? null : { channelId, channelKind: 'email', to: { kind: 'email', value } }
}
