import { SYSTEM_ORIGIN } from '@oco/security'
import type { Destination, StoredInbound } from '../channels/index.ts'
import { findSent, setDelivery } from '../conversations/index.ts'
import { audit, type Tx } from '../platform/db.ts'
import { enqueue, latestItem, resumeOnMessage } from '../work-items/index.ts'

type Bounce = Extract<StoredInbound, { kind: 'bounce' }>

/**
 * An answer of ours did not arrive: said on the message, and, where it never will, the request goes back to people even though it was
 * resolved, because the customer has not been answered. A delay says nothing yet.
 */
export const receiveBounce = async (
  tx: Tx,
  bounce: Bounce,
  destination: Destination,
  now: Date,
): Promise<{ conversationId: string | null; reason: string | null }> => {
  const message = await findSent(tx, bounce.about)
  if (message === null) return { conversationId: null, reason: 'bounce_of_unknown' }
  const { conversationId } = message
  if (!bounce.permanent) return { conversationId, reason: 'delayed' }
  await setDelivery(tx, message.id, { state: 'bounced', reason: bounce.reason })
  audit(tx, {
    action: 'message.bounced',
    by: SYSTEM_ORIGIN,
    object: { kind: 'message', id: message.id },
    details: { conversationId },
  })
  if (message.deliveryState === 'bounced') return { conversationId, reason: 'bounced_before' }
  if (!message.isAnswer) return { conversationId, reason: null }
  const item = await latestItem(tx, conversationId)
  if (item?.state === 'pending') await resumeOnMessage(tx, SYSTEM_ORIGIN, { itemId: item.id, now })
  if (item?.state === 'resolved') {
    await enqueue(tx, SYSTEM_ORIGIN, { ...destination, conversationId, reopenedFrom: item.id, now })
  }
  return { conversationId, reason: null }
}
