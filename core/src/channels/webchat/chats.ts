import type { IncomingHttpHeaders } from 'node:http'
import type { WebchatSettings } from '@oco/contract'
import { Failure } from '../../kernel/errors.ts'
import type { ChannelAccount, ChannelSink } from '../channel.ts'
import { originAllowed } from './origin.ts'

/** A web chat that is switched on in this process. */
export interface Chat {
  readonly account: ChannelAccount
  readonly settings: WebchatSettings
  readonly sink: ChannelSink
  /** Ends every page's connection when the chat stops; the pages come back by themselves. */
  readonly closers: Set<() => void>
}

export interface Chats {
  open(chat: Chat): void
  /** Ends the connections; does nothing where a newer start has taken the place. */
  close(chat: Chat): void
  /** Throws `not_found` where the chat is off, `origin_not_allowed` where this page may not open it. */
  admit(channelId: string, headers: IncomingHttpHeaders): Chat
  find(channelId: string): Chat | null
  none(): boolean
}

export const createChats = (): Chats => {
  const chats = new Map<string, Chat>()
  const find = (channelId: string): Chat | null => chats.get(channelId) ?? null

  return {
    open(chat) {
      chats.set(chat.account.id, chat)
    },
    close(chat) {
      if (chats.get(chat.account.id) === chat) chats.delete(chat.account.id)
      for (const close of [...chat.closers]) close()
    },
    admit(channelId, headers) {
      const chat = find(channelId)
      if (chat === null) throw new Failure('not_found')
      if (!originAllowed(chat.settings.allowedOrigins, headers)) throw new Failure('origin_not_allowed')
      return chat
    },
    find,
    none: () => chats.size === 0,
  }
}
