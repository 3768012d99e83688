import assert from 'node:assert/strict'
import { createRateLimiter } from './rate-limit.ts'

const RATE = { perSecond: 2, burst: 3 }

describe('rate limiter', () => {
  it('lets a burst through, then says how long to wait', () => {
    let nowMs = 0
    const limiter = createRateLimiter(() => nowMs)
    assert.deepEqual(
      [1, 2, 3].map(() => limiter.take('a', RATE)),
      [0, 0, 0],
    )
    assert.equal(limiter.take('a', RATE), 500)
    nowMs = 500
    assert.equal(limiter.take('a', RATE), 0)
    assert.equal(limiter.take('a', RATE), 500)
  })

  it('never saves up more than the burst', () => {
    let nowMs = 0
    const limiter = createRateLimiter(() => nowMs)
    limiter.take('a', RATE)
    nowMs = 3_600_000
    assert.deepEqual(
      [1, 2, 3].map(() => limiter.take('a', RATE)),
      [0, 0, 0],
    )
    assert.ok(limiter.take('a', RATE) > 0)
  })

  it('takes back what counted for nothing, and no more than the burst', () => {
    const limiter = createRateLimiter(() => 0)
    for (let call = 0; call < 3; call++) limiter.take('a', RATE)
    limiter.giveBack('a', RATE)
    assert.deepEqual([limiter.take('a', RATE), limiter.take('a', RATE)], [0, 500])
    for (let call = 0; call < 9; call++) limiter.giveBack('a', RATE)
    assert.deepEqual(
      [1, 2, 3, 4].map(() => limiter.take('a', RATE)),
      [0, 0, 0, 500],
    )
  })

  it('keeps callers apart', () => {
    const limiter = createRateLimiter(() => 0)
    for (let call = 0; call < 3; call++) limiter.take('a', RATE)
    assert.ok(limiter.take('a', RATE) > 0)
    assert.equal(limiter.take('b', RATE), 0)
  })
})
