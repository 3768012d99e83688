import assert from 'node:assert/strict'
import pg from 'pg'
import { systemClock } from '../../src/kernel/clock.ts'
import { newId } from '../../src/kernel/ids.ts'
import { openDatabase, POOL_SIZE_DEFAULT, type Db } from '../../src/platform/db.ts'
import {
  atOnce,
  countRows,
  expectedRows,
  freshIds,
  IDLE_TIMEOUT_MS,
  WEIGHT,
  type Contender,
  type Round,
  type World,
} from './world.ts'

/**
 * The limit: the same rows of the same tables, written by as many commits as ours needed, one statement each. It decides nothing, looks
 * at nothing, and is told beforehand who gets what.
 */

const AUDIT = `insert into audit_event (id, at, action, severity, result, subject_kind, subject_id, object_kind, object_id, details)`
const LIVE = `insert into live_event (at, type, conversation_id, work_item_id, queue_id, person_id)`

const PUT = `with item as (
    insert into work_item (id, conversation_id, queue_id, channel_kind, priority, weight, enqueued_at, waiting_since,
      first_reply_due_at, resolution_due_at)
    values ($1, $2, $3, 'email', 3, ${WEIGHT}, $4, $4, $5, $6)
  ), audited as (
    ${AUDIT} values ($7, $4, 'work_item.enqueued', 'debug', 'success', 'system', null, 'work_item', $1, $8)
  )
  ${LIVE} values ($4, 'work_item.changed', $2, $1, $3, null)`

const OFFER = `with wanted as (
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::jsonb[])
      as row (item_id, conversation_id, queue_id, offer_id, person_id, audit_id, details)
  ), item as (
    update work_item set state = 'offered', offer_id = wanted.offer_id, offered_to = wanted.person_id, offer_expires_at = $9,
      version = version + 1
    from wanted where id = wanted.item_id
  ), load as (
    update agent set capacity_used = capacity_used + ${WEIGHT}, version = version + 1
    from wanted where agent.person_id = wanted.person_id
  ), fact as (
    insert into offer (id, work_item_id, person_id, offered_at, ring, counts)
    select offer_id, item_id, person_id, $8::timestamptz, 0, details -> 'counts' from wanted
  ), audited as (
    ${AUDIT}
    select audit_id, $8::timestamptz, 'work_item.offered', 'debug', 'success', 'system', null, 'work_item', item_id, details from wanted
  )
  ${LIVE}
  select $8::timestamptz, type, conversation_id, item_id, queue_id, case type when 'offer.made' then person_id end
  from wanted cross join unnest(array['work_item.changed', 'offer.made']) as type`

const ACCEPT = `with item as (
    update work_item set state = 'assigned', offer_id = null, offered_to = null, offer_expires_at = null, assignee_id = $5,
      assigned_at = $6, version = version + 1
    where id = $1
  ), fact as (
    update offer set ended_at = $6, outcome = 'accepted' where id = $4
  ), begun as (
    insert into handling (id, work_item_id, person_id, started_at) values ($7, $1, $5, $6)
  ), audited as (
    ${AUDIT} values ($8, $6, 'work_item.assigned', 'info', 'success', 'person', $5, 'work_item', $1, $9)
  )
  ${LIVE} values ($6, 'work_item.changed', $2, $1, $3, $5)`

const RESOLVE = `with item as (
    update work_item set state = 'resolved', resolved_at = $5, version = version + 1 where id = $1
  ), fact as (
    update handling set ended_at = $5, ended_by = 'resolved' where id = $6
  ), load as (
    update agent set capacity_used = capacity_used - ${WEIGHT}, idle_since = $5, version = version + 1 where person_id = $4
  ), audited as (
    ${AUDIT} values ($7, $5, 'work_item.resolved', 'info', 'success', 'person', $4, 'work_item', $1, $8)
  )
  ${LIVE} values ($5, 'work_item.changed', $2, $1, $3, $4)`

interface Item {
  readonly id: string
  readonly conversationId: string
  readonly queueId: string
  readonly personId: string
  readonly offerId: string
  readonly handlingId: string
}

/** `batchOf`: how many items ours offered with one commit, on the average. */
export const startRaw = async (url: string, makeWorld: (db: Db) => Promise<World>, batchOf: () => number): Promise<Contender> => {
  const database = openDatabase({ url, clock: systemClock, onWake: () => undefined, onIdleError: () => undefined })
  const world = await makeWorld(database.read)
  const pool = new pg.Pool({ connectionString: url, max: POOL_SIZE_DEFAULT, idleTimeoutMillis: IDLE_TIMEOUT_MS })
  const query = (name: string, text: string, values: readonly unknown[]): Promise<unknown> =>
    pool.query({ name, text, values: [...values] })

  const put = (item: Item): Promise<unknown> => {
    const now = systemClock.now()
    const due = new Date(now.getTime() + 3_600_000)
    const details = { conversationId: item.conversationId, queueId: item.queueId, channel: 'email', priority: 3 }
    return query('put', PUT, [item.id, item.conversationId, item.queueId, now, due, due, newId(now), details])
  }
  const offer = (items: readonly Item[]): Promise<unknown> => {
    const now = systemClock.now()
    const details = items.map(({ offerId, personId }) => JSON.stringify({ ring: 0, counts: { left: 1 }, offerId, personId }))
    return query('offer', OFFER, [
      items.map(({ id }) => id),
      items.map(({ conversationId }) => conversationId),
      items.map(({ queueId }) => queueId),
      items.map(({ offerId }) => offerId),
      items.map(({ personId }) => personId),
      freshIds(items.length),
      details,
      now,
      new Date(now.getTime() + 600_000),
    ])
  }
  const accept = ({ id, conversationId, queueId, offerId, personId, handlingId }: Item): Promise<unknown> => {
    const now = systemClock.now()
    const details = { from: 'offered', queueId, personId, how: 'accepted', offerId }
    return query('accept', ACCEPT, [id, conversationId, queueId, offerId, personId, now, handlingId, newId(now), details])
  }
  const resolve = ({ id, conversationId, queueId, personId, handlingId }: Item): Promise<unknown> => {
    const now = systemClock.now()
    const details = { from: 'assigned', queueId, personId, dispositionId: null }
    return query('resolve', RESOLVE, [id, conversationId, queueId, personId, now, handlingId, newId(now), details])
  }

  const run = async (count: number): Promise<Round> => {
    const conversationIds = await world.conversations(count)
    const items = conversationIds.map((conversationId, index): Item => {
      const queueId = world.queueIds[index % world.queueIds.length] ?? ''
      const personId = world.agentIds[index % world.agentIds.length] ?? ''
      return { id: newId(), conversationId, queueId, personId, offerId: newId(), handlingId: newId() }
    })
    const batches = inBatches(items, batchOf())
    const startMs = systemClock.monotonicMs()
    await atOnce(batches, async (batch) => {
      for (const item of batch) await put(item)
      await offer(batch)
      for (const item of batch) {
        await accept(item)
        await resolve(item)
      }
    })
    const seconds = (systemClock.monotonicMs() - startMs) / 1_000
    assert.deepEqual(await countRows(database, conversationIds), expectedRows(count))
    return { seconds, offerCommits: batches.length }
  }

  const stop = async (): Promise<void> => {
    await pool.end()
    await database.close()
  }
  return { run, stop }
}

/** Into parts of `size` on the average, which need not be whole. */
const inBatches = (items: readonly Item[], size: number): Item[][] => {
  const count = Math.max(1, Math.round(items.length / size))
  return Array.from({ length: count }, (_, index) =>
    items.slice(Math.round((index * items.length) / count), Math.round(((index + 1) * items.length) / count)),
  )
}
