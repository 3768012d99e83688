import type { AuditAction } from '@oco/contract'
import type { JsonValue, Origin } from '@oco/security'
import { audit, live, wake, type LiveRow, type Tx } from '../platform/db.ts'
import type { MoveEvent, MoveValues } from './move-statement.ts'
import type { Moved, MoveResult } from './move-store.ts'
import { workStore, type WorkStore } from './work-store.ts'

export interface Move {
  readonly event: MoveEvent
  readonly values: MoveValues
  readonly by: Origin
  readonly action: AuditAction
  readonly details?: Readonly<Record<string, JsonValue>>
}

/** Moves one item, and writes down what happened and whom it concerns. Nothing is written where nothing moved. */
export const move = async (tx: Tx, { event, values, by, action, details }: Move, store: WorkStore): Promise<MoveResult> => {
  const result = await store.moveItem(tx, event, values)
  if (result.kind !== 'moved') return result
  audit(tx, { action, by, object: { kind: 'work_item', id: result.id }, details: { ...idsOf(result), ...details } })
  live(tx, ...rowsOf(event, result))
  // Whoever got room may take something else, and an item in the line may be for anybody.
  if (result.freed || (result.assigneeId === null && event !== 'resolve')) wake(tx, 'offers')
  if (result.loads.length > 0) wake(tx, 'agents')
  return result
}

const idsOf = (moved: Moved): Record<string, JsonValue> => ({
  from: moved.before.state,
  queueId: moved.queueId,
  personId: moved.assigneeId ?? personBefore(moved),
})

const personBefore = ({ before }: Moved): string | null => before.assigneeId ?? before.offeredTo

/** One row for what the item is now, and one more for each queue and person that it has left. */
const rowsOf = (event: MoveEvent, moved: Moved): LiveRow[] => {
  const { id: workItemId, conversationId, before, queueId } = moved
  const changed = { type: 'work_item.changed', workItemId, conversationId } as const
  const personId = moved.assigneeId ?? personBefore(moved)
  const rows: LiveRow[] = [{ ...changed, queueId, personId }]
  if (before.queueId !== queueId) rows.push({ ...changed, queueId: before.queueId })
  if (before.assigneeId !== null && before.assigneeId !== personId) rows.push({ ...changed, personId: before.assigneeId })
  if (before.offeredTo !== null && event !== 'accept') {
    rows.push({ type: 'offer.withdrawn', workItemId, conversationId, queueId: before.queueId, personId: before.offeredTo })
  }
  return rows
}

/**
 * A pending item goes on: back to its assignee, or, where that person is offline or has no room, into the line. `absent` where it
 * does not wait for this: the customer's message, or a moment of its own.
 */
export const goOn = async (
  tx: Tx,
  request: { by: Origin; itemId: string; cause: 'message' | 'time'; handlingId: string; now: Date },
  store: WorkStore = workStore,
): Promise<MoveResult> => {
  const { by, itemId, cause, handlingId, now } = request
  const values = { itemId, now, dueBy: cause === 'time' ? now : null, handlingId }
  const record = { values, by, action: 'work_item.resumed', details: { cause } } as const
  const woken = await move(tx, { event: 'wake', ...record }, store)
  return woken.kind === 'full' ? move(tx, { event: 'return', ...record }, store) : woken
}
