import assert from 'node:assert/strict'
import { endpoints, type Endpoint, type EndpointName, type Problem } from '@oco/contract'
import { newId } from '../../src/kernel/ids.ts'
import { completeFirstRun, PASSWORD, startTestApp, type FirstRun, type TestApp } from '../app.ts'

const UNSAFE = (Object.entries(endpoints) as [EndpointName, Endpoint][]).filter(([, { method }]) => method !== 'GET')
const PATHS = { id: newId(), attachmentId: newId(), kind: 'reply' }
const pathOf = ({ path }: Endpoint): string => path.replace(/:(\w+)/g, (_, key: keyof typeof PATHS) => PATHS[key])

describe('the door of the product', () => {
  let test: TestApp
  let people: FirstRun
  before(async () => {
    test = await startTestApp()
    people = await completeFirstRun(test)
  })
  after(() => test.stop())

  const ask = (path: string, init: RequestInit = {}): Promise<Response> => fetch(test.started.address + path, init)
  const problemOf = async (response: Response): Promise<Problem> => {
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
    return response.json() as Promise<Problem>
  }
  const csrfOf = (cookie: string): string => /oco_csrf=([^;]+)/.exec(cookie)?.[1] ?? ''

  it('takes a change from a signed-in browser only with the value that another site cannot read', async () => {
    const { cookie } = people.admin
    const passed: string[] = []
    for (const forged of [null, '', 'x'.repeat(43), csrfOf(people.agent.cookie)]) {
      for (const [name, endpoint] of UNSAFE) {
        const headers = { cookie, 'content-type': 'application/json', ...(forged === null ? {} : { 'x-csrf-token': forged }) }
        const response = await ask(pathOf(endpoint), { method: endpoint.method, headers, body: '{}' })
        const { code } = await problemOf(response)
        if (code !== 'csrf_mismatch' && code !== 'forbidden') passed.push(`${name}: ${code}`)
      }
      // Each round is within what one session may ask in a burst.
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
    assert.deepEqual(passed, [])
  })

  it('gives the session to no script and to no other site', async () => {
    const response = await ask('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login: 'agent', password: PASSWORD }),
    })
    const cookies = response.headers.getSetCookie()
    const session = cookies.find((line) => line.startsWith('oco_session=')) ?? ''
    assert.match(session, /HttpOnly/i)
    for (const line of cookies) assert.match(line, /SameSite=Lax/i)
  })

  it('reads no body beyond its limit, none of another type, and no broken JSON', async () => {
    const post = async (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
      (await problemOf(await ask('/api/v1/session', { method: 'POST', headers, body }))).code
    assert.equal(await post(JSON.stringify({ login: 'a'.repeat(1_100_000), password: 'x' })), 'body_too_large')
    assert.equal(await post('login=agent', { 'content-type': 'application/x-www-form-urlencoded' }), 'unsupported_media_type')
    assert.equal(await post('{"login":'), 'bad_request')
    assert.equal(await post('[]'), 'invalid_input')
  })

  it('stops a body that is longer than it said, or says nothing of its length', async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(256 * 1024).fill(32))
      },
    })
    const response = await ask('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    })
    assert.equal((await problemOf(response)).code, 'body_too_large')
  })

  it('refuses a file beyond its limit and takes one within', async () => {
    const { agent } = people
    const large = await agent.send('uploadAttachment', {
      query: { fileName: 'a.bin' },
      body: new Uint8Array(25 * 1024 * 1024 + 1),
    })
    assert.equal((await problemOf(large)).code, 'body_too_large')
    const file = await agent.call('uploadAttachment', { query: { fileName: 'a.txt' }, body: new TextEncoder().encode('привет') })
    assert.deepEqual([file.fileName, file.sizeBytes], ['a.txt', 12])
  })

  it('names each fault of the input by its place', async () => {
    const response = await people.admin.send('createPerson', {
      body: { login: '!', displayName: '', role: 'king', password: PASSWORD },
    })
    const { code, status, fields } = await problemOf(response)
    assert.deepEqual([code, status, response.status], ['invalid_input', 422, 422])
    assert.deepEqual(Object.keys(fields ?? {}).sort(), ['body.displayName', 'body.login', 'body.role'])
  })

  it('gives every answer a request id, one of its own, and tells it in the problem too', async () => {
    const ids = await Promise.all(
      ['/', '/api/v1/health', '/api/v1/desk', '/api/v1/nothing'].map(async (path) => {
        const response = await ask(path, { headers: { 'x-request-id': 'mine' } })
        const id = response.headers.get('x-request-id') ?? ''
        if (response.status >= 400) assert.equal((await problemOf(response)).requestId, id)
        return id
      }),
    )
    assert.equal(new Set(ids).size, ids.length)
    assert.ok(
      ids.every((id) => id.length > 10),
      'a caller that nobody trusts has chosen the id',
    )
  })

  it('puts the request id of a change on record with the change', async () => {
    const response = await people.admin.send('createDisposition', { body: { name: 'Проверено' } })
    const { id } = (await response.json()) as { id: string }
    const event = await test.db.database.read
      .selectFrom('audit_event')
      .select(['request_id', 'subject_kind', 'address'])
      .where('object_id', '=', id)
      .executeTakeFirstOrThrow()
    assert.deepEqual(event, { request_id: response.headers.get('x-request-id'), subject_kind: 'person', address: '127.0.0.1' })
  })

  it('answers the API with headers that make it inert in a browser', async () => {
    for (const path of ['/api/v1/health', '/api/v1/nothing']) {
      const { headers } = await ask(path)
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('cache-control'), 'no-store')
    }
  })

  it('says that it lives, that it is ready, and how each of its dependencies does', async () => {
    const health = await test.client().call('readHealth')
    assert.deepEqual([health.live, health.ready], [true, true])
    assert.deepEqual(health.dependencies.slice(0, 2), [
      { name: 'database', ok: true, detail: '' },
      { name: 'keys', ok: true, detail: '' },
    ])
  })

  it('shows its figures to this host alone', async () => {
    const figures = await (await ask('/metrics')).text()
    assert.match(figures, /^oco_work_items|^# HELP oco_work_items/m)
    assert.match(figures, /^oco_live_sessions \d+$/m)
    assert.equal((await people.admin.send('readMetrics', {})).status, 403)
    for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
      const { status } = await ask('/metrics', { headers: { [header]: '127.0.0.1' } })
      assert.equal(status, 401, `${header}: a proxy on this host asks for anybody`)
    }
  })

  it('slows a caller down that asks without end, and says for how long', async () => {
    const answers = await Promise.all(Array.from({ length: 400 }, () => ask('/api/v1/setup')))
    const refused = answers.filter(({ status }) => status === 429)
    assert.ok(refused.length > 0 && refused.length < answers.length)
    const [first] = refused
    assert.ok(first)
    const problem = await problemOf(first)
    assert.equal(problem.code, 'rate_limited')
    assert.equal(first.headers.get('retry-after'), String(problem.retryAfterSeconds))
  })
})
