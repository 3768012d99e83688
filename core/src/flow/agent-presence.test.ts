import assert from 'node:assert/strict'
import { agentStore, CONNECTION_LEASE_MS, type AgentStore } from '../agents/index.ts'
import { sql } from '../platform/db.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { addAgent } from '../../test/queue-rows.ts'
import { createAgentPresence, type AgentPresence } from './agent-presence.ts'

describe('the presence of agents', () => {
  let db: TestDatabase
  let presence: AgentPresence
  const writes: number[] = []
  before(async () => {
    db = await testDatabase()
    const counting: AgentStore = {
      ...agentStore,
      setConnectedUntil: (tx, personIds, until) => {
        writes.push(personIds.length)
        return agentStore.setConnectedUntil(tx, personIds, until)
      },
    }
    presence = createAgentPresence({ database: db.database, agents: counting, clock: db.clock, log: db.log })
  })
  after(() => db.drop())

  const agents = async (count: number): Promise<string[]> => {
    const ids = []
    for (let index = 0; index < count; index++) ids.push(await addAgent(db.database.read, { name: 'Анна' }))
    return ids
  }
  const leftMs = async (personId: string): Promise<number | null> => {
    const { rows } = await sql<{
      at: Date | null
    }>`select connected_until as at from agent where person_id = ${personId}`.execute(db.database.read)
    const at = rows[0]?.at
    return at === null || at === undefined ? null : at.getTime() - db.clock.now().getTime()
  }

  it('lasts from the first page to the last', async () => {
    const [id = ''] = await agents(1)
    assert.equal(await leftMs(id), null)
    presence.agentConnected(id)
    presence.agentConnected(id)
    await presence.stop()
    assert.equal(await leftMs(id), CONNECTION_LEASE_MS)
    presence.agentDisconnected(id)
    await presence.stop()
    assert.equal(await leftMs(id), CONNECTION_LEASE_MS)
    presence.agentDisconnected(id)
    await presence.stop()
    assert.equal(await leftMs(id), 0)
  })

  it('is there again where a page comes back while its going is being written', async () => {
    const [id = ''] = await agents(1)
    presence.agentConnected(id)
    await presence.stop()
    presence.agentDisconnected(id)
    presence.agentConnected(id)
    await presence.stop()
    assert.equal(await leftMs(id), CONNECTION_LEASE_MS)
  })

  it('is written together for many who come at once', async () => {
    const ids = await agents(30)
    writes.length = 0
    for (const id of ids) presence.agentConnected(id)
    for (const id of ids.slice(0, 10)) presence.agentDisconnected(id)
    await presence.stop()
    assert.deepEqual(
      writes.toSorted((a, b) => a - b),
      [10, 20],
    )
    assert.deepEqual([await leftMs(ids[0] ?? ''), await leftMs(ids[20] ?? '')], [0, CONNECTION_LEASE_MS])
  })
})
