import type { PersonView, Role } from '@oco/contract'
import { sql, type Db, type Tx } from '../platform/db.ts'
import { CAPACITY_DEFAULT, type PersonState } from './person.ts'

/** More than any installation is made for; the list is one page. */
const PEOPLE_MAX = 5_000

interface PersonRow {
  readonly id: string
  readonly login: string
  readonly display_name: string
  readonly role: Role
  readonly locale: PersonView['locale']
  readonly blocked: boolean
  readonly last_session_at: Date | null
  readonly version: number
  readonly capacity_limit: number
  readonly queue_ids: string[]
  readonly skill_ids: string[]
}

const COLUMNS = sql`
  person.id,
  person.login,
  person.display_name,
  person.role,
  person.locale,
  person.blocked_at is not null as blocked,
  person.last_session_at,
  person.version,
  coalesce(agent.capacity_limit, ${CAPACITY_DEFAULT}) as capacity_limit,
  array(select queue_id from queue_member where person_id = person.id order by queue_id) as queue_ids,
  array(select skill_id from person_skill where person_id = person.id order by skill_id) as skill_ids`

const viewOf = (row: PersonRow): PersonView => ({
  id: row.id,
  login: row.login,
  displayName: row.display_name,
  role: row.role,
  locale: row.locale,
  blocked: row.blocked,
  queueIds: row.queue_ids,
  skillIds: row.skill_ids,
  capacityLimit: row.capacity_limit,
  lastSessionAt: row.last_session_at?.toISOString() ?? null,
  version: row.version,
})

/** By name; blocked ones last. */
export const listPeople = async (db: Db): Promise<PersonView[]> => {
  const { rows } = await sql<PersonRow>`
    select ${COLUMNS}
    from person
    left join agent on agent.person_id = person.id
    order by person.blocked_at is not null, person.display_name, person.id
    limit ${PEOPLE_MAX}`.execute(db)
  return rows.map(viewOf)
}

/** null where there is none. */
export const readPerson = async (db: Db, id: string): Promise<PersonView | null> => {
  const { rows } = await sql<PersonRow>`
    select ${COLUMNS}
    from person
    left join agent on agent.person_id = person.id
    where person.id = ${id}`.execute(db)
  return rows[0] === undefined ? null : viewOf(rows[0])
}

/** As `readPerson`, and nobody else's until this transaction ends. */
export const lockPerson = async (tx: Tx, id: string): Promise<PersonView | null> => {
  await tx.selectFrom('person').select('id').where('id', '=', id).forUpdate().execute()
  return readPerson(tx, id)
}

/** Everybody who may act as an administrator now; nobody else can change that until this transaction ends. */
export const lockAdministrators = async (tx: Tx): Promise<string[]> => {
  const rows = await tx
    .selectFrom('person')
    .select('id')
    .where('role', '=', 'administrator')
    .where('blocked_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute()
  return rows.map((row) => row.id)
}

export interface NewPersonRow {
  readonly id: string
  readonly login: string
  readonly displayName: string
  readonly role: Role
  readonly locale: PersonView['locale']
  readonly passwordHash: string
  readonly createdAt: Date
  readonly demo: boolean
}

/** False where the login is taken. */
export const insertPerson = async (tx: Tx, person: NewPersonRow): Promise<boolean> => {
  const result = await tx
    .insertInto('person')
    .values({
      id: person.id,
      login: person.login,
      display_name: person.displayName,
      role: person.role,
      locale: person.locale,
      password_hash: person.passwordHash,
      created_at: person.createdAt,
      demo: person.demo,
    })
    .onConflict((conflict) => conflict.column('login').doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export const updatePerson = async (
  tx: Tx,
  id: string,
  person: PersonState,
  extra: { passwordHash: string | null; now: Date },
): Promise<void> => {
  await tx
    .updateTable('person')
    .set((eb) => ({
      display_name: person.displayName,
      role: person.role,
      locale: person.locale,
      // The first moment of a block stays.
      blocked_at: person.blocked ? eb.fn.coalesce('blocked_at', eb.val(extra.now)) : null,
      version: eb('version', '+', 1),
      ...(extra.passwordHash === null ? {} : { password_hash: extra.passwordHash }),
    }))
    .where('id', '=', id)
    .execute()
}

/** Makes the agent's row, offline, or changes its capacity alone. */
export const upsertAgent = async (tx: Tx, agent: { personId: string; capacityLimit: number; now: Date }): Promise<void> => {
  await tx
    .insertInto('agent')
    .values({ person_id: agent.personId, since: agent.now, idle_since: agent.now, capacity_limit: agent.capacityLimit })
    .onConflict((conflict) =>
      conflict.column('person_id').doUpdateSet((eb) => ({
        capacity_limit: agent.capacityLimit,
        version: eb('agent.version', '+', 1),
      })),
    )
    .execute()
}

export const replaceQueues = async (tx: Tx, personId: string, queueIds: readonly string[]): Promise<void> => {
  await tx.deleteFrom('queue_member').where('person_id', '=', personId).execute()
  if (queueIds.length === 0) return
  await tx
    .insertInto('queue_member')
    .values(queueIds.map((queueId) => ({ queue_id: queueId, person_id: personId })))
    .execute()
}

export const replaceSkills = async (tx: Tx, personId: string, skillIds: readonly string[]): Promise<void> => {
  await tx.deleteFrom('person_skill').where('person_id', '=', personId).execute()
  if (skillIds.length === 0) return
  await tx
    .insertInto('person_skill')
    .values(skillIds.map((skillId) => ({ skill_id: skillId, person_id: personId })))
    .execute()
}

/** True where all of these are there, and stay until this transaction ends. */
export const queuesExist = async (tx: Tx, ids: readonly string[]): Promise<boolean> => {
  if (ids.length === 0) return true
  const rows = await tx.selectFrom('queue').select('id').where('id', 'in', ids).forKeyShare().execute()
  return rows.length === new Set(ids).size
}

export const skillsExist = async (tx: Tx, ids: readonly string[]): Promise<boolean> => {
  if (ids.length === 0) return true
  const rows = await tx.selectFrom('skill').select('id').where('id', 'in', ids).forKeyShare().execute()
  return rows.length === new Set(ids).size
}
