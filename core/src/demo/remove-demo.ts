import { removeDemo } from '@oco/contract'
import type { Origin } from '@oco/security'
import { Failure } from '../kernel/errors.ts'
import type { Blobs } from '../platform/blobs.ts'
import { audit, live, sql, wake, type Database, type Tx } from '../platform/db.ts'
import { personOf, route, type Route } from '../platform/http.ts'

type EndSessions = (tx: Tx, by: Origin, end: { personId: string; reason: 'blocked' }) => Promise<void>

interface DemoRouteDeps {
  readonly database: Database
  readonly blobs: Pick<Blobs, 'remove'>
  readonly endSessions: EndSessions
}

export const demoRoutes = ({ database, blobs, endSessions }: DemoRouteDeps): Route[] => [
  route(removeDemo, ({ actor, by }) => {
    const { personId } = personOf(actor)
    return database.transaction((tx) => removeAll(tx, { by, keptPersonId: personId, blobs, endSessions }))
  }),
]

/**
 * Everything that the demo brought, and all that hangs on it. Whoever asks stays, and becomes a person of this installation, so that
 * nobody is locked out; what the demo's queues and channels still serve of real work keeps them.
 */
const removeAll = async (
  tx: Tx,
  { by, keptPersonId, blobs, endSessions }: Omit<DemoRouteDeps, 'database'> & { by: Origin; keptPersonId: string },
): Promise<{ conversations: number; contacts: number; people: number }> => {
  const organisation = await tx.selectFrom('organisation').select('demo').forUpdate().executeTakeFirstOrThrow()
  if (!organisation.demo) throw new Failure('not_found', { detail: 'there is no demonstration data' })
  await tx.updateTable('person').set({ demo: false }).where('id', '=', keptPersonId).execute()
  // What came in by the demo's channels is the demo's, also where it came today.
  await sql`update contact set demo = true where id in (
    select contact_id from conversation where demo or channel_id in (select id from channel where demo))`.execute(tx)
  const blobIds = await blobsOfDemo(tx)
  await sql`delete from outbox where channel_id in (select id from channel where demo)`.execute(tx)
  const conversations = await tx
    .deleteFrom('conversation')
    .where((where) =>
      where.or([
        where('demo', '=', true),
        where('channel_id', 'in', (from) => from.selectFrom('channel').select('id').where('demo', '=', true)),
      ]),
    )
    .executeTakeFirst()
  const contacts = await sql`delete from contact where demo
    and not exists (select from conversation where conversation.contact_id = contact.id)`.execute(tx)
  await removeServed(tx)
  await blobs.remove(tx, blobIds)
  const people = await removePeople(tx, by, endSessions)
  await tx.updateTable('organisation').set({ demo: false, name: '' }).execute()
  const counts = {
    conversations: Number(conversations.numDeletedRows),
    contacts: Number(contacts.numAffectedRows ?? 0),
    people,
  }
  audit(tx, { action: 'demo.removed', by, details: counts })
  live(tx, { type: 'settings.changed' }, { type: 'channel.changed' })
  wake(tx, 'channels')
  wake(tx, 'agents')
  return counts
}

/** Asked before the rows go that refer to them: their bytes go at once too, without waiting for the upkeep of blobs. */
const blobsOfDemo = async (tx: Tx): Promise<string[]> => {
  const { rows } = await sql<{ id: string }>`
    select blob_id as id from blob_reference
    where channel_id in (select id from channel where demo)
      or message_id in (
        select message.id from message
        join conversation on conversation.id = message.conversation_id
        where conversation.demo or conversation.channel_id in (select id from channel where demo))`.execute(tx)
  return rows.map(({ id }) => id)
}

/** Channels, queues, skills and dispositions of the demo that nothing real uses. */
const removeServed = async (tx: Tx): Promise<void> => {
  await sql`delete from channel where demo`.execute(tx)
  await sql`delete from queue where demo
    and not exists (select from channel where channel.queue_id = queue.id)
    and not exists (select from work_item where work_item.queue_id = queue.id)`.execute(tx)
  await sql`update queue set demo = false where demo`.execute(tx)
  await sql`delete from disposition where demo
    and not exists (select from work_item where work_item.disposition_id = disposition.id)`.execute(tx)
  await sql`update disposition set demo = false where demo`.execute(tx)
  await sql`delete from skill where demo
    and not exists (select from queue where queue.skill_id = skill.id)
    and not exists (select from work_item where work_item.skill_id = skill.id)`.execute(tx)
}

/** People whose name stands under real work are blocked and stay; the others go. Their sessions end either way. */
const removePeople = async (tx: Tx, by: Origin, endSessions: EndSessions): Promise<number> => {
  const { rows: going } = await sql<{ id: string }>`select id from person where demo`.execute(tx)
  const ids = going.map(({ id }) => id)
  if (ids.length === 0) return 0
  for (const personId of ids) await endSessions(tx, by, { personId, reason: 'blocked' })
  const deleted = await sql`delete from person where demo
    and not exists (select from work_item where work_item.assignee_id = person.id or work_item.offered_to = person.id)
    and not exists (select from message where message.person_id = person.id)`.execute(tx)
  await sql`update person set demo = false, blocked_at = now() where demo`.execute(tx)
  return Number(deleted.numAffectedRows ?? 0)
}
