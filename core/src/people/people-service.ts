import type { PersonView, Role } from '@oco/contract'
import { checkPassword, hashPassword, type Origin } from '@oco/security'
import { present } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { audit, live, wake, type Database, type Tx } from '../platform/db.ts'
import { CAPACITY_DEFAULT, isDeskRole, planChange, type PersonChange, type PersonPlan, type PersonState } from './person.ts'
import * as store from './person-store.ts'

/** What other slices do when a person changes; each in the transaction of the change. */
export interface PeopleDeps {
  readonly database: Database
  readonly clock: Clock
  readonly endSessions: (
    tx: Tx,
    by: Origin,
    end: { personId: string; reason: 'blocked' | 'role_changed' | 'password_changed' },
  ) => Promise<void>
  /** Takes an agent who serves no more out of the line: no offers, state offline. */
  readonly takeOffline: (tx: Tx, by: Origin, personId: string) => Promise<void>
}

export interface NewPerson {
  readonly login: string
  readonly displayName: string
  readonly role: Role
  readonly locale?: PersonView['locale'] | undefined
  readonly queueIds?: readonly string[] | undefined
  readonly skillIds?: readonly string[] | undefined
  readonly capacityLimit?: number | undefined
}

export interface People {
  list(): Promise<PersonView[]>
  create(by: Origin, person: NewPerson & { readonly password: string }): Promise<PersonView>
  change(
    by: Origin,
    id: string,
    change: PersonChange & { readonly password?: string | undefined; readonly version: number },
  ): Promise<PersonView>
}

export const createPeople = (deps: PeopleDeps): People => ({
  list: () => store.listPeople(deps.database.read),
  async create(by, { password, ...person }) {
    checkStrength(password, person.login)
    const passwordHash = await hashPassword(password)
    return deps.database.transaction((tx) => addPerson(tx, by, { ...person, passwordHash, demo: false, now: deps.clock.now() }))
  },
  change: (by, id, change) => changePerson(deps, by, id, change),
})

/**
 * Adds a person in the caller's transaction. Throws `login_taken`, and `invalid_input` for a queue or skill that is not there. Hashing
 * takes long, so the hash comes in ready.
 */
export const addPerson = async (
  tx: Tx,
  by: Origin,
  person: NewPerson & { readonly passwordHash: string; readonly demo: boolean; readonly now: Date },
): Promise<PersonView> => {
  const id = newId(person.now)
  const { locale = 'ru', queueIds = [], skillIds = [], capacityLimit = CAPACITY_DEFAULT } = person
  if (!isDeskRole(person.role) && queueIds.length + skillIds.length > 0)
    throw new Failure('invalid_input', { fields: { 'body.role': 'serves_no_queue' } })
  const { login, displayName, role, passwordHash, demo, now } = person
  const added = await store.insertPerson(tx, { id, login, displayName, role, locale, passwordHash, createdAt: now, demo })
  if (!added) throw new Failure('login_taken')
  if (isDeskRole(role)) {
    await store.upsertAgent(tx, { personId: id, capacityLimit, now })
    await membership(tx, id, { queueIds: [...new Set(queueIds)], skillIds: [...new Set(skillIds)] })
  }
  audit(tx, {
    action: 'person.created',
    by,
    object: { kind: 'person', id },
    details: { role, queueIds, skillIds, capacityLimit },
  })
  tellLine(tx, id)
  return present(await store.readPerson(tx, id), 'the person just added')
}

const changePerson = async (
  deps: PeopleDeps,
  by: Origin,
  id: string,
  { version, password, ...change }: PersonChange & { password?: string | undefined; version: number },
): Promise<PersonView> => {
  const known = await store.readPerson(deps.database.read, id)
  if (known === null) throw new Failure('not_found')
  if (password !== undefined) checkStrength(password, known.login)
  const passwordHash = password === undefined ? null : await hashPassword(password)
  return deps.database.transaction(async (tx) => {
    // Before the person's own row, so that two changes of two administrators wait for each other in one order.
    const administrators = await store.lockAdministrators(tx)
    const before = await store.lockPerson(tx, id)
    if (before === null) throw new Failure('not_found')
    if (before.version !== version) throw new Failure('version_conflict')
    checkLists(before, change)
    const plan = planChange(before, change)
    if (plan.losesAdministrator && administrators.every((other) => other === id)) throw new Failure('last_administrator')
    if (plan.changed.length === 0 && passwordHash === null) return before
    await store.updatePerson(tx, id, plan.next, { passwordHash, now: deps.clock.now() })
    await serve(deps, tx, by, { id, before, plan })
    await recordChange(deps, tx, by, { id, before, plan, newPassword: passwordHash !== null })
    return present(await store.readPerson(tx, id), 'the person just changed')
  })
}

const checkStrength = (password: string, login: string): void => {
  const weakness = checkPassword(password, login)
  if (weakness !== null) throw new Failure('weak_password', { fields: { 'body.password': weakness } })
}

const checkLists = (before: PersonState, change: PersonChange): void => {
  const given = (change.queueIds?.length ?? 0) + (change.skillIds?.length ?? 0)
  if (given > 0 && !isDeskRole(change.role ?? before.role))
    throw new Failure('invalid_input', { fields: { 'body.role': 'serves_no_queue' } })
}

interface Changed {
  readonly id: string
  readonly before: PersonState
  readonly plan: PersonPlan
}

/** What the line knows of the person: state, capacity, queues, skills. */
const serve = async (deps: PeopleDeps, tx: Tx, by: Origin, { id, before, plan }: Changed): Promise<void> => {
  const { next, changed } = plan
  const capacityChanged = changed.includes('capacityLimit') || (isDeskRole(next.role) && !isDeskRole(before.role))
  if (isDeskRole(next.role) && capacityChanged)
    await store.upsertAgent(tx, { personId: id, capacityLimit: next.capacityLimit, now: deps.clock.now() })
  await membership(tx, id, {
    queueIds: changed.includes('queueIds') ? next.queueIds : null,
    skillIds: changed.includes('skillIds') ? next.skillIds : null,
  })
  if (plan.leavesDesk) await deps.takeOffline(tx, by, id)
  tellLine(tx, id)
}

/** null leaves a list as it is. */
const membership = async (
  tx: Tx,
  personId: string,
  lists: { queueIds: readonly string[] | null; skillIds: readonly string[] | null },
): Promise<void> => {
  if (lists.queueIds !== null) {
    if (!(await store.queuesExist(tx, lists.queueIds)))
      throw new Failure('invalid_input', { fields: { 'body.queueIds': 'unknown' } })
    await store.replaceQueues(tx, personId, lists.queueIds)
  }
  if (lists.skillIds !== null) {
    if (!(await store.skillsExist(tx, lists.skillIds)))
      throw new Failure('invalid_input', { fields: { 'body.skillIds': 'unknown' } })
    await store.replaceSkills(tx, personId, lists.skillIds)
  }
}

const tellLine = (tx: Tx, personId: string): void => {
  live(tx, { type: 'agent_state.changed', personId })
  wake(tx, 'agents')
  wake(tx, 'offers')
}

const recordChange = async (
  deps: PeopleDeps,
  tx: Tx,
  by: Origin,
  { id, before, plan, newPassword }: Changed & { newPassword: boolean },
): Promise<void> => {
  const { next, changed, endsSessions } = plan
  const object = { kind: 'person', id }
  if (changed.length > 0)
    audit(tx, {
      action: 'person.changed',
      by,
      object,
      details: {
        changed,
        ...(changed.includes('role') ? { role: { from: before.role, to: next.role } } : {}),
        ...(changed.includes('queueIds') ? { queueIds: next.queueIds } : {}),
        ...(changed.includes('skillIds') ? { skillIds: next.skillIds } : {}),
        ...(changed.includes('blocked') ? { blocked: next.blocked } : {}),
      },
    })
  if (next.blocked && !before.blocked) audit(tx, { action: 'person.blocked', by, object })
  if (newPassword) audit(tx, { action: 'password.changed', by, object })
  const reason = endsSessions ?? (newPassword ? 'password_changed' : null)
  if (reason !== null) await deps.endSessions(tx, by, { personId: id, reason })
}
