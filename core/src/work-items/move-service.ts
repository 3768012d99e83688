import type { AuditAction } from '@oco/contract'
import { auditRow, SYSTEM_ORIGIN, type JsonValue, type Origin } from '@oco/security'
import { newId } from '../kernel/ids.ts'
import { wake, type Tx } from '../platform/db.ts'
import type { MoveEvent, MoveValues } from './move-statement-store.ts'
import type { MoveResult } from './move-store.ts'
import type { NewOffer, Reserved } from './offer-store.ts'
import { workStore, type WorkStore } from './work-store.ts'

export interface Move {
  readonly event: MoveEvent
  readonly values: MoveValues
  readonly by: Origin
  readonly action: AuditAction
  readonly details?: Readonly<Record<string, JsonValue>>
  /** Nothing else follows in this transaction. */
  readonly isLast?: boolean
}

/** Moves one item, and writes down what happened and whom it concerns. Nothing is written where nothing moved. */
export const move = async (tx: Tx, { event, values, isLast = false, ...rest }: Move, store: WorkStore): Promise<MoveResult> => {
  const record = auditRow(rest, newId(values.now), values.now)
  const result = await store.moveItem(tx, { event, values, record, isLast })
  if (result.kind !== 'moved') return result
  wake(tx, 'live')
  // Whoever got room may take something else, and an item in the line may be for anybody.
  if (result.freed || (result.assigneeId === null && event !== 'resolve')) wake(tx, 'offers')
  if (result.loads.length > 0) wake(tx, 'agents')
  return result
}

/** Makes offers of items that this transaction has locked; it ends with this. Wakes whom it concerns. */
export const makeOffers = async (tx: Tx, offers: readonly NewOffer[], now: Date, store: WorkStore): Promise<Reserved> => {
  const record = auditRow({ action: 'work_item.offered', by: SYSTEM_ORIGIN }, newId(now), now)
  const reserved = await store.reserveOffers(tx, { offers, record, now })
  if (reserved.itemIds.size > 0) wake(tx, 'live')
  return reserved
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
