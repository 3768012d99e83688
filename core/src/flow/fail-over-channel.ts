import { SYSTEM_ORIGIN } from '@oco/security'
import type { SenderAddress } from '../channels/channel.ts'
import { chooseFailover, findVisit, waysOut, type Outbox, type OutboxRow } from '../channels/index.ts'
import { addressOf } from '../contacts/index.ts'
import { findConversation, outboundOf } from '../conversations/index.ts'
import { audit, type Tx } from '../platform/db.ts'

/**
 * Sends an answer another way, because its recipient has left the channel: only the outbox row changes, never the conversation, so
 * that the thread stays one. False where there is no other way; then the message has failed, and says so.
 */
export const failOverChannel =
  ({ outbox }: { outbox: Outbox }) =>
  async (tx: Tx, row: OutboxRow, now: Date): Promise<boolean> => {
    const message = await outboundOf(tx, row.messageId)
    if (message === null) return false
    const channels = await waysOut(tx)
    const queueId = channels.find(({ channelId }) => channelId === row.channelId)?.queueId ?? ''
    const addresses = await addressesOf(tx, await outbox.recipientOf(tx, row), message.conversationId)
    const choice = chooseFailover({ from: { channelId: row.channelId, queueId }, addresses, channels })
    if (choice.kind === 'nowhere') return false
    await outbox.redirect(tx, row.id, { channelId: choice.channelId, address: choice.address }, now)
    audit(tx, {
      action: 'message.queued',
      by: SYSTEM_ORIGIN,
      object: { kind: 'message', id: row.messageId },
      details: { conversationId: message.conversationId, channelId: choice.channelId, insteadOf: row.channelId },
    })
    return true
  }

/**
 * The address itself, then the e-mail that a visitor has left in the form, then the contact's own. What a visitor has left is
 * unverified, and used for nothing but the answers to that visitor's own questions.
 */
const addressesOf = async (tx: Tx, to: SenderAddress, conversationId: string): Promise<SenderAddress[]> => {
  const conversation = await findConversation(tx, conversationId)
  const visit = to.kind === 'visitor' ? await findVisit(tx, to.value) : null
  const own = conversation === null ? null : await addressOf(tx, conversation.contactId, 'email')
  const name = visit?.name ?? to.displayName
  const named = name === undefined || name === '' ? {} : { displayName: name }
  const emails = [visit?.email, own].filter((email) => typeof email === 'string')
  return [to, ...emails.map((value) => ({ kind: 'email' as const, value, ...named }))]
}
