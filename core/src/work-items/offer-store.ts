import { CompiledQuery } from 'kysely'
import type { ChannelKind } from '@oco/contract'
import { present } from '../kernel/assert.ts'
import { auditInsertFrom, type AuditRow } from '@oco/security'
import { executeLast, LIVE_INTO, type Db, type Tx } from '../platform/db.ts'
import { loadOf, type AgentLoad, type LoadRow } from './move-store.ts'

/** A queue from which items may be taken now, because somebody there has room. */
export interface Opening {
  readonly queueId: string
  readonly weightMax: number
  readonly skillIds: readonly string[]
}

export interface WaitingItem {
  readonly id: string
  readonly version: number
  readonly conversationId: string
  readonly queueId: string
  readonly channelKind: ChannelKind
  readonly skillId: string | null
  readonly weight: number
  readonly offerTimeoutMs: number
  readonly refusals: readonly { readonly personId: string; readonly at: Date }[]
}

export interface TakeRequest {
  readonly openings: readonly Opening[]
  /** Versions by id of items that found nobody: as long as they are the same they must not stand in the way of those behind them. */
  readonly passedOver: Readonly<Record<string, number>>
  readonly limit: number
  readonly refusedSince: Date
}

/** Other processes may hold the first ones; so many times as many as wanted are looked at. */
const LOOK_AHEAD = 3

/**
 * `line` reads a few from the head of each open queue without locks; what it names is then locked one by one in order, until there
 * are enough (as an array, so that they are found by their key whatever the planner believes about the line). Items that another process
 * holds are skipped: it decides about them. An item that was never offered has no refusals.
 */
const TAKE = `with line as (
    select ahead.id
    from jsonb_to_recordset($1::jsonb) as opening ("queueId" uuid, "weightMax" bigint, "skillIds" uuid[])
    cross join lateral (
      select id, priority, waiting_since
      from work_item
      where state = 'waiting' and queue_id = opening."queueId" and weight <= opening."weightMax"
        and (skill_id is null or skill_id = any(opening."skillIds")) and ($2::jsonb ->> id::text)::integer is distinct from version
      order by priority desc, waiting_since, id
      limit $3::bigint * ${LOOK_AHEAD}
    ) as ahead
    order by ahead.priority desc, ahead.waiting_since, ahead.id
    limit $3::bigint * ${LOOK_AHEAD}
  )
  select work_item.id, work_item.version, conversation_id as "conversationId", queue_id as "queueId", channel_kind as "channelKind",
    work_item.skill_id as "skillId", weight, offer_timeout_ms as "offerTimeoutMs",
    case when work_item.version > 0 then (
      select json_agg(refusal) from (
        select person_id as "personId", max(ended_at) as at
        from (
          select person_id, ended_at from offer
          where work_item_id = work_item.id and outcome in ('declined', 'expired') and ended_at > $4
          union all
          select person_id, ended_at from handling
          where work_item_id = work_item.id and ended_by in ('released', 'transferred') and ended_at > $4
        ) as ended
        group by person_id
      ) as refusal
    ) end as refusals
  from work_item
  join queue on queue.id = work_item.queue_id
  where work_item.id = any(array(select id from line)) and state = 'waiting'
  order by work_item.priority desc, waiting_since, work_item.id
  limit $3::bigint
  for update of work_item skip locked`

interface TakenRow extends Omit<WaitingItem, 'refusals'> {
  refusals: { personId: string; at: string }[] | null
}

/** Locks the next items that somebody could take, in the line's order: highest priority first, then longest waiting. */
export const takeWaiting = async (tx: Tx, request: TakeRequest): Promise<WaitingItem[]> => {
  const values = [JSON.stringify(request.openings), JSON.stringify(request.passedOver), request.limit, request.refusedSince]
  const { rows } = await tx.executeQuery<TakenRow>(CompiledQuery.raw(TAKE, values))
  return rows.map((row) => ({
    ...row,
    refusals: (row.refusals ?? []).map(({ personId, at }) => ({ personId, at: new Date(at) })),
  }))
}

export interface NewOffer {
  readonly id: string
  readonly itemId: string
  readonly personId: string
  readonly weight: number
  readonly expiresAt: Date
  readonly ring: number
  readonly counts: Readonly<Record<string, number>>
  /** The id of the event that records it. */
  readonly recordId: string
}

export interface Reserved {
  /** The items that are offered now. */
  readonly itemIds: ReadonlySet<string>
  readonly loads: readonly AgentLoad[]
}

/**
 * The reservation that alone decides: under lock on the agents' own rows, in the order of their ids. Where somebody is not ready any
 * more or has not the room for all that is meant for that person, none of it is offered. Events and live rows are written for what is.
 */
const RESERVE = `with wanted as materialized (
    select * from jsonb_to_recordset($1::jsonb) as row (id uuid, "itemId" uuid, "personId" uuid, weight integer,
      "expiresAt" timestamptz, ring integer, counts jsonb, "recordId" uuid)
  ),
  need as (
    select "personId", sum(weight)::integer as weight from wanted group by "personId"
  ),
  agents as materialized (
    select person_id from agent where person_id = any(array(select "personId" from need)) order by person_id for update
  ),
  reserved as (
    update agent set capacity_used = capacity_used + need.weight, version = version + 1
    from need
    where agent.person_id = any(array(select person_id from agents)) and agent.person_id = need."personId"
      and state = 'ready' and capacity_used + need.weight <= capacity_limit
    returning agent.person_id as "personId", state, capacity_limit as "capacityLimit", capacity_used as "capacityUsed",
      idle_since as "idleSince", version
  ),
  offered as (
    update work_item set state = 'offered', offer_id = wanted.id, offered_to = wanted."personId",
      offer_expires_at = wanted."expiresAt", version = work_item.version + 1
    from wanted join reserved using ("personId")
    where work_item.id = wanted."itemId" and work_item.state = 'waiting'
    returning work_item.id, conversation_id, queue_id, wanted.id as offer_id, "personId", ring, counts, "recordId"
  ),
  facts as (
    insert into offer (id, work_item_id, person_id, offered_at, ring, counts)
    select offer_id, id, "personId", $2::timestamptz, ring, counts
    from offered
  ),
  recorded as (
    ${auditInsertFrom(
      {
        id: '"recordId"',
        at: '$2::timestamptz',
        action: '$3::text',
        severity: '$4::text',
        result: '$5::text',
        subject_kind: '$6::text',
        subject_id: 'null::uuid',
        object_kind: `'work_item'`,
        object_id: 'id',
        address: 'null::inet',
        request_id: 'null::text',
        details: `jsonb_build_object('offerId', offer_id, 'personId', "personId", 'ring', ring, 'counts', counts)`,
      },
      'offered',
    )}
  ),
  told as (
    ${LIVE_INTO}
    select $2::timestamptz, type, conversation_id, id, queue_id, case type when 'offer.made' then "personId" end, null::uuid
    from offered
    cross join unnest(array['work_item.changed', 'offer.made']) as type
  )
  select (select json_agg(id) from offered) as "itemIds", (select json_agg(reserved) from reserved) as loads`

export interface Reservation {
  readonly offers: readonly NewOffer[]
  /** What the events have in common. */
  readonly record: Pick<AuditRow, 'action' | 'severity' | 'result' | 'subject_kind'>
  readonly now: Date
}

/** The items must be locked by this transaction (`takeWaiting`), which ends with this. */
export const reserveOffers = async (tx: Tx, { offers, record, now }: Reservation): Promise<Reserved> => {
  const values = [JSON.stringify(offers), now, record.action, record.severity, record.result, record.subject_kind]
  const { rows } = await executeLast<{ itemIds: string[] | null; loads: LoadRow[] | null }>(
    tx,
    CompiledQuery.raw(RESERVE, values),
  )
  const row = present(rows[0], 'the outcome of a reservation')
  return { itemIds: new Set(row.itemIds ?? []), loads: (row.loads ?? []).map(loadOf) }
}

export interface StandingOffer {
  readonly itemId: string
  readonly offerId: string
}

const STANDING = `select id as "itemId", offer_id as "offerId" from work_item
  where state = 'offered' and offered_to = $1
  for update skip locked`

/**
 * What is offered to a person now, locked. Skipped: items that somebody else is moving at this moment, because the caller holds
 * the agent's row already; what moves them ends the offer by itself.
 */
export const lockStandingOffers = async (tx: Tx, personId: string): Promise<StandingOffer[]> => {
  const { rows } = await tx.executeQuery<StandingOffer>(CompiledQuery.raw(STANDING, [personId]))
  return rows
}

export interface DueWork {
  readonly offers: readonly (StandingOffer & { readonly personId: string })[]
  /** Pending items whose moment has come. */
  readonly itemIds: readonly string[]
  /** Items in the hands of people who serve no more: they were locked by somebody else when those left. */
  readonly orphanIds: readonly string[]
}

const DUE_OFFERS = `select id as "itemId", offer_id as "offerId", offered_to as "personId"
  from work_item
  where state = 'offered' and offer_expires_at <= $1
  order by offer_expires_at
  limit $2`

const DUE_PENDING = `select id from work_item
  where state = 'pending' and pending_until is not null and pending_until <= $1
  order by pending_until
  limit $2`

const ORPHANS = `select item.id from person
  join work_item as item on item.assignee_id = person.id and item.state = 'assigned'
  where person.blocked_at is not null
  limit $1`

/** What the clock has brought, oldest first; nothing is locked: every move compares before it sets. */
export const listDueWork = async (db: Db, now: Date, limit: number): Promise<DueWork> => {
  const [offers, pending, orphans] = await Promise.all([
    db.executeQuery<StandingOffer & { personId: string }>(CompiledQuery.raw(DUE_OFFERS, [now, limit])),
    db.executeQuery<{ id: string }>(CompiledQuery.raw(DUE_PENDING, [now, limit])),
    db.executeQuery<{ id: string }>(CompiledQuery.raw(ORPHANS, [limit])),
  ])
  return {
    offers: offers.rows,
    itemIds: pending.rows.map((row) => row.id),
    orphanIds: orphans.rows.map((row) => row.id),
  }
}

const NEXT_DUE = `select least(
    (select min(offer_expires_at) from work_item where state = 'offered'),
    (select min(pending_until) from work_item where state = 'pending' and pending_until is not null)) as at`

/** When the clock brings something next; null while nothing is offered and nothing has a moment of its own. */
export const nextDueWorkAt = async (db: Db): Promise<Date | null> => {
  const { rows } = await db.executeQuery<{ at: Date | null }>(CompiledQuery.raw(NEXT_DUE, []))
  return rows[0]?.at ?? null
}

const ASSIGNED = `select id from work_item
  where state = 'assigned' and assignee_id = $1
  order by assigned_at
  for update skip locked`

/**
 * What a person has in hands, longest first, locked. Skipped: items that somebody else has locked at this moment, because the caller holds
 * the agent's row already; the clock's drain comes for those.
 */
export const lockAssigned = async (tx: Tx, personId: string): Promise<string[]> => {
  const { rows } = await tx.executeQuery<{ id: string }>(CompiledQuery.raw(ASSIGNED, [personId]))
  return rows.map((row) => row.id)
}
