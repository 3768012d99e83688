import { AGENT_STATES, type BoardView, CHANNEL_KINDS, NOT_READY_REASONS, readBoard, ROLES } from '@oco/contract'
import { z } from 'zod'
import type { Clock } from '../kernel/clock.ts'
import { sql, type Database, type Db } from '../platform/db.ts'
import { route, type Route } from '../platform/http.ts'

export const wallboardRoutes = ({ database, clock }: { database: Database; clock: Clock }): Route[] => [
  route(readBoard, async () => {
    const db = database.read
    const now = clock.now()
    const dayStart = await startOfDay(db, now)
    const [queues, agents, channels] = await Promise.all([
      queuesAt(db, now, dayStart),
      agentsAt(db, dayStart),
      channelsAt(db, dayStart),
    ])
    return { at: now.toISOString(), queues, agents, channels }
  }),
]

/** Midnight where the organisation is. */
const startOfDay = async (db: Db, now: Date): Promise<Date> => {
  const { rows } = await sql<{ at: Date }>`
    select date_trunc('day', ${now}::timestamptz at time zone time_zone) at time zone time_zone as at from organisation`.execute(
    db,
  )
  return rows[0]?.at ?? now
}

const queuesAt = async (db: Db, now: Date, dayStart: Date): Promise<BoardView['queues']> => {
  const { rows } = await sql<{
    id: string
    name: string
    waiting: number
    offered: number
    assigned: number
    pending: number
    longest: Date | null
    overdue: number
    in_time: number | null
    resolved: number
  }>`
    with open as (
      select queue_id,
        count(*) filter (where state = 'waiting') as waiting,
        count(*) filter (where state = 'offered') as offered,
        count(*) filter (where state = 'assigned') as assigned,
        count(*) filter (where state = 'pending') as pending,
        min(waiting_since) filter (where state in ('waiting', 'offered')) as longest,
        count(*) filter (where (first_replied_at is null and first_reply_due_at < ${now})
          or (state <> 'pending' and resolution_due_at < ${now})) as overdue
      from work_item where state <> 'resolved' group by queue_id),
    today as (
      select queue_id,
        avg((first_replied_at <= first_reply_due_at)::integer) filter (
          where first_reply_due_at is not null and first_replied_at >= ${dayStart}) as in_time,
        count(*) filter (where state = 'resolved' and resolved_at >= ${dayStart}) as resolved
      from work_item
      where (state = 'resolved' and resolved_at >= ${dayStart}) or (state <> 'resolved' and first_replied_at >= ${dayStart})
      group by queue_id)
    select queue.id, queue.name, coalesce(open.waiting, 0) as waiting, coalesce(open.offered, 0) as offered,
      coalesce(open.assigned, 0) as assigned, coalesce(open.pending, 0) as pending, open.longest,
      coalesce(open.overdue, 0) as overdue, today.in_time::float8 as in_time, coalesce(today.resolved, 0) as resolved
    from queue left join open on open.queue_id = queue.id left join today on today.queue_id = queue.id
    order by queue.priority desc, queue.name`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    waiting: row.waiting,
    offered: row.offered,
    assigned: row.assigned,
    pending: row.pending,
    longestWaitingSince: row.longest?.toISOString() ?? null,
    overdue: row.overdue,
    firstReplyInTime: row.in_time,
    resolvedToday: row.resolved,
  }))
}

const agentsAt = async (db: Db, dayStart: Date): Promise<BoardView['agents']> => {
  const { rows } = await sql<{
    id: string
    display_name: string
    role: string
    state: string
    reason: string | null
    since: Date
    capacity_used: number
    capacity_limit: number
    assigned: number
    resolved: number
  }>`
    select person.id, person.display_name, person.role, agent.state, agent.reason, agent.since, agent.capacity_used,
      agent.capacity_limit,
      (select count(*) from work_item as item where item.assignee_id = person.id and item.state = 'assigned') as assigned,
      (select count(*) from work_item as item
        where item.assignee_id = person.id and item.state = 'resolved' and item.resolved_at >= ${dayStart}) as resolved
    from agent join person on person.id = agent.person_id
    where person.blocked_at is null
    order by person.display_name, person.id`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    displayName: row.display_name,
    role: z.enum(ROLES).parse(row.role),
    state: z.enum(AGENT_STATES).parse(row.state),
    reason: z.enum(NOT_READY_REASONS).nullable().parse(row.reason),
    since: row.since.toISOString(),
    capacityUsed: row.capacity_used,
    capacityLimit: row.capacity_limit,
    assigned: row.assigned,
    resolvedToday: row.resolved,
  }))
}

const channelsAt = async (db: Db, dayStart: Date): Promise<BoardView['channels']> => {
  const { rows } = await sql<{ id: string; name: string; kind: string; state: string; received: number; sent: number }>`
    select channel.id, channel.name, channel.kind, channel.state,
      (select count(*) from inbox where inbox.channel_id = channel.id and inbox.received_at >= ${dayStart}) as received,
      (select count(*) from outbox
        where outbox.channel_id = channel.id and outbox.state = 'sent' and outbox.done_at >= ${dayStart}) as sent
    from channel order by channel.name`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    kind: z.enum(CHANNEL_KINDS).parse(row.kind),
    state: row.state,
    receivedToday: row.received,
    sentToday: row.sent,
  }))
}
