import type { AgentStore } from '../../src/agents/index.ts'
import type { PoolAgent } from '../../src/routing/agent-pool.ts'
import type { FakeAgent, FakeRows } from './fake-rows.ts'

/** The store of agents over rows in memory. */
export const fakeAgentStore = (rows: FakeRows): AgentStore => ({
  changeState(_tx, { personId, state, reason, now, onlyFrom, onlyGoneBy }) {
    const agent = rows.agents.get(personId)
    if (agent === undefined || (agent.state === state && agent.reason === reason)) return Promise.resolve(null)
    if (onlyFrom !== undefined && agent.state !== onlyFrom) return Promise.resolve(null)
    if (onlyGoneBy !== undefined && !isGone(agent, onlyGoneBy)) return Promise.resolve(null)
    rows.set(agent, { state, reason, since: now, version: agent.version + 1 })
    if (state === 'ready') {
      const isOld = agent.connectedUntil !== null && agent.connectedUntil < now
      rows.set(agent, { idleSince: now, connectedUntil: isOld ? now : agent.connectedUntil })
    }
    const { queueIds: _, skillIds: _skills, connectedUntil: _until, ...changed } = agent
    return Promise.resolve(changed)
  },
  findAgent(_db, personId) {
    const agent = rows.agents.get(personId)
    if (agent === undefined) return Promise.resolve(null)
    const { state, reason, since, capacityLimit, capacityUsed } = agent
    return Promise.resolve({ personId, state, reason, since: since.toISOString(), capacityLimit, capacityUsed, blocked: false })
  },
  setConnectedUntil(_db, personIds, until) {
    for (const personId of personIds) {
      const agent = rows.agents.get(personId)
      if (agent !== undefined) rows.set(agent, { connectedUntil: until })
    }
    return Promise.resolve()
  },
  listDisconnected(_db, goneBy, limit) {
    const gone = [...rows.agents.values()].filter((agent) => agent.state === 'ready' && isGone(agent, goneBy))
    return Promise.resolve(gone.slice(0, limit).map(({ personId }) => personId))
  },
  nextConnectionEnd() {
    const ends = [...rows.agents.values()].map((agent) => (agent.state === 'ready' ? agent.connectedUntil : null))
    return Promise.resolve(ends.reduce((next, at) => (at !== null && (next === null || at < next) ? at : next), null))
  },
})

const isGone = (agent: FakeAgent, by: Date): boolean => agent.connectedUntil !== null && agent.connectedUntil <= by

export const readFakePool = (rows: FakeRows): Promise<PoolAgent[]> =>
  Promise.resolve(
    [...rows.agents.values()]
      .filter((agent) => agent.queueIds.length > 0)
      .map((agent) => ({ ...agent, idleSince: agent.idleSince })),
  )
