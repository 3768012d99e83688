import assert from 'node:assert/strict'
import { slaClock } from './sla.ts'

const MINUTE = 60_000
const START = Date.parse('2026-03-02T09:00:00Z')
const at = (minutes: number): string => new Date(START + minutes * MINUTE).toISOString()
const item = {
  state: 'assigned',
  enqueuedAt: at(0),
  firstReplyDueAt: at(60),
  firstRepliedAt: null,
  resolutionDueAt: at(480),
} as const

describe('the SLA clock', () => {
  it('runs to the first reply, and after it to the resolution', () => {
    assert.deepEqual(slaClock(item, START), { kind: 'first_reply', dueAt: at(60), leftMs: 60 * MINUTE, level: 'calm' })
    const replied = slaClock({ ...item, firstRepliedAt: at(5) }, START + 10 * MINUTE)
    assert.deepEqual(replied, { kind: 'resolution', dueAt: at(480), leftMs: 470 * MINUTE, level: 'calm' })
  })

  it('warns in the last fifth, at least for five minutes, and says when it is late', () => {
    const levelAt = (minutes: number): string | undefined => slaClock(item, START + minutes * MINUTE)?.level
    assert.deepEqual([47, 48, 59, 60, 61].map(levelAt), ['calm', 'soon', 'soon', 'late', 'late'])
    const short = { ...item, firstReplyDueAt: at(10) }
    assert.equal(slaClock(short, START + 4 * MINUTE)?.level, 'calm')
    assert.equal(slaClock(short, START + 5 * MINUTE)?.level, 'soon')
  })

  it('stands still while the customer is waited for, and after the resolution', () => {
    assert.equal(slaClock({ ...item, state: 'pending' }, START), null)
    assert.equal(slaClock({ ...item, state: 'resolved' }, START), null)
  })

  it('shows nothing where nothing is promised', () => {
    assert.equal(slaClock({ ...item, firstReplyDueAt: null, resolutionDueAt: null }, START), null)
    assert.equal(slaClock({ ...item, firstReplyDueAt: null }, START)?.kind, 'resolution')
  })
})
