import type { ChannelKind } from '@oco/contract'
import type { Origin } from '@oco/security'
import { newId } from '../kernel/ids.ts'
import { audit, live, wake, type Tx } from '../platform/db.ts'
import { goOn } from './move-service.ts'
import { insertWorkItem, setFirstReplied } from './work-item-store.ts'
import { dueAt, weightOf } from './work-item.ts'

export interface Enqueued {
  readonly conversationId: string
  readonly queueId: string
  readonly channelKind: ChannelKind
  readonly priority: number
  readonly skillId: string | null
  readonly firstReplyTargetMs: number | null
  readonly resolutionTargetMs: number | null
  /** The resolved item of the same conversation that this one goes on with. */
  readonly reopenedFrom: string | null
  readonly now: Date
}

/**
 * Puts a conversation into the line; its number is given when it is written. Where the conversation has an open item already, the
 * transaction fails with the server's `work_item_one_open`: ask `latestItem` first, which locks.
 */
export const enqueue = (tx: Tx, by: Origin, request: Enqueued): Promise<{ id: string }> => {
  const { now, conversationId, queueId } = request
  const id = newId(now)
  insertWorkItem(tx, {
    ...request,
    id,
    weight: weightOf(request.channelKind),
    firstReplyDueAt: dueAt(now, request.firstReplyTargetMs),
    resolutionDueAt: dueAt(now, request.resolutionTargetMs),
  })
  audit(tx, {
    action: request.reopenedFrom === null ? 'work_item.enqueued' : 'work_item.reopened',
    by,
    object: { kind: 'work_item', id },
    details: {
      conversationId,
      queueId,
      channel: request.channelKind,
      priority: request.priority,
      ...(request.reopenedFrom === null ? {} : { reopenedFrom: request.reopenedFrom }),
    },
  })
  live(tx, { type: 'work_item.changed', workItemId: id, conversationId, queueId })
  wake(tx, 'offers')
  return Promise.resolve({ id })
}

/** The customer's message takes a pending item up again; on any other item it does nothing. */
export const resumeOnMessage = async (tx: Tx, by: Origin, request: { itemId: string; now: Date }): Promise<void> => {
  await goOn(tx, { by, ...request, cause: 'message', handlingId: newId(request.now) })
}

/** Notes when the open item of a conversation got its first reply; later replies change nothing. */
export const recordFirstReply = async (tx: Tx, request: { conversationId: string; now: Date }): Promise<void> => {
  const item = await setFirstReplied(tx, request.conversationId, request.now)
  if (item === null) return
  live(tx, {
    type: 'work_item.changed',
    workItemId: item.id,
    conversationId: request.conversationId,
    queueId: item.queueId,
    personId: item.assigneeId,
  })
}
