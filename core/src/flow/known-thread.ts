import type { SenderAddress } from '../channels/channel.ts'
import { wasAddressed, type KnownConversation } from '../conversations/index.ts'
import type { Tx } from '../platform/db.ts'

export interface Writer {
  readonly channelId: string
  readonly contactId: string
  readonly from: SenderAddress
}

/**
 * Which of the conversations that a message's references name it goes on in; they come nearest first. On its own channel any of
 * them: people let colleagues answer, and what they write is seen under their own name. From another channel only one that the writer
 * takes part in: a reference is no proof, and must open no way from one team's matter into another's.
 */
export const knownThread = async (
  tx: Tx,
  named: readonly KnownConversation[],
  { channelId, contactId, from }: Writer,
): Promise<KnownConversation | null> => {
  const own = named.find((conversation) => conversation.channelId === channelId)
  if (own !== undefined) return own
  for (const conversation of named) {
    if (conversation.contactId === contactId || (await wasAddressed(tx, conversation.id, from))) return conversation
  }
  return null
}
