import assert from 'node:assert/strict'
import {
  agentAlarm,
  boardTotals,
  channelAlarm,
  loadShare,
  LONG_WAIT_MS,
  orderAgents,
  orderQueues,
  queueAlarm,
  type BoardAgent,
  type BoardQueue,
} from './board-order.ts'

const NOW = Date.parse('2026-02-03T09:00:00Z')
const ago = (ms: number): string => new Date(NOW - ms).toISOString()

const queue = (name: string, fields: Partial<BoardQueue> = {}): BoardQueue => ({
  id: name,
  name,
  waiting: 0,
  offered: 0,
  assigned: 0,
  pending: 0,
  longestWaitingSince: null,
  overdue: 0,
  firstReplyInTime: null,
  resolvedToday: 0,
  ...fields,
})

const agent = (displayName: string, fields: Partial<BoardAgent> = {}): BoardAgent => ({
  id: displayName,
  displayName,
  role: 'agent',
  state: 'ready',
  reason: null,
  since: ago(60_000),
  capacityUsed: 0,
  capacityLimit: 100,
  assigned: 0,
  resolvedToday: 0,
  ...fields,
})

describe('the order of the board', () => {
  it('marks a queue red when something is overdue and yellow when it waits long or too few replies were in time', () => {
    assert.equal(queueAlarm(queue('a', { overdue: 1 }), NOW), 'danger')
    assert.equal(queueAlarm(queue('a', { longestWaitingSince: ago(LONG_WAIT_MS + 1) }), NOW), 'warn')
    assert.equal(queueAlarm(queue('a', { longestWaitingSince: ago(LONG_WAIT_MS) }), NOW), 'calm')
    assert.equal(queueAlarm(queue('a', { firstReplyInTime: 0.79 }), NOW), 'warn')
    assert.equal(queueAlarm(queue('a', { firstReplyInTime: 0.8 }), NOW), 'calm')
  })

  it('puts red queues first, then the longest wait, and keeps calm ones by name', () => {
    const rows = [
      queue('Яблоки'),
      queue('Груши', { longestWaitingSince: ago(60_000) }),
      queue('Вишни', { longestWaitingSince: ago(LONG_WAIT_MS * 2) }),
      queue('Айва', { overdue: 2 }),
      queue('Арбуз'),
    ]
    assert.deepEqual(
      orderQueues(rows, NOW, 'ru').map((row) => row.name),
      ['Айва', 'Вишни', 'Груши', 'Арбуз', 'Яблоки'],
    )
  })

  it('puts agents whom the product took out first, then ready, not ready and offline', () => {
    const rows = [
      agent('Офлайн Б', { state: 'offline', since: ago(1) }),
      agent('Офлайн А', { state: 'offline', since: ago(9_000) }),
      agent('Обед', { state: 'not_ready', reason: 'lunch' }),
      agent('Свежий', { since: ago(1_000) }),
      agent('Давний', { since: ago(9_000) }),
      agent('Пропустил', { state: 'not_ready', reason: 'missed_offer' }),
    ]
    assert.deepEqual(
      orderAgents(rows, 'ru').map((row) => row.displayName),
      ['Пропустил', 'Давний', 'Свежий', 'Обед', 'Офлайн А', 'Офлайн Б'],
    )
  })

  it('knows a full agent, also one whose capacity is nothing', () => {
    assert.equal(loadShare({ capacityUsed: 30, capacityLimit: 60 }), 0.5)
    assert.equal(loadShare({ capacityUsed: 0, capacityLimit: 0 }), 1)
    assert.equal(agentAlarm(agent('a', { capacityUsed: 100 })), 'warn')
    assert.equal(agentAlarm(agent('a', { state: 'not_ready', reason: 'lunch', capacityUsed: 100 })), 'calm')
  })

  it('marks a channel by its state', () => {
    assert.deepEqual(
      ['failing', 'connecting', 'ok', 'off'].map((state) => channelAlarm({ state })),
      ['danger', 'warn', 'calm', 'calm'],
    )
  })

  it('sums over queues and takes the longest wait of all', () => {
    const totals = boardTotals(
      {
        at: ago(0),
        queues: [queue('a', { waiting: 2, longestWaitingSince: ago(5_000) }), queue('b', { waiting: 2, offered: 1, overdue: 1 })],
        agents: [agent('x'), agent('y', { state: 'offline' })],
        channels: [],
      },
      NOW,
    )
    assert.equal(totals.waiting, 5)
    assert.equal(totals.overdue, 1)
    assert.equal(totals.longestWaitMs, 5_000)
    assert.deepEqual(totals.agents, { ready: 1, not_ready: 0, offline: 1 })
  })
})
