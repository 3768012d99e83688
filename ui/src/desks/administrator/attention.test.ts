import type { ChannelView, PersonView, QueueView } from '@oco/contract'
import assert from 'node:assert/strict'
import { attentionOf, type Installation } from './attention.ts'

const NOW = Date.parse('2026-02-03T09:00:00Z')

const channel = (fields: Partial<ChannelView> = {}): ChannelView => ({
  id: 'c1',
  kind: 'intake',
  name: 'Портал',
  enabled: true,
  queueId: 'q1',
  settings: { kind: 'intake' },
  state: 'ok',
  stateSince: '2026-02-03T08:00:00Z',
  stateReason: null,
  setAside: 0,
  version: 0,
  ...fields,
})
const queue = (fields: Partial<QueueView> = {}): QueueView => ({
  id: 'q1',
  name: 'Первая линия',
  priority: 3,
  skillId: null,
  offerTimeoutMs: 30_000,
  firstReplyTargetMs: null,
  resolutionTargetMs: null,
  memberCount: 1,
  channelNames: ['Портал'],
  openItems: 0,
  version: 0,
  ...fields,
})
const person = (fields: Partial<PersonView> = {}): PersonView => ({
  id: 'p1',
  login: 'anna',
  displayName: 'Анна',
  role: 'agent',
  locale: 'ru',
  blocked: false,
  queueIds: ['q1'],
  skillIds: [],
  capacityLimit: 100,
  lastSessionAt: null,
  version: 0,
  ...fields,
})
const administrator = person({ id: 'a1', role: 'administrator', queueIds: [] })
const healthy: Installation = {
  channels: [channel()],
  queues: [queue()],
  people: [person(), administrator, { ...administrator, id: 'a2' }, person({ id: 's1', role: 'security_officer', queueIds: [] })],
  tokens: [],
  demo: false,
  now: NOW,
}
const kinds = (changes: Partial<Installation>): string[] => attentionOf({ ...healthy, ...changes }).map((one) => one.kind)

describe('what an administrator should look at', () => {
  it('is nothing where all is well', () => {
    assert.deepEqual(kinds({}), [])
  })

  it('is a channel that fails, but not one that is switched off', () => {
    assert.deepEqual(kinds({ channels: [channel({ state: 'failing' })] }), ['channel_failing'])
    assert.deepEqual(kinds({ channels: [channel(), channel({ enabled: false, state: 'off' })] }), [])
    assert.deepEqual(kinds({ channels: [channel({ enabled: false, state: 'off' })] }), ['no_channels'])
  })

  it('is a queue into which something comes and which nobody serves', () => {
    assert.deepEqual(kinds({ queues: [queue(), queue({ id: 'q2', name: 'Вторая' })] }), ['queue_without_people'])
    assert.deepEqual(kinds({ queues: [queue(), queue({ id: 'q2', channelNames: [] })] }), [])
    const blocked = healthy.people.map((one) => (one.role === 'agent' ? { ...one, blocked: true } : one))
    assert.ok(kinds({ people: blocked }).includes('queue_without_people'))
  })

  it('is a skill that none of the queue’s people has', () => {
    assert.deepEqual(kinds({ queues: [queue({ skillId: 's1' })] }), ['skill_without_people'])
    const skilled = [person({ skillIds: ['s1'] }), ...healthy.people.slice(1)]
    assert.deepEqual(kinds({ queues: [queue({ skillId: 's1' })], people: skilled }), [])
  })

  it('is an agent without a queue, a lone administrator, and an audit that nobody reads', () => {
    assert.deepEqual(kinds({ people: [person(), person({ id: 'p2', queueIds: [] }), administrator] }), [
      'person_without_queue',
      'one_administrator',
      'no_security_officer',
    ])
  })

  it('comes gravest first', () => {
    const found = attentionOf({ ...healthy, demo: true, channels: [channel({ setAside: 2 }), channel({ state: 'failing' })] })
    assert.deepEqual(
      found.map((one) => one.level),
      ['danger', 'warn', 'hint'],
    )
  })
})
