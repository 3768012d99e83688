import assert from 'node:assert/strict'
import type { Actor, Origin } from '@oco/security'
import { hashPassword, hashToken, SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from '@oco/security'
import { endSession, readSession, startSession, type Role } from '@oco/contract'
import { call } from '../../test/call.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { isFailure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { audit, live } from '../platform/db.ts'
import { createSessions, endSessionsOf, purgeExpired, sessionRoutes, type Sessions } from './index.ts'
import { SESSION_CACHE_MS } from './session-cache.ts'
import { TOUCH_MS } from './sessions-service.ts'

const CHEAP = { n: 1024, r: 8, p: 1 }
const PASSWORD = 'четыре жёлтых трамвая'
const DOOR: Origin = { subject: { kind: 'anonymous', id: null }, address: '10.0.0.7', requestId: 'r-1' }

describe('sessions over PostgreSQL', () => {
  let db: TestDatabase
  let sessions: Sessions
  let made = 0

  before(async () => {
    db = await testDatabase()
    sessions = open()
  })
  after(() => db.drop())

  const open = (): Sessions =>
    createSessions({
      database: db.database,
      clock: db.clock,
      tokenActor: async () => null,
      isNeighbour: (address) => address === '127.0.0.1',
    })

  const addPerson = async (role: Role = 'agent'): Promise<{ id: string; login: string }> => {
    const person = { id: newId(db.clock.now()), login: `person${++made}` }
    await db.database.read
      .insertInto('person')
      .values({
        ...person,
        display_name: 'Мария Иванова',
        role,
        password_hash: await hashPassword(PASSWORD, CHEAP),
        created_at: db.clock.now(),
      })
      .execute()
    return person
  }

  const signIn = (login: string, password = PASSWORD, by = DOOR) =>
    sessions.start(by, { login, password, userAgent: 'test', replaces: null })
  const actorOf = (token: string, from = sessions): Promise<Actor> =>
    from.authenticate({ cookie: `a=b; oco_session=${token}; c=d`, authorization: undefined, address: '10.0.0.7', direct: true })
  const signedIn = async (role: Role = 'agent') => {
    const person = await addPerson(role)
    const started = await signIn(person.login)
    const actor = await actorOf(started.token)
    assert.ok(actor.kind === 'person')
    const by: Origin = { ...DOOR, subject: { kind: 'person', id: person.id } }
    return { person, started, actor, by }
  }
  const purge = async (): Promise<void> => {
    while (await db.database.transaction((tx) => purgeExpired(tx, db.clock.now()))) continue
  }
  const trailOf = (id: string) =>
    db.database.read
      .selectFrom('audit_event')
      .select(['action', 'result', 'subject_kind', 'subject_id', 'object_id', 'address', 'request_id', 'details'])
      .where((eb) => eb.or([eb('object_id', '=', id), eb('subject_id', '=', id)]))
      .orderBy('sequence')
      .execute()
  const refuses = (promise: Promise<unknown>, code: 'bad_credentials' | 'locked_out' | 'weak_password') =>
    assert.rejects(promise, (error) => isFailure(error, code))

  it('starts one for the right password, with what the page needs', async () => {
    const person = await addPerson('supervisor')
    const first = await signIn(person.login)
    assert.equal(first.view.person.id, person.id)
    assert.equal(first.view.person.role, 'supervisor')
    assert.equal(first.view.previousSessionAt, null)
    assert.ok(first.view.permissions.includes('board.read'))
    assert.equal(first.view.agentState, null)
    db.clock.advance(1_000)
    const second = await signIn(person.login)
    assert.equal(second.view.previousSessionAt, new Date(db.clock.now().getTime() - 1_000).toISOString())
    const trail = await trailOf(person.id)
    assert.deepEqual(
      trail.map(({ action, subject_id, address, request_id }) => ({ action, subject_id, address, request_id })),
      [1, 2].map(() => ({ action: 'session.started', subject_id: person.id, address: '10.0.0.7', request_id: 'r-1' })),
    )
  })

  it('keeps neither the token nor the password where the database could show it', async () => {
    const { person, started } = await signedIn()
    const row = await db.database.read
      .selectFrom('session')
      .selectAll()
      .where('person_id', '=', person.id)
      .executeTakeFirstOrThrow()
    assert.deepEqual(row.token_hash, hashToken(started.token))
    assert.equal(JSON.stringify(row).includes(started.token), false)
    const stored = await db.database.read.selectFrom('audit_event').select('details').execute()
    assert.equal(JSON.stringify(stored).includes(PASSWORD), false)
  })

  it('makes an actor of the cookie, with the CSRF value that the page must repeat', async () => {
    const { person, started, actor } = await signedIn()
    assert.equal(actor.personId, person.id)
    assert.equal(actor.csrfToken, started.csrfToken)
    assert.notEqual(started.csrfToken, started.token)
    assert.ok(actor.permissions.has('desk.work'))
    assert.equal(actor.permissions.has('people.manage'), false)
  })

  it('takes nobody for somebody', async () => {
    const { started } = await signedIn()
    const other = `${started.token.slice(0, -1)}${started.token.endsWith('A') ? 'B' : 'A'}`
    for (const token of [other, '', 'x'.repeat(43), `${started.token}x`, started.token.toLowerCase()])
      assert.equal((await actorOf(token)).kind, 'anonymous', token)
  })

  it('lets a neighbour read the figures, and nobody else without a session', async () => {
    const ask = (address: string | null, direct = true) =>
      sessions.authenticate({ cookie: undefined, authorization: undefined, address, direct })
    assert.equal((await ask('127.0.0.1', false)).permissions.has('metrics.read'), false)
    assert.equal((await ask('127.0.0.1')).permissions.has('metrics.read'), true)
    assert.equal((await ask('10.0.0.7')).permissions.has('metrics.read'), false)
    assert.equal((await ask(null)).permissions.has('metrics.read'), false)
  })

  it('does not fall back to the cookie where a bearer’s token is wrong', async () => {
    const { started } = await signedIn()
    const actor = await sessions.authenticate({
      cookie: `oco_session=${started.token}`,
      authorization: 'Bearer nonsense',
      address: '127.0.0.1',
      direct: true,
    })
    assert.equal(actor.kind, 'anonymous')
    assert.equal(actor.permissions.has('metrics.read'), false)
  })

  it('refuses an unknown login, a wrong password and a blocked person alike, and says in the audit which it was', async () => {
    const person = await addPerson()
    const blocked = await addPerson()
    await db.database.read.updateTable('person').set({ blocked_at: db.clock.now() }).where('id', '=', blocked.id).execute()
    await refuses(signIn(person.login, 'another password'), 'bad_credentials')
    await refuses(signIn(blocked.login), 'bad_credentials')
    await refuses(signIn('nobody.at.all', 'MyPassw0rdInTheWrongField'), 'bad_credentials')
    const [wrong] = await trailOf(person.id)
    assert.deepEqual([wrong?.action, wrong?.result, wrong?.details], ['session.refused', 'failure', { reason: 'wrong_password' }])
    assert.equal(wrong?.subject_kind, 'anonymous')
    const [shut] = await trailOf(blocked.id)
    assert.deepEqual(shut?.details, { reason: 'blocked' })
    const unknown = await db.database.read
      .selectFrom('audit_event')
      .select(['details', 'object_id'])
      .where('action', '=', 'session.refused')
      .orderBy('sequence', 'desc')
      .executeTakeFirstOrThrow()
    assert.deepEqual(unknown, { details: { reason: 'unknown_login' }, object_id: null })
  })

  it('pauses a login after five failures, known or not, the right password included, and opens again', async () => {
    const person = await addPerson()
    for (const login of [person.login, 'nobody.here']) {
      for (let count = 0; count < 5; count++) await refuses(signIn(login, 'another password'), 'bad_credentials')
      await assert.rejects(
        signIn(login),
        (error) => isFailure(error, 'locked_out') && (error.context.retryAfterSeconds ?? 0) === 30,
      )
    }
    const trail = await trailOf(person.id)
    assert.equal(trail.filter(({ action }) => action === 'session.locked_out').length, 1)
    assert.deepEqual(trail.at(-1)?.details, { reason: 'paused' })
    db.clock.advance(30_000)
    await signIn(person.login)
    await refuses(signIn(person.login, 'another password'), 'bad_credentials')
    await signIn(person.login)
  })

  it('counts guesses that come all at once: no more are looked at than one after the other', async () => {
    const person = await addPerson()
    const answers = await Promise.allSettled(Array.from({ length: 30 }, () => signIn(person.login, 'another password')))
    const codes = answers.map((answer) =>
      answer.status === 'rejected' && isFailure(answer.reason) ? answer.reason.code : 'none',
    )
    assert.equal(codes.filter((code) => code === 'bad_credentials').length, 5)
    assert.equal(codes.filter((code) => code === 'locked_out').length, 25)
  })

  it('pauses an address that tries one login after the other, and no other address', async () => {
    const by: Origin = { ...DOOR, address: '10.9.9.9' }
    const people = await Promise.all(Array.from({ length: 13 }, () => addPerson()))
    for (let count = 0; count < 50; count++)
      await refuses(signIn(people[count % people.length]?.login ?? '', 'Summer2026!!', by), 'bad_credentials')
    const person = await addPerson()
    await refuses(signIn(person.login, PASSWORD, by), 'locked_out')
    await signIn(person.login)
  })

  it('ends on signing out, for all pages of the person and on every process', async () => {
    const elsewhere = open()
    const { person, started, actor, by } = await signedIn()
    assert.equal((await actorOf(started.token, elsewhere)).kind, 'person')
    await sessions.end(by, actor)
    // What the topic `sessions` does in the product.
    sessions.forget()
    elsewhere.forget()
    assert.equal((await actorOf(started.token)).kind, 'anonymous')
    assert.equal((await actorOf(started.token, elsewhere)).kind, 'anonymous')
    const event = (await trailOf(person.id)).at(-1)
    assert.deepEqual([event?.action, event?.details], ['session.ended', { sessionId: actor.sessionId, reason: 'signed_out' }])
    const rows = await db.database.read.selectFrom('live_event').select('type').where('person_id', '=', person.id).execute()
    assert.deepEqual(rows, [{ type: 'session.ended' }])
  })

  it('is believed for seconds at most where the news of its end is lost', async () => {
    const elsewhere = open()
    const { started, actor, by } = await signedIn()
    await actorOf(started.token, elsewhere)
    await sessions.end(by, actor)
    assert.equal((await actorOf(started.token, elsewhere)).kind, 'person')
    db.clock.advance(SESSION_CACHE_MS)
    assert.equal((await actorOf(started.token, elsewhere)).kind, 'anonymous')
    assert.equal(SESSION_CACHE_MS, 5_000)
  })

  it('lets a blocked person do nothing any more, even where the session’s row is still there', async () => {
    const { person, started } = await signedIn()
    await db.database.read.updateTable('person').set({ blocked_at: db.clock.now() }).where('id', '=', person.id).execute()
    sessions.forget()
    assert.equal((await actorOf(started.token)).kind, 'anonymous')
  })

  it('takes a changed role over', async () => {
    const { person, started } = await signedIn()
    await db.database.read.updateTable('person').set({ role: 'security_officer' }).where('id', '=', person.id).execute()
    sessions.forget()
    const actor = await actorOf(started.token)
    assert.deepEqual([actor.permissions.has('audit.read'), actor.permissions.has('desk.work')], [true, false])
  })

  it('ends when idle and ends for good, and both are recorded when they are cleared away', async () => {
    const idle = await signedIn()
    db.clock.advance(SESSION_IDLE_MS)
    assert.equal((await actorOf(idle.started.token)).kind, 'anonymous')
    await purge()
    const busy = await signedIn()
    for (let spent = 0; spent < SESSION_ABSOLUTE_MS; spent += SESSION_IDLE_MS / 2) {
      assert.equal((await actorOf(busy.started.token)).kind, 'person')
      db.clock.advance(SESSION_IDLE_MS / 2)
    }
    assert.equal((await actorOf(busy.started.token)).kind, 'anonymous')
    await purge()
    const { count } = await db.database.read
      .selectFrom('session')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    assert.equal(count, 0)
    const reasons = await Promise.all([idle, busy].map(async ({ person }) => (await trailOf(person.id)).at(-1)))
    assert.deepEqual(
      reasons.map((event) => [event?.action, event?.subject_kind, (event?.details as { reason: string }).reason]),
      [
        ['session.ended', 'system', 'idle'],
        ['session.ended', 'system', 'expired'],
      ],
    )
  })

  it('writes when it was last seen at most once a minute', async () => {
    const { person, started } = await signedIn()
    const seenAt = async (): Promise<Date> => {
      const query = db.database.read.selectFrom('session').select('last_seen_at').where('person_id', '=', person.id)
      return (await query.executeTakeFirstOrThrow()).last_seen_at
    }
    const start = await seenAt()
    db.clock.advance(TOUCH_MS - 1)
    await actorOf(started.token)
    assert.deepEqual(await seenAt(), start)
    db.clock.advance(1)
    await actorOf(started.token)
    assert.deepEqual(await seenAt(), db.clock.now())
  })

  it('replaces the one that the same browser had', async () => {
    const { person, started, actor } = await signedIn()
    const next = await sessions.start(DOOR, {
      login: person.login,
      password: PASSWORD,
      userAgent: '',
      replaces: actor.sessionId,
    })
    sessions.forget()
    assert.equal((await actorOf(started.token)).kind, 'anonymous')
    assert.equal((await actorOf(next.token)).kind, 'person')
  })

  it('changes a password for the one who knows it, and ends the person’s other sessions', async () => {
    const { person, started, actor, by } = await signedIn()
    const other = await signIn(person.login)
    const next = 'пять зелёных троллейбусов'
    await refuses(sessions.changePassword(by, actor, { current: 'wrong one', next }), 'bad_credentials')
    await refuses(sessions.changePassword(by, actor, { current: PASSWORD, next: PASSWORD }), 'weak_password')
    await refuses(sessions.changePassword(by, actor, { current: PASSWORD, next: 'qwerty123456' }), 'weak_password')
    await sessions.changePassword(by, actor, { current: PASSWORD, next })
    sessions.forget()
    assert.equal((await actorOf(started.token)).kind, 'person')
    assert.equal((await actorOf(other.token)).kind, 'anonymous')
    await refuses(signIn(person.login), 'bad_credentials')
    await signIn(person.login, next)
    const changes = (await trailOf(person.id)).filter(({ action }) => action === 'password.changed')
    assert.deepEqual(
      changes.map(({ result }) => result),
      ['failure', 'success'],
    )
  })

  it('slows guessing of the current password down as at the door', async () => {
    const { actor, by } = await signedIn()
    const guess = () => sessions.changePassword(by, actor, { current: 'wrong one', next: 'пять зелёных троллейбусов' })
    for (let count = 0; count < 5; count++) await refuses(guess(), 'bad_credentials')
    await refuses(guess(), 'locked_out')
  })

  it('comes and goes with two cookies, of which scripts see only the one that they must repeat', async () => {
    const person = await addPerson()
    const body = { login: person.login.toUpperCase(), password: PASSWORD }
    const started = await call(sessionRoutes(sessions), startSession, { by: DOOR, body, secure: true })
    const cookies = started.headers.get('set-cookie') ?? []
    const [token, csrf] = [0, 1].map((index) => /^[^=]+=([^;]+);/.exec(cookies[index] ?? '')?.[1] ?? '')
    assert.match(cookies[0] ?? '', /^oco_session=.*; SameSite=Lax; Secure; HttpOnly$/)
    assert.doesNotMatch(cookies[1] ?? '', /HttpOnly/)
    const actor = await actorOf(token ?? '')
    assert.ok(actor.kind === 'person')
    assert.equal(actor.csrfToken, csrf)
    const read = await call(sessionRoutes(sessions), readSession, { actor })
    assert.deepEqual(read.answer.person, started.answer.person)
    const ended = await call(sessionRoutes(sessions), endSession, { actor, by: DOOR })
    for (const cookie of ended.headers.get('set-cookie') ?? []) assert.match(cookie, /Max-Age=0/)
  })

  it('takes a link-local address, as a neighbour in the same room has', async () => {
    const person = await addPerson()
    await signIn(person.login, PASSWORD, { ...DOOR, address: 'fe80::1%eth0' })
    assert.equal((await trailOf(person.id)).at(-1)?.address, 'fe80::1')
  })

  it('keeps the language with the person', async () => {
    const { actor, by } = await signedIn()
    await sessions.changeLocale(by, actor, 'en')
    assert.equal((await sessions.read(actor)).person.locale, 'en')
    const { action, details } = (await trailOf(actor.personId)).at(-1) ?? {}
    assert.deepEqual([action, details], ['person.changed', { changed: ['locale'] }])
  })

  it('stays, with everything else of the step, where its record cannot be written', async () => {
    const { person, started, by } = await signedIn()
    await assert.rejects(
      db.database.transaction(async (tx) => {
        await endSessionsOf(tx, by, { personId: person.id, reason: 'blocked' })
        live(tx, { type: 'settings.changed' })
        audit(tx, { action: 'person.blocked', by: { ...by, address: 'no address at all' } })
      }),
      /invalid input syntax for type inet/,
    )
    sessions.forget()
    assert.equal((await actorOf(started.token)).kind, 'person')
    assert.equal((await trailOf(person.id)).filter(({ action }) => action === 'session.ended').length, 0)
    const rows = await db.database.read.selectFrom('live_event').select('id').where('person_id', '=', person.id).execute()
    assert.equal(rows.length, 0)
  })
})
