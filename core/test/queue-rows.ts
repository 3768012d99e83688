import { permissionsOf, SYSTEM_ORIGIN, type Origin } from '@oco/security'
import type { Caller } from '../src/flow/act-on-work.ts'
import { newId } from '../src/kernel/ids.ts'
import { sql, type Database, type Db } from '../src/platform/db.ts'
import { enqueue } from '../src/work-items/index.ts'

/** Rows that the queue's tests and benches stand on, each with believable defaults. */

export const START = new Date('2026-06-01T09:00:00Z')

export const addSkill = async (db: Db, name: string): Promise<string> => {
  const id = newId()
  await sql`insert into skill (id, name) values (${id}, ${name})`.execute(db)
  return id
}

export const addQueue = async (
  db: Db,
  row: { name: string; skillId?: string | null; offerTimeoutMs?: number },
): Promise<string> => {
  const id = newId()
  await sql`insert into queue (id, name, skill_id, offer_timeout_ms, created_at)
    values (${id}, ${row.name}, ${row.skillId ?? null}, ${row.offerTimeoutMs ?? 30_000}, ${START})`.execute(db)
  return id
}

export interface AgentRow {
  readonly name: string
  readonly role?: 'agent' | 'supervisor' | 'administrator'
  readonly queueIds?: readonly string[]
  readonly skillIds?: readonly string[]
  readonly state?: 'ready' | 'not_ready' | 'offline'
  readonly capacityLimit?: number
  readonly idleSince?: Date
}

/** A person with an agent's row, who serves `queueIds`; ready unless said otherwise. */
export const addAgent = async (db: Db, row: AgentRow): Promise<string> => {
  const id = newId()
  const state = row.state ?? 'ready'
  await sql`insert into person (id, login, display_name, role, password_hash, created_at)
    values (${id}, ${id}, ${row.name}, ${row.role ?? 'agent'}, 'none', ${START})`.execute(db)
  await sql`insert into agent (person_id, state, reason, since, capacity_limit, idle_since)
    values (${id}, ${state}, ${state === 'not_ready' ? 'break' : null}, ${START}, ${row.capacityLimit ?? 100},
      ${row.idleSince ?? START})`.execute(db)
  for (const queueId of row.queueIds ?? [])
    await sql`insert into queue_member (queue_id, person_id) values (${queueId}, ${id})`.execute(db)
  for (const skillId of row.skillIds ?? [])
    await sql`insert into person_skill (skill_id, person_id) values (${skillId}, ${id})`.execute(db)
  return id
}

/** Conversations of one contact on one channel of their own. */
export const addConversations = async (db: Db, queueId: string, count: number): Promise<string[]> => {
  const channelId = newId()
  const contactId = newId()
  const ids = Array.from({ length: count }, () => newId())
  await sql`insert into channel (id, kind, name, queue_id, settings, state_since, created_at)
    values (${channelId}, 'email', ${channelId}, ${queueId}, '{}', ${START}, ${START})`.execute(db)
  await sql`insert into contact (id, display_name, created_at) values (${contactId}, 'Пётр', ${START})`.execute(db)
  await sql`insert into conversation (id, contact_id, channel_id, subject, started_at, last_message_at, last_message_kind)
    select id, ${contactId}, ${channelId}, 'Не приходит письмо', ${START}, ${START}, 'inbound'
    from unnest(${ids}::uuid[]) as id`.execute(db)
  return ids
}

export interface ItemRow {
  readonly queueId: string
  readonly channelKind?: 'email' | 'webchat' | 'intake'
  readonly priority?: number
  readonly skillId?: string | null
  readonly now?: Date
}

/** A waiting item with a conversation of its own, put into the line as the product does it. */
export const addItem = async (database: Database, row: ItemRow): Promise<string> => {
  const [conversationId] = await addConversations(database.read, row.queueId, 1)
  const { id } = await database.transaction((tx) =>
    enqueue(tx, SYSTEM_ORIGIN, {
      conversationId: conversationId ?? '',
      queueId: row.queueId,
      channelKind: row.channelKind ?? 'email',
      priority: row.priority ?? 3,
      skillId: row.skillId ?? null,
      firstReplyTargetMs: 60_000,
      resolutionTargetMs: null,
      reopenedFrom: null,
      now: row.now ?? START,
    }),
  )
  return id
}

/** A signed-in person, as the routes hand one on. */
export const callerOf = (personId: string, role: 'agent' | 'supervisor' = 'agent'): Caller => {
  const by: Origin = { subject: { kind: 'person', id: personId }, address: null, requestId: null }
  return { actor: { kind: 'person', personId, role, sessionId: '', csrfToken: '', permissions: permissionsOf(role) }, by }
}
