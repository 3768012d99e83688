import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ChatMessage } from '@oco/contract'
import {
  EMPTY_THREAD,
  lastSequence,
  nextToSend,
  settlePending,
  unreadCount,
  withMessages,
  withoutPending,
  withPending,
  type PendingMessage,
} from './thread-state.ts'

const message = (sequence: number, over: Partial<ChatMessage> = {}): ChatMessage => ({
  sequence,
  id: `id-${sequence}`,
  from: 'agent',
  author: 'Пётр',
  text: `${sequence}`,
  at: '2026-11-25T10:00:00.000Z',
  attachments: [],
  clientKey: null,
  ...over,
})
const own = (sequence: number, clientKey: string): ChatMessage => message(sequence, { from: 'visitor', clientKey })
const pending = (clientKey: string): PendingMessage => ({ clientKey, text: clientKey, files: [], atMs: 0, state: 'waiting' })

describe('the thread of a visitor', () => {
  it('has each message once and in order, however the server repeats itself', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 8 }), { maxLength: 8 }), (frames) => {
        const state = frames.reduce(
          (thread, frame) =>
            withMessages(
              thread,
              frame.map((n) => message(n)),
            ),
          EMPTY_THREAD,
        )
        const expected = [...new Set(frames.flat())].sort((a, b) => a - b)
        assert.deepEqual(
          state.messages.map(({ sequence }) => sequence),
          expected,
        )
        assert.equal(lastSequence(state), expected.at(-1) ?? 0)
      }),
    )
  })

  it('ends a pending message by its echo and keeps the others in their order', () => {
    const state = [pending('a'), pending('b'), pending('c')].reduce(withPending, EMPTY_THREAD)
    const after = withMessages(state, [own(1, 'b')])
    assert.deepEqual(
      after.pending.map(({ clientKey }) => clientKey),
      ['a', 'c'],
    )
  })

  it('takes no pending message that it has in any form', () => {
    const state = withPending(withMessages(EMPTY_THREAD, [own(1, 'a')]), pending('a'))
    assert.deepEqual(state.pending, [])
    assert.equal(withPending(withPending(EMPTY_THREAD, pending('b')), pending('b')).pending.length, 1)
  })

  it('sends one after the other: what is confirmed or refused holds up nobody', () => {
    let state = [pending('a'), pending('b')].reduce(withPending, EMPTY_THREAD)
    assert.equal(nextToSend(state)?.clientKey, 'a')
    state = settlePending(state, 'a', { state: 'stored' })
    assert.equal(nextToSend(state)?.clientKey, 'b')
    state = settlePending(state, 'b', { state: 'refused', code: 'invalid_input' })
    assert.equal(nextToSend(state), null)
    assert.deepEqual(
      withoutPending(state, 'b').pending.map(({ clientKey }) => clientKey),
      ['a'],
    )
  })

  it("counts as unread what others have said since the visitor's last look", () => {
    const state = withMessages(EMPTY_THREAD, [message(1), own(2, 'a'), message(3), message(4, { from: 'system' })])
    assert.equal(unreadCount(state, 0), 3)
    assert.equal(unreadCount(state, 1), 2)
    assert.equal(unreadCount(state, 4), 0)
  })
})
