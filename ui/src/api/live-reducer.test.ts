import assert from 'node:assert/strict'
import type { LiveEvent } from '@oco/contract'
import { createCoalescer } from './coalesce.ts'
import { createRecentIds, effectsOf, receive, reconnectDelayMs } from './live-reducer.ts'

const event = (fields: Partial<LiveEvent>): LiveEvent => ({
  id: 'e1',
  type: 'conversation.changed',
  conversationId: null,
  workItemId: null,
  queueId: null,
  personId: null,
  messageId: null,
  ...fields,
})
const renewed = (fields: Partial<LiveEvent>): string[] =>
  effectsOf(event(fields)).flatMap((effect) => (effect.kind === 'renew' ? effect.keys.map((key) => key.join(' ')) : []))

describe('live events', () => {
  it('renew the conversation concerned and the lists, and no other conversation', () => {
    assert.deepEqual(renewed({ type: 'conversation.changed', conversationId: 'c1' }), ['conversations', 'conversation c1'])
    assert.ok(renewed({ type: 'work_item.changed', conversationId: 'c1' }).includes('desk'))
  })

  it('fetch new messages on their own instead of the whole conversation, which would count as a view', () => {
    assert.ok(!renewed({ type: 'message.added', conversationId: 'c1', messageId: 'm1' }).includes('conversation c1'))
    assert.deepEqual(
      effectsOf(event({ type: 'message.added', conversationId: 'c1', messageId: 'm1' })).filter(
        ({ kind }) => kind === 'messages',
      ),
      [{ kind: 'messages', conversationId: 'c1', messageId: 'm1', added: true }],
    )
  })

  it('do nothing the second time, while the cursor goes on', () => {
    const seen = createRecentIds(10)
    const frame = { kind: 'events', cursor: '5', events: [event({ id: 'a', conversationId: 'c1' })] } as const
    const first = receive('4', { ...frame, events: [...frame.events] }, seen)
    const second = receive(first.cursor, { ...frame, cursor: '6', events: [...frame.events] }, seen)
    assert.equal(first.effects.length, 1)
    assert.deepEqual(second, { cursor: '6', effects: [] })
  })

  it('keep the cursor through frames that carry none', () => {
    assert.equal(receive('7', { kind: 'pong' }, createRecentIds(4)).cursor, '7')
    assert.equal(receive('7', { kind: 'counters', waiting: {} }, createRecentIds(4)).cursor, '7')
  })

  it('renew everything when the cursor was too old', () => {
    assert.deepEqual(receive('1', { kind: 'reload', cursor: '90' }, createRecentIds(4)), {
      cursor: '90',
      effects: [{ kind: 'reload' }],
    })
  })

  it('remember only so many ids', () => {
    const seen = createRecentIds(2)
    assert.deepEqual(
      ['a', 'b', 'a', 'c', 'a'].map((id) => seen.add(id)),
      [true, true, false, true, true],
    )
  })
})

describe('reconnecting', () => {
  it('doubles the wait up to a limit, half of it by chance', () => {
    assert.deepEqual([reconnectDelayMs(0, () => 0), reconnectDelayMs(0, () => 1)], [250, 500])
    assert.deepEqual([reconnectDelayMs(3, () => 0), reconnectDelayMs(3, () => 1)], [2_000, 4_000])
    assert.equal(
      reconnectDelayMs(500, () => 1),
      15_000,
    )
  })
})

describe('coalescing', () => {
  it('acts on the first at once and on the rest of the window together', () => {
    const acts: string[][] = []
    const timers: (() => void)[] = []
    const add = createCoalescer(
      (gathered) => acts.push([...gathered]),
      250,
      (run) => timers.push(run),
    )
    add(['a'])
    add(['b'])
    add(['b', 'c'])
    assert.deepEqual(acts, [['a']])
    timers.shift()?.()
    assert.deepEqual(acts, [['a'], ['b', 'c']])
    timers.shift()?.()
    assert.equal(timers.length, 0)
    add(['d'])
    assert.deepEqual(acts.at(-1), ['d'])
  })
})
