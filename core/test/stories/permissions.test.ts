import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import { endpoints, ROLES, type Endpoint, type EndpointName, type Problem } from '@oco/contract'
import { ANONYMOUS, permissionsOf, TOKEN_PERMISSIONS } from '@oco/security'
import { newId } from '../../src/kernel/ids.ts'
import { completeFirstRun, PASSWORD, startTestApp, type TestApp } from '../app.ts'
import type { HttpClient } from '../http-client.ts'

/** Ends what the other calls stand on, so it comes last. */
const LAST: EndpointName = 'endSession'
const NAMES = [...(Object.keys(endpoints) as EndpointName[]).filter((name) => name !== LAST), LAST]
const DOOR = ['unauthenticated', 'forbidden', 'csrf_mismatch']
const CALLERS = ['anonymous', 'token', ...ROLES] as const
type Caller = (typeof CALLERS)[number]

const permissionsOfCaller = (caller: Caller): ReadonlySet<string> => {
  if (caller === 'anonymous') return ANONYMOUS.permissions
  return caller === 'token' ? TOKEN_PERMISSIONS : permissionsOf(caller)
}

describe('what a caller may ask for', () => {
  let test: TestApp
  const clients = new Map<Caller, HttpClient>()
  const clientOf = (caller: Caller): HttpClient => {
    const client = clients.get(caller)
    assert.ok(client)
    return client
  }
  /** From an address outside: on this host itself a caller without a session may read the figures. */
  const outside = (): HttpClient => test.client().withHeaders({ 'x-forwarded-for': '203.0.113.7' })

  before(async () => {
    test = await startTestApp({ trustedProxies: ['127.0.0.1'] })
    const { admin, queueId } = await completeFirstRun(test)
    for (const role of ROLES) {
      const login = `matrix-${role}`
      await admin.call('createPerson', { body: { login, displayName: role, role, password: PASSWORD } })
      clients.set(role, await outside().signIn(login, PASSWORD))
    }
    const { id: channelId } = await admin.call('createChannel', { body: { name: 'API', queueId, settings: { kind: 'intake' } } })
    const { secret } = await admin.call('createToken', { body: { name: 'matrix', channelId } })
    clients.set('token', outside().withHeaders({ authorization: `Bearer ${secret}` }))
    clients.set('anonymous', outside())
  })
  after(() => test.stop())

  const ask = async (caller: Caller, name: EndpointName): Promise<{ status: number; code: string }> => {
    const params = { id: newId(), attachmentId: newId(), kind: 'reply' }
    const { method }: Endpoint = endpoints[name]
    const response = await clientOf(caller).send(name, { params, ...(method === 'GET' ? {} : { body: {} }) })
    const text = await response.text()
    const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false
    return { status: response.status, code: isProblem ? (JSON.parse(text) as Problem).code : 'ok' }
  }

  for (const caller of CALLERS) {
    it(`lets ${caller} through where a permission says so, and nowhere else`, async () => {
      const may = permissionsOfCaller(caller)
      const wrong: string[] = []
      let refusals = 0
      for (const name of NAMES) {
        const { permission }: Endpoint = endpoints[name]
        const { status, code } = await ask(caller, name)
        const expected = caller === 'anonymous' ? [401, 'unauthenticated'] : [403, 'forbidden']
        const isRefused = status === expected[0] && code === expected[1]
        if (may.has(permission) ? DOOR.includes(code) : !isRefused) wrong.push(`${name} (${permission}): ${status} ${code}`)
        if (!may.has(permission)) refusals++
      }
      assert.deepEqual(wrong, [])
      assert.ok(refusals > 0, 'nothing was refused')
    })
  }

  it('puts on record whom it refused what', async () => {
    const rows = await test.db.database.read
      .selectFrom('audit_event')
      .select(['subject_kind', 'subject_id', 'details', 'result'])
      .where('action', '=', 'access.refused')
      .execute()
    assert.ok(rows.every(({ result, subject_id: id }) => result === 'failure' && id !== null))
    const refused = (permission: string) =>
      rows.filter(({ details }) => (details as { permission?: string }).permission === permission).length
    const callersWithout = (permission: string): number =>
      CALLERS.filter((caller) => caller !== 'anonymous' && !permissionsOfCaller(caller).has(permission)).length
    const ofPermission = (permission: string): number =>
      Object.values<Endpoint>(endpoints).filter((endpoint) => endpoint.permission === permission).length
    for (const permission of ['audit.read', 'people.manage', 'work_item.assign'] as const) {
      assert.equal(refused(permission), callersWithout(permission) * ofPermission(permission), permission)
    }
  })

  it('opens the live connection to people alone', async () => {
    const status = (client: HttpClient): Promise<number> => {
      const socket = new WebSocket(`${client.address.replace('http', 'ws')}/api/v1/live`, { headers: { cookie: client.cookie } })
      return new Promise((resolve) => {
        socket.once('open', () => {
          socket.close()
          resolve(101)
        })
        socket.once('unexpected-response', (request, response) => {
          resolve(response.statusCode ?? 0)
          request.destroy()
        })
        socket.on('error', () => undefined)
      })
    }
    const agent = await outside().signIn('matrix-agent', PASSWORD)
    assert.deepEqual([await status(outside()), await status(agent)], [401, 101])
  })

  it('knows no path that is not in the contract, and no other method', async () => {
    const get = async (path: string, method = 'GET') => (await fetch(test.started.address + path, { method })).status
    assert.equal(await get('/api/v1/nothing'), 404)
    assert.equal(await get('/api/v2/session'), 404)
    assert.equal(await get('/api/v1/desk', 'DELETE'), 405)
    assert.equal(await get('/', 'POST'), 405)
  })
})
