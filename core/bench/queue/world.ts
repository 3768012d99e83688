import { newId } from '../../src/kernel/ids.ts'
import { sql, type Database, type Db } from '../../src/platform/db.ts'
import { addAgent, addConversations, addQueue } from '../../test/queue-rows.ts'
import type { Random } from '../../test/random.ts'

/** Operations in flight on each side of a queue: so many are added at once, and so many are worked off at once. */
export const CONCURRENCY = 20
export const WEIGHT = 10
/** All keep their connections while the others have their turn, as the product's own pool does. */
export const IDLE_TIMEOUT_MS = 10 * 60_000
const QUEUES = 4
const AGENTS = 200

export interface Round {
  readonly seconds: number
  /** Transactions that made offers. */
  readonly offerCommits: number
}

/** One way of carrying items through; `run` answers how long the items of one round took. */
export interface Contender {
  run(items: number): Promise<Round>
  stop(): Promise<void>
}

export interface World {
  readonly queueIds: readonly string[]
  readonly agentIds: readonly string[]
  /** Conversations that have no item yet. */
  conversations(count: number): Promise<string[]>
}

export const makeWorld = async (db: Db, random: Random): Promise<World> => {
  const queueIds: string[] = []
  for (let index = 0; index < QUEUES; index++)
    queueIds.push(await addQueue(db, { name: `Очередь ${index}`, offerTimeoutMs: 600_000 }))
  const agentIds: string[] = []
  for (let index = 0; index < AGENTS; index++) {
    const serves = queueIds.filter((_, queue) => queue === index % QUEUES || random.chance(0.3))
    agentIds.push(await addAgent(db, { name: `Агент ${index}`, queueIds: serves }))
  }
  return { queueIds, agentIds, conversations: (count) => addConversations(db, queueIds[0] ?? '', count) }
}

/** Runs `act` for each of the values, at most `CONCURRENCY` at once. */
export const atOnce = async <T>(values: readonly T[], act: (value: T, index: number) => Promise<unknown>): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < values.length) {
      const index = next++
      const value = values[index]
      if (value !== undefined) await act(value, index)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
}

/** What a round has written: by what was done to which table, over the items of these conversations. */
export const countRows = async (database: Database, conversationIds: readonly string[]): Promise<Record<string, number>> => {
  const { rows } = await sql<Record<string, number>>`
    with item as materialized (select id, state, version from work_item where conversation_id = any(${conversationIds}::uuid[]))
    select
      (select count(*)::integer from item where state = 'resolved') as resolved,
      (select sum(version)::integer from item) as item_changes,
      (select count(*)::integer from offer join item on item.id = work_item_id where outcome = 'accepted') as accepted,
      (select count(*)::integer from offer join item on item.id = work_item_id where outcome is distinct from 'accepted') as other_offers,
      (select count(*)::integer from handling join item on item.id = work_item_id where ended_by = 'resolved') as handled,
      (select count(*)::integer from audit_event join item on item.id = object_id) as audited,
      (select count(distinct (object_id, action))::integer from audit_event join item on item.id = object_id) as audited_once,
      (select count(*)::integer from live_event join item on item.id = work_item_id) as lived`.execute(database.read)
  return rows[0] ?? {}
}

/** What must have been written, once for each item, by ours and by the raw loop alike. */
export const expectedRows = (items: number): Record<string, number> => ({
  resolved: items,
  item_changes: 3 * items,
  accepted: items,
  other_offers: 0,
  handled: items,
  audited: 4 * items,
  audited_once: 4 * items,
  lived: 5 * items,
})

export const freshIds = (count: number): string[] => Array.from({ length: count }, () => newId())
