import { CompiledQuery } from 'kysely'
import type { AgentStateName, WorkItemState } from '@oco/contract'
import { executeLast, type Tx } from '../platform/db.ts'
import { moveStatement, type MoveEvent, type MoveRecord, type MoveValues } from './move-statement-store.ts'

/** The load of an agent as a transaction has left it; a higher `version` is newer. */
export interface AgentLoad {
  readonly personId: string
  readonly state: AgentStateName
  readonly capacityLimit: number
  readonly capacityUsed: number
  readonly idleSince: Date
  readonly version: number
}

/** How the item was before, and what became of it. */
export interface Moved {
  readonly kind: 'moved'
  readonly id: string
  readonly conversationId: string
  readonly before: {
    state: WorkItemState
    queueId: string
    assigneeId: string | null
    offeredTo: string | null
    offerId: string | null
  }
  readonly queueId: string
  readonly assigneeId: string | null
  /** True where somebody has more room than before. */
  readonly freed: boolean
  readonly loads: readonly AgentLoad[]
}

/** `absent`: no such item in a state, with an assignee or an offer that the event demands. `full`: the weight fits no more. */
export type MoveResult = Moved | { readonly kind: 'absent' } | { readonly kind: 'full' }

export interface MoveRequest {
  readonly event: MoveEvent
  readonly values: MoveValues
  readonly record: MoveRecord
  /** Nothing else follows in this transaction. */
  readonly isLast: boolean
}

/**
 * Compares and sets: one statement takes the item under lock if it is as the event demands, moves the weight between agents under
 * lock on their rows, ends and begins the facts, writes the event and the live rows, and changes nothing at all where the weight
 * does not fit. Locks: the item, then agents. Whoever has locked an agent first takes items only with SKIP LOCKED.
 */
export const moveItem = async (tx: Tx, { event, values, record, isLast }: MoveRequest): Promise<MoveResult> => {
  const { text, keys } = moveStatement(event)
  const given = { ...values, ...record }
  const query = CompiledQuery.raw(
    text,
    keys.map((key) => given[key] ?? null),
  )
  const { rows } = await (isLast ? executeLast<MoveRow>(tx, query) : tx.executeQuery<MoveRow>(query))
  const row = rows[0]
  if (row === undefined) return { kind: 'absent' }
  if (row.new_queue_id === null) return { kind: 'full' }
  return {
    kind: 'moved',
    id: values.itemId,
    conversationId: row.conversation_id,
    before: {
      state: row.state,
      queueId: row.queue_id,
      assigneeId: row.assignee_id,
      offeredTo: row.offered_to,
      offerId: row.offer_id,
    },
    queueId: row.new_queue_id,
    assigneeId: row.new_assignee_id,
    freed: row.freed !== null && row.freed !== undefined,
    loads: loadsOf(row),
  }
}

/** What a load looks like as JSON of the server. */
export interface LoadRow {
  personId: string
  state: AgentStateName
  capacityLimit: number
  capacityUsed: number
  idleSince: string
  version: number
}

interface MoveRow {
  conversation_id: string
  state: WorkItemState
  queue_id: string
  assignee_id: string | null
  offered_to: string | null
  offer_id: string | null
  new_queue_id: string | null
  new_assignee_id: string | null
  freed?: LoadRow | null
  loaded?: LoadRow | null
}

export const loadOf = (row: LoadRow): AgentLoad => ({ ...row, idleSince: new Date(row.idleSince) })

const loadsOf = (row: MoveRow): AgentLoad[] =>
  [row.freed, row.loaded].filter((load) => load !== null && load !== undefined).map(loadOf)
