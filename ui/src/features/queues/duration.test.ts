import assert from 'node:assert/strict'
import { formatTarget, joinDuration, splitDuration } from './duration.ts'

describe('a length of time', () => {
  it('is split into the largest unit that leaves no remainder', () => {
    assert.deepEqual(splitDuration(30_000), { amount: 30, unit: 'second' })
    assert.deepEqual(splitDuration(60_000), { amount: 1, unit: 'minute' })
    assert.deepEqual(splitDuration(5_400_000), { amount: 90, unit: 'minute' })
    assert.deepEqual(splitDuration(86_400_000), { amount: 1, unit: 'day' })
  })

  it('comes back whole from its parts', () => {
    for (const ms of [1_000, 45_000, 5_400_000, 14_400_000, 7 * 86_400_000]) assert.equal(joinDuration(splitDuration(ms)), ms)
  })

  it('reads in the language of the page, with nothing rounded away', () => {
    assert.equal(formatTarget(900_000, 'ru'), '15\u00a0мин')
    assert.equal(formatTarget(5_400_000, 'ru'), '1\u00a0ч 30\u00a0мин')
    assert.equal(formatTarget(86_400_000 + 60_000, 'en'), '1\u00a0day 1\u00a0min')
  })

  it('has no negative form', () => {
    assert.equal(formatTarget(-5_000, 'ru'), '0\u00a0с')
  })
})
