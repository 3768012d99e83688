import { CompiledQuery } from 'kysely'
import type { AgentStateName, AgentStateView, NotReadyReason } from '@oco/contract'
import type { Db, Tx } from '../platform/db.ts'

export interface StateChange {
  readonly personId: string
  readonly state: AgentStateName
  readonly reason: NotReadyReason | null
  /** Who decided it; null: the product. */
  readonly changedBy: string | null
  /** The id of the new interval. */
  readonly changeId: string
  readonly now: Date
  /** Only an agent who is ready; null: whatever the state is. */
  readonly onlyFrom?: 'ready'
  /** Only an agent whose connection ended by then. */
  readonly onlyGoneBy?: Date
}

/** The agent as the change has left it; a higher `version` is newer. */
export interface ChangedAgent {
  readonly personId: string
  readonly state: AgentStateName
  readonly reason: NotReadyReason | null
  readonly since: Date
  readonly capacityLimit: number
  readonly capacityUsed: number
  readonly idleSince: Date
  readonly version: number
}

/** An interval of a state ends where the next begins. Becoming ready begins idleness, and needs no older connection to last. */
const CHANGE = `with changed as (
    update agent set
      state = $2, reason = $3, since = $4, version = version + 1,
      idle_since = case $2 when 'ready' then $4 else idle_since end,
      connected_until = case $2 when 'ready' then greatest(connected_until, $4) else connected_until end
    where person_id = $1 and (state, reason) is distinct from ($2, $3)
      and ($7::text is null or state = $7) and ($8::timestamptz is null or connected_until <= $8)
    returning person_id as "personId", state, reason, since, capacity_limit as "capacityLimit",
      capacity_used as "capacityUsed", idle_since as "idleSince", version
  ),
  interval_begin as (
    insert into agent_state_change (id, person_id, at, state, reason, changed_by)
    select $5::uuid, "personId", since, state, reason, $6::uuid from changed
  )
  select * from changed`

/** Null where nothing changed: it was so before, the condition did not hold, or no such agent is there. Locks the agent's row. */
export const changeState = async (tx: Tx, change: StateChange): Promise<ChangedAgent | null> => {
  const { personId, state, reason, now, changeId, changedBy, onlyFrom = null, onlyGoneBy = null } = change
  const values = [personId, state, reason, now, changeId, changedBy, onlyFrom, onlyGoneBy]
  const { rows } = await tx.executeQuery<ChangedAgent>(CompiledQuery.raw(CHANGE, values))
  return rows[0] ?? null
}

interface ViewRow extends Omit<AgentStateView, 'since'> {
  since: Date
  blocked: boolean
}

const VIEW = `select agent.person_id as "personId", state, reason, since, capacity_limit as "capacityLimit",
    capacity_used as "capacityUsed", blocked_at is not null as blocked
  from agent
  join person on person.id = agent.person_id
  where agent.person_id = $1`

/** Null for somebody who is no agent: who has never worked the line, or an unknown id. */
export const findAgent = async (db: Db, personId: string): Promise<(AgentStateView & { readonly blocked: boolean }) | null> => {
  const { rows } = await db.executeQuery<ViewRow>(CompiledQuery.raw(VIEW, [personId]))
  const row = rows[0]
  return row === undefined ? null : { ...row, since: row.since.toISOString() }
}

const CONNECTED = `with locked as materialized (
    select person_id from agent where person_id = any($1::uuid[]) order by person_id for update
  )
  update agent set connected_until = $2
  from locked
  where agent.person_id = locked.person_id`

/** The pages of these agents are connected until then. Locks the rows in the order of their ids, as everybody does. */
export const setConnectedUntil = async (db: Db, personIds: readonly string[], until: Date): Promise<void> => {
  await db.executeQuery(CompiledQuery.raw(CONNECTED, [personIds, until]))
}

const DISCONNECTED = `select person_id as "personId" from agent
  where state = 'ready' and connected_until <= $1
  order by connected_until
  limit $2`

/** Ready agents whose last connection ended by `goneBy`. One who never was connected works without a page, and stays. */
export const listDisconnected = async (db: Db, goneBy: Date, limit: number): Promise<string[]> => {
  const { rows } = await db.executeQuery<{ personId: string }>(CompiledQuery.raw(DISCONNECTED, [goneBy, limit]))
  return rows.map((row) => row.personId)
}

const NEXT_END = `select min(connected_until) as at from agent where state = 'ready'`

/** When the next connection of a ready agent ends unless it is renewed; null where none does. */
export const nextConnectionEnd = async (db: Db): Promise<Date | null> => {
  const { rows } = await db.executeQuery<{ at: Date | null }>(CompiledQuery.raw(NEXT_END, []))
  return rows[0]?.at ?? null
}

/** All that the story of the queue asks of the database about agents; a simulation puts its own in the place of this one. */
export const agentStore = { changeState, findAgent, setConnectedUntil, listDisconnected, nextConnectionEnd }
export type AgentStore = typeof agentStore
