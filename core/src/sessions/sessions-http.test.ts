import assert from 'node:assert/strict'
import { endpoints, type Endpoint } from '@oco/contract'
import { hashPassword, type Origin } from '@oco/security'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { newId } from '../kernel/ids.ts'
import { audit, openDatabase, type Database } from '../platform/db.ts'
import type { Route } from '../platform/http.ts'
import { createHttpServer, type HttpServer } from '../platform/http-server.ts'
import { createPeople, peopleRoutes } from '../people/index.ts'
import { createSessions, endSessionsOf, sessionRoutes, type Sessions } from './index.ts'

const PASSWORD = 'четыре жёлтых трамвая'

interface Browser {
  readonly cookie: string
  readonly csrf: string
}

describe('sessions over HTTP', () => {
  let db: TestDatabase
  let database: Database
  let server: HttpServer
  let sessions: Sessions
  let origin = ''

  before(async () => {
    db = await testDatabase()
    database = openDatabase({
      url: db.url,
      clock: db.clock,
      onWake: (topics) => {
        if (topics.has('sessions')) sessions.forget()
      },
      onIdleError: () => undefined,
    })
    sessions = createSessions({ database, clock: db.clock, tokenActor: async () => null, isNeighbour: () => false })
    const people = createPeople({ database, clock: db.clock, endSessions: endSessionsOf, takeOffline: async () => undefined })
    const routes = [...sessionRoutes(sessions), ...peopleRoutes(people)]
    const bound = new Set<Endpoint>(routes.map((route) => route.endpoint))
    const others: Route[] = Object.values<Endpoint>(endpoints)
      .filter((endpoint) => !bound.has(endpoint))
      .map((endpoint) => ({ endpoint, handle: () => Promise.reject(new Error('not of this test')) }))
    server = createHttpServer({
      routes: [...routes, ...others],
      sockets: [],
      pages: { serve: async () => undefined },
      authenticate: (credentials) => sessions.authenticate(credentials),
      onRefused: (by: Origin) =>
        database.transaction(async (tx) => {
          audit(tx, { action: 'access.refused', by })
        }),
      trustedProxies: [],
      metrics: { observe: () => undefined },
      clock: db.clock,
      log: db.log,
      checkAnswers: true,
    })
    const { port } = await server.listen('127.0.0.1', 0)
    origin = `http://127.0.0.1:${String(port)}`
  })
  after(async () => {
    await server.close()
    await database.close()
    await db.drop()
  })

  const addPerson = async (login: string, role: string): Promise<string> => {
    const id = newId(db.clock.now())
    const passwordHash = await hashPassword(PASSWORD, { n: 1024, r: 8, p: 1 })
    await database.read
      .insertInto('person')
      .values({ id, login, display_name: login, role, password_hash: passwordHash, created_at: db.clock.now() })
      .execute()
    return id
  }
  const send = (method: string, path: string, browser: Partial<Browser>, body?: unknown): Promise<Response> =>
    fetch(`${origin}${path}`, {
      method,
      headers: {
        ...(browser.cookie === undefined ? {} : { cookie: browser.cookie }),
        ...(browser.csrf === undefined ? {} : { 'x-csrf-token': browser.csrf }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const codeOf = async (response: Response): Promise<[number, string]> => {
    const { code } = (await response.json()) as { code: string }
    return [response.status, code]
  }
  const signIn = async (login: string): Promise<Browser> => {
    const response = await send('POST', '/api/v1/session', {}, { login, password: PASSWORD })
    assert.equal(response.status, 200)
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '')
    const csrf = cookies.find((cookie) => cookie.startsWith('oco_csrf='))?.slice('oco_csrf='.length) ?? ''
    return { cookie: cookies.join('; '), csrf }
  }

  it('open the API to whoever signed in, and to nobody else', async () => {
    await addPerson('anna', 'agent')
    assert.deepEqual(await codeOf(await send('GET', '/api/v1/session', {})), [401, 'unauthenticated'])
    const browser = await signIn('anna')
    const response = await send('GET', '/api/v1/session', browser)
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(((await response.json()) as { person: { login: string } }).person.login, 'anna')
  })

  it('take a change only with the value that the page alone can read', async () => {
    await addPerson('boris', 'agent')
    const [browser, other] = [await signIn('boris'), await signIn('boris')]
    const change = (csrf?: string) =>
      send('PUT', '/api/v1/session/locale', { cookie: browser.cookie, ...(csrf === undefined ? {} : { csrf }) }, { locale: 'en' })
    for (const wrong of [undefined, '', 'x', other.csrf])
      assert.deepEqual(await codeOf(await change(wrong)), [403, 'csrf_mismatch'])
    assert.equal((await change(browser.csrf)).status, 204)
  })

  it('refuse what the role has not, and record that', async () => {
    const id = await addPerson('vera', 'agent')
    const browser = await signIn('vera')
    assert.deepEqual(await codeOf(await send('GET', '/api/v1/people', browser)), [403, 'forbidden'])
    const event = await database.read
      .selectFrom('audit_event')
      .select(['subject_id', 'result', 'address'])
      .where('action', '=', 'access.refused')
      .executeTakeFirstOrThrow()
    assert.deepEqual(event, { subject_id: id, result: 'failure', address: '127.0.0.1' })
  })

  it('end for a person in the very moment in which an administrator blocks him or her', async () => {
    const id = await addPerson('galina', 'agent')
    await addPerson('root', 'administrator')
    const [agent, administrator] = [await signIn('galina'), await signIn('root')]
    assert.equal((await send('GET', '/api/v1/session', agent)).status, 200)
    const blocked = await send('PATCH', `/api/v1/people/${id}`, administrator, { blocked: true, version: 0 })
    assert.equal(blocked.status, 200)
    assert.deepEqual(await codeOf(await send('GET', '/api/v1/session', agent)), [401, 'unauthenticated'])
    const again = await send('POST', '/api/v1/session', {}, { login: 'galina', password: PASSWORD })
    assert.deepEqual(await codeOf(again), [401, 'bad_credentials'])
  })

  it('answer guesses with a pause in the end', async () => {
    await addPerson('dmitry', 'agent')
    const guess = (password: string) => send('POST', '/api/v1/session', {}, { login: 'dmitry', password })
    for (let count = 0; count < 5; count++) assert.deepEqual(await codeOf(await guess('wrong')), [401, 'bad_credentials'])
    const paused = await guess(PASSWORD)
    assert.equal(paused.headers.get('retry-after'), '30')
    assert.deepEqual(await codeOf(paused), [429, 'locked_out'])
  })

  it('end on signing out, and the browser forgets them', async () => {
    await addPerson('elena', 'supervisor')
    const browser = await signIn('elena')
    const response = await send('DELETE', '/api/v1/session', browser)
    assert.equal(response.status, 204)
    for (const cookie of response.headers.getSetCookie()) assert.match(cookie, /Max-Age=0/)
    assert.equal((await send('GET', '/api/v1/session', browser)).status, 401)
  })
})
