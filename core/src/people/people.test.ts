import assert from 'node:assert/strict'
import { changePerson, createPerson, listPeople, type PersonView } from '@oco/contract'
import { verifyPassword, type Origin } from '@oco/security'
import { call } from '../../test/call.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { isFailure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Route } from '../platform/http.ts'
import { createPeople, peopleRoutes } from './index.ts'

const PASSWORD = 'четыре жёлтых трамвая'

describe('people over PostgreSQL', () => {
  let db: TestDatabase
  let routes: Route[]
  let by: Origin
  let ended: string[]
  let offline: string[]
  let queueIds: string[]
  let skillId: string
  let made = 0

  const add = async (fields: Record<string, unknown> = {}): Promise<PersonView> => {
    const body = { login: `person${++made}`, displayName: `Человек ${made}`, role: 'agent', password: PASSWORD, ...fields }
    return (await call(routes, createPerson, { by, body: body as never })).answer
  }
  const change = async (person: PersonView, fields: Record<string, unknown>): Promise<PersonView> =>
    (await call(routes, changePerson, { by, params: { id: person.id }, body: { version: person.version, ...fields } })).answer
  const trailOf = async (id: string) =>
    db.database.read
      .selectFrom('audit_event')
      .select(['action', 'subject_id', 'details'])
      .where('object_id', '=', id)
      .orderBy('sequence')
      .execute()

  before(async () => {
    db = await testDatabase()
    const created = { created_at: db.clock.now() }
    queueIds = [newId(db.clock.now()), newId(db.clock.now())].sort()
    skillId = newId(db.clock.now())
    await db.database.read
      .insertInto('queue')
      .values(queueIds.map((id, index) => ({ id, name: `Очередь ${index}`, ...created })))
      .execute()
    await db.database.read.insertInto('skill').values({ id: skillId, name: 'Английский' }).execute()
    by = { subject: { kind: 'person', id: newId(db.clock.now()) }, address: '10.0.0.1', requestId: 'r-1' }
    routes = peopleRoutes(
      createPeople({
        database: db.database,
        clock: db.clock,
        endSessions: async (_tx, _by, { personId, reason }) => void ended.push(`${personId} ${reason}`),
        takeOffline: async (_tx, _by, personId) => void offline.push(personId),
      }),
    )
  })
  beforeEach(() => {
    ended = []
    offline = []
  })
  after(() => db.drop())

  it('are added with queues, skills, an agent’s row and a password that nobody can read', async () => {
    const person = await add({ login: ' Anna.Petrova ', queueIds, skillIds: [skillId], capacityLimit: 200, locale: 'en' })
    assert.equal(person.login, 'anna.petrova')
    assert.deepEqual([person.queueIds, person.skillIds, person.capacityLimit], [queueIds, [skillId], 200])
    assert.deepEqual([person.locale, person.blocked, person.lastSessionAt, person.version], ['en', false, null, 0])
    const row = await db.database.read
      .selectFrom('person')
      .innerJoin('agent', 'agent.person_id', 'person.id')
      .select(['password_hash', 'agent.state', 'agent.capacity_limit'])
      .where('person.id', '=', person.id)
      .executeTakeFirstOrThrow()
    assert.deepEqual([row.state, row.capacity_limit], ['offline', 200])
    assert.equal(await verifyPassword(PASSWORD, row.password_hash), true)
    const trail = await trailOf(person.id)
    assert.deepEqual(trail, [
      {
        action: 'person.created',
        subject_id: by.subject.id,
        details: { role: 'agent', queueIds, skillIds: [skillId], capacityLimit: 200 },
      },
    ])
    const { answer } = await call(routes, listPeople, { by })
    assert.deepEqual(answer.rows, [person])
  })

  it('have a login each of their own, whatever its case', async () => {
    const person = await add()
    await assert.rejects(add({ login: person.login.toUpperCase() }), (error) => isFailure(error, 'login_taken'))
  })

  it('are not added with a weak password, nor with what is not there', async () => {
    const fails = (fields: Record<string, unknown>, code: 'weak_password' | 'invalid_input', place: string) =>
      assert.rejects(add(fields), (error) => isFailure(error, code) && error.context.fields?.[place] !== undefined)
    await fails({ password: 'short' }, 'weak_password', 'body.password')
    await fails({ password: 'Пароль123456' }, 'weak_password', 'body.password')
    await fails({ queueIds: [skillId] }, 'invalid_input', 'body.queueIds')
    await fails({ skillIds: [queueIds[0]] }, 'invalid_input', 'body.skillIds')
    await fails({ role: 'security_officer', queueIds }, 'invalid_input', 'body.role')
    const { answer } = await call(routes, listPeople, { by })
    assert.equal(answer.rows.filter((row) => row.login === `person${made}`).length, 0)
  })

  it('change only from the version that was seen', async () => {
    const person = await add()
    const changed = await change(person, { displayName: 'Новое имя' })
    assert.deepEqual([changed.displayName, changed.version], ['Новое имя', 1])
    await assert.rejects(change(person, { displayName: 'Ещё раз' }), (error) => isFailure(error, 'version_conflict'))
    assert.equal((await change(changed, { displayName: 'Новое имя' })).version, 1)
    const nobody = { ...person, id: newId(db.clock.now()) }
    await assert.rejects(change(nobody, { displayName: 'Никто' }), (error) => isFailure(error, 'not_found'))
  })

  it('have their names in no record of a change', async () => {
    const person = await add()
    await change(person, { displayName: 'Секретова' })
    assert.deepEqual((await trailOf(person.id)).at(-1)?.details, { changed: ['displayName'] })
  })

  it('move between queues', async () => {
    const person = await add({ queueIds: [queueIds[0]] })
    const moved = await change(person, { queueIds: [queueIds[1]], skillIds: [skillId] })
    assert.deepEqual([moved.queueIds, moved.skillIds], [[queueIds[1]], [skillId]])
    assert.deepEqual((await change(moved, { queueIds: [] })).queueIds, [])
  })

  it('lose their sessions and their place in the line when they are blocked, at once and in one step', async () => {
    const person = await add({ queueIds })
    const blocked = await change(person, { blocked: true })
    assert.equal(blocked.blocked, true)
    assert.deepEqual(ended, [`${person.id} blocked`])
    assert.deepEqual(offline, [person.id])
    assert.deepEqual(
      (await trailOf(person.id)).map(({ action }) => action),
      ['person.created', 'person.changed', 'person.blocked'],
    )
    ended = []
    const back = await change(blocked, { blocked: false })
    assert.deepEqual([back.blocked, back.queueIds, ended], [false, queueIds, []])
  })

  it('lose their sessions when their role changes or a new password is set for them', async () => {
    const person = await add({ queueIds })
    const officer = await change(person, { role: 'security_officer' })
    assert.deepEqual([officer.queueIds, offline], [[], [person.id]])
    const next = 'пять зелёных троллейбусов'
    await change(officer, { password: next })
    assert.deepEqual(ended, [`${person.id} role_changed`, `${person.id} password_changed`])
    const row = await db.database.read
      .selectFrom('person')
      .select('password_hash')
      .where('id', '=', person.id)
      .executeTakeFirstOrThrow()
    assert.equal(await verifyPassword(next, row.password_hash), true)
    assert.equal((await trailOf(person.id)).at(-1)?.action, 'password.changed')
  })

  it('become agents when their role does', async () => {
    const person = await add({ role: 'security_officer' })
    await change(person, { role: 'agent', queueIds, capacityLimit: 30 })
    const row = await db.database.read
      .selectFrom('agent')
      .select(['state', 'capacity_limit'])
      .where('person_id', '=', person.id)
      .executeTakeFirstOrThrow()
    assert.deepEqual(row, { state: 'offline', capacity_limit: 30 })
  })

  it('always have an administrator among them, also when two of them leave at once', async () => {
    const one = await add({ role: 'administrator' })
    await assert.rejects(change(one, { blocked: true }), (error) => isFailure(error, 'last_administrator'))
    await assert.rejects(change(one, { role: 'agent' }), (error) => isFailure(error, 'last_administrator'))
    const two = await add({ role: 'administrator' })
    const answers = await Promise.allSettled([change(one, { role: 'agent' }), change(two, { blocked: true })])
    assert.deepEqual(answers.map((answer) => answer.status).sort(), ['fulfilled', 'rejected'])
    const { answer } = await call(routes, listPeople, { by })
    assert.equal(answer.rows.filter((row) => row.role === 'administrator' && !row.blocked).length, 1)
  })
})
