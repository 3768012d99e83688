import type { AgentStateName, NotReadyReason, Role, SessionView } from '@oco/contract'
import { SESSION_IDLE_MS } from '@oco/security'
import { present } from '../kernel/assert.ts'
import { sql, type Db, type Tx } from '../platform/db.ts'

export interface SignInPerson {
  readonly id: string
  readonly login: string
  readonly role: Role
  readonly passwordHash: string
  readonly blocked: boolean
}

export const personByLogin = async (db: Db, login: string): Promise<SignInPerson | null> => {
  const row = await signInPeople(db).where('login', '=', login).executeTakeFirst()
  return row === undefined ? null : signInPersonOf(row)
}

export const personById = async (db: Db, id: string): Promise<SignInPerson | null> => {
  const row = await signInPeople(db).where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : signInPersonOf(row)
}

/** As it is now, and so until this transaction ends: a block or a new password waits, or has come first. */
export const lockPerson = async (tx: Tx, id: string): Promise<SignInPerson | null> => {
  const row = await signInPeople(tx).where('id', '=', id).forUpdate().executeTakeFirst()
  return row === undefined ? null : signInPersonOf(row)
}

const signInPeople = (db: Db) => db.selectFrom('person').select(['id', 'login', 'role', 'password_hash', 'blocked_at'])

const signInPersonOf = (row: {
  id: string
  login: string
  role: string
  password_hash: string
  blocked_at: Date | null
}): SignInPerson => ({
  id: row.id,
  login: row.login,
  role: row.role as Role,
  passwordHash: row.password_hash,
  blocked: row.blocked_at !== null,
})

export interface NewSession {
  readonly id: string
  readonly tokenHash: Buffer
  readonly csrfToken: string
  readonly personId: string
  readonly startedAt: Date
  readonly expiresAt: Date
  readonly address: string | null
  readonly userAgent: string
}

/** Also keeps when the person was last here; gives back when the time before was. */
export const insertSession = async (tx: Tx, session: NewSession): Promise<Date | null> => {
  const before = await tx
    .selectFrom('person')
    .select('last_session_at')
    .where('id', '=', session.personId)
    .executeTakeFirstOrThrow()
  await tx
    .insertInto('session')
    .values({
      id: session.id,
      token_hash: session.tokenHash,
      csrf_token: session.csrfToken,
      person_id: session.personId,
      started_at: session.startedAt,
      last_seen_at: session.startedAt,
      expires_at: session.expiresAt,
      address: session.address,
      user_agent: session.userAgent,
    })
    .execute()
  await tx.updateTable('person').set({ last_session_at: session.startedAt }).where('id', '=', session.personId).execute()
  return before.last_session_at
}

export interface StoredSession {
  readonly id: string
  readonly personId: string
  readonly role: Role
  readonly csrfToken: string
  readonly lastSeenAt: Date
  readonly expiresAt: Date
}

/** null where there is none, or its person is blocked. */
export const sessionByTokenHash = async (db: Db, tokenHash: Buffer): Promise<StoredSession | null> => {
  const row = await db
    .selectFrom('session')
    .innerJoin('person', 'person.id', 'session.person_id')
    .select([
      'session.id',
      'session.person_id',
      'session.csrf_token',
      'session.last_seen_at',
      'session.expires_at',
      'person.role',
    ])
    .where('session.token_hash', '=', tokenHash)
    .where('person.blocked_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    id: row.id,
    personId: row.person_id,
    role: row.role as Role,
    csrfToken: row.csrf_token,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
  }
}

/** Does nothing where another process was here within `withinMs`. */
export const touchSession = async (db: Db, id: string, now: Date, withinMs: number): Promise<void> => {
  await db
    .updateTable('session')
    .set({ last_seen_at: now })
    .where('id', '=', id)
    .where('last_seen_at', '<=', new Date(now.getTime() - withinMs))
    .execute()
}

export interface EndedSession {
  readonly id: string
  readonly personId: string
}

const ENDED = ['id', 'person_id'] as const
const endedOf = (row: { id: string; person_id: string }): EndedSession => ({ id: row.id, personId: row.person_id })

export const deleteSession = async (tx: Tx, id: string): Promise<EndedSession[]> => {
  const rows = await tx.deleteFrom('session').where('id', '=', id).returning(ENDED).execute()
  return rows.map(endedOf)
}

export const deleteSessionsOf = async (tx: Tx, personId: string, exceptId: string | null): Promise<EndedSession[]> => {
  let statement = tx.deleteFrom('session').where('person_id', '=', personId)
  if (exceptId !== null) statement = statement.where('id', '!=', exceptId)
  const rows = await statement.returning(ENDED).execute()
  return rows.map(endedOf)
}

/** At most `limit` sessions over their absolute or idle limit. */
export const deleteExpired = async (
  tx: Tx,
  now: Date,
  limit: number,
): Promise<(EndedSession & { reason: 'expired' | 'idle' })[]> => {
  const idleSince = new Date(now.getTime() - SESSION_IDLE_MS)
  const { rows } = await sql<{ id: string; person_id: string; expired: boolean }>`
    delete from session
    where id in (
      select id
      from session
      where expires_at <= ${now} or last_seen_at <= ${idleSince}
      limit ${limit}
      for update skip locked
    )
    returning id, person_id, expires_at <= ${now} as expired`.execute(tx)
  return rows.map((row) => ({ ...endedOf(row), reason: row.expired ? 'expired' : 'idle' }))
}

/** null for a person who is gone. */
export const readSessionView = async (
  db: Db,
  personId: string,
): Promise<Omit<SessionView, 'permissions' | 'previousSessionAt'> | null> => {
  const row = await db
    .selectFrom('person')
    .leftJoin('agent', 'agent.person_id', 'person.id')
    .select(['person.id', 'login', 'display_name', 'role', 'locale', 'agent.state', 'agent.reason', 'agent.since'])
    .where('person.id', '=', personId)
    .executeTakeFirst()
  if (row === undefined) return null
  const organisation = await db.selectFrom('organisation').select(['name', 'demo']).executeTakeFirstOrThrow()
  return {
    person: {
      id: row.id,
      login: row.login,
      displayName: row.display_name,
      role: row.role as Role,
      locale: row.locale as SessionView['person']['locale'],
    },
    agentState:
      row.state === null
        ? null
        : {
            state: row.state as AgentStateName,
            reason: row.reason as NotReadyReason | null,
            since: present(row.since, 'the beginning of a state').toISOString(),
          },
    organisation: organisation.name,
    demo: organisation.demo,
  }
}

export const updatePassword = async (tx: Tx, personId: string, passwordHash: string): Promise<void> => {
  await tx
    .updateTable('person')
    .set((eb) => ({ password_hash: passwordHash, version: eb('version', '+', 1) }))
    .where('id', '=', personId)
    .execute()
}

export const updateLocale = async (tx: Tx, personId: string, locale: string): Promise<void> => {
  await tx
    .updateTable('person')
    .set((eb) => ({ locale, version: eb('version', '+', 1) }))
    .where('id', '=', personId)
    .execute()
}
