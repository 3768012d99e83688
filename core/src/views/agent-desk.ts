import { readDesk, type DeskView } from '@oco/contract'
import { agentStateView } from '../agents/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { sql, type Database, type Db } from '../platform/db.ts'
import { personOf, route, type Route } from '../platform/http.ts'
import { conversationRows, listedColumns, listedFrom, type ListedRow } from './conversation-rows.ts'

export const agentDeskRoutes = ({ database, clock }: { database: Database; clock: Clock }): Route[] => [
  route(readDesk, async ({ actor }): Promise<DeskView> => {
    const db = database.read
    const { personId } = personOf(actor)
    const [agentState, offers, counts, queues, dispositions, colleagues] = await Promise.all([
      agentStateView(db, personId),
      offersTo(db, personId),
      countsOf(db, personId),
      queuesNow(db),
      db.selectFrom('disposition').select(['id', 'name']).where('removed_at', 'is', null).orderBy('name').execute(),
      colleaguesOf(db, personId),
    ])
    return { agentState, offers, counts, queues, dispositions, colleagues, serverTime: clock.now().toISOString() }
  }),
]

const offersTo = async (db: Db, personId: string): Promise<DeskView['offers']> => {
  const { rows } = await sql<ListedRow>`
    select ${listedColumns} from work_item as item join ${listedFrom} on conversation.id = item.conversation_id
    where item.state = 'offered' and item.offered_to = ${personId}
    order by item.offer_expires_at, item.id`.execute(db)
  return conversationRows(db, rows)
}

const countsOf = async (db: Db, personId: string): Promise<DeskView['counts']> => {
  const { rows } = await sql<DeskView['counts']>`
    select
      (select count(*) from work_item where assignee_id = ${personId} and state = 'assigned') as mine,
      (select count(*) from work_item where assignee_id = ${personId} and state = 'pending') as pending,
      (select count(*) from work_item where state = 'waiting'
        and queue_id in (select queue_id from queue_member where person_id = ${personId})) as queue`.execute(db)
  return rows[0] ?? { mine: 0, pending: 0, queue: 0 }
}

/** All queues: any may be the target of a transfer; the number that wait is said of each. */
const queuesNow = async (db: Db): Promise<DeskView['queues']> => {
  const { rows } = await sql<DeskView['queues'][number]>`
    select queue.id, queue.name,
      (select count(*) from work_item as item where item.queue_id = queue.id and item.state = 'waiting') as waiting
    from queue order by queue.name`.execute(db)
  return rows
}

const colleaguesOf = async (db: Db, personId: string): Promise<DeskView['colleagues']> => {
  const rows = await db
    .selectFrom('agent')
    .innerJoin('person', 'person.id', 'agent.person_id')
    .select(['person.id', 'person.display_name', 'agent.state'])
    .where('person.blocked_at', 'is', null)
    .where('person.id', '<>', personId)
    .orderBy('person.display_name')
    .execute()
  return rows.map((row) => ({ id: row.id, displayName: row.display_name, state: row.state }))
}
