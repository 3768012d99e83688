import assert from 'node:assert/strict'
import { listConversations } from '@oco/contract'
import { permissionsOf, type Actor } from '@oco/security'
import { call } from '../../test/call.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { addAgent, addItem, addQueue, START } from '../../test/queue-rows.ts'
import { conversationListRoutes } from './conversation-list.ts'
import { createLooks } from './looks.ts'

describe('the list of conversations of one queue', () => {
  let db: TestDatabase
  let first: string
  let second: string
  let agent: Actor
  let supervisor: Actor
  let waiting: string[]

  const list = async (actor: Actor, query: { view: 'queue' | 'all'; queueId?: string }): Promise<(string | undefined)[]> => {
    const routes = conversationListRoutes({ looks: createLooks(db) })
    const { answer } = await call(routes, listConversations, { actor, query })
    return answer.rows.map((row) => row.workItem?.id)
  }
  const actorOf = (personId: string, role: 'agent' | 'supervisor'): Actor => {
    return { kind: 'person', personId, role, sessionId: personId, csrfToken: '', permissions: permissionsOf(role) }
  }

  before(async () => {
    db = await testDatabase()
    first = await addQueue(db.database.read, { name: 'Первая линия' })
    second = await addQueue(db.database.read, { name: 'Вторая линия' })
    agent = actorOf(await addAgent(db.database.read, { name: 'Анна', queueIds: [first] }), 'agent')
    supervisor = actorOf(await addAgent(db.database.read, { name: 'Семён', role: 'supervisor', queueIds: [first] }), 'supervisor')
    const later = new Date(START.getTime() + 60_000)
    const inSecond = await addItem(db.database, { queueId: second, now: later })
    waiting = [await addItem(db.database, { queueId: second }), inSecond]
    await addItem(db.database, { queueId: first })
  })
  after(() => db.drop())

  it('shows a supervisor what waits in any queue, longest first', async () => {
    assert.deepEqual(await list(supervisor, { view: 'queue', queueId: second }), waiting)
  })

  it('shows an agent what waits in the own queues alone, whichever is asked for', async () => {
    assert.deepEqual(await list(agent, { view: 'queue', queueId: second }), [])
    assert.equal((await list(agent, { view: 'queue', queueId: first })).length, 1)
    assert.equal((await list(agent, { view: 'queue' })).length, 1)
  })

  it('narrows everything that may be seen to the queue', async () => {
    assert.equal((await list(supervisor, { view: 'all' })).length, 3)
    assert.deepEqual((await list(supervisor, { view: 'all', queueId: second })).sort(), [...waiting].sort())
    assert.deepEqual(await list(agent, { view: 'all', queueId: second }), [])
  })
})
