import assert from 'node:assert/strict'
import { backoffMs } from './backoff.ts'

describe("the pause before the chat's next attempt", () => {
  it('doubles from half a second up to half a minute', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backoffMs(failures, 0)),
      [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000],
    )
  })

  it('is spread over its second half, so that not everybody comes at once', () => {
    assert.equal(backoffMs(3, 0.5), 3_000)
    assert.ok(backoffMs(3, 0.999) >= 2_000)
  })
})
