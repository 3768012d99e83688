import assert from 'node:assert/strict'
import { makeHistory, makeOpenWork, seeded } from './story-maker.ts'

const NOW = new Date('2026-06-10T12:00:00Z')
const DAY_MS = 86_400_000
const history = (seed: number) => makeHistory({ count: 200, now: NOW, agentName: 'Мария', random: seeded(seed) })

describe('the demo’s month', () => {
  it('is the same for the same seed, and another for another', () => {
    assert.deepEqual(history(7), history(7))
    assert.notDeepEqual(history(7), history(8))
  })

  it('lies in the last thirty days, each conversation in order, nothing left to fill in', () => {
    for (const { messages, assignedAt, resolvedAt, subject } of history(1)) {
      const moments = messages.map(({ at }) => at.getTime())
      assert.deepEqual(
        moments,
        [...moments].sort((a, b) => a - b),
      )
      assert.ok((moments[0] ?? 0) > NOW.getTime() - 31 * DAY_MS)
      assert.ok((resolvedAt?.getTime() ?? Number.POSITIVE_INFINITY) < NOW.getTime())
      assert.ok(assignedAt.getTime() > (moments[0] ?? 0))
      for (const text of [subject, ...messages.map((message) => message.text)]) assert.doesNotMatch(text, /\{\w+\}/)
    }
  })

  it('leaves open work whose last word was said before now', () => {
    const open = makeOpenWork({ now: NOW, agentName: 'Мария', random: seeded(1) })
    assert.equal(open.length, 5)
    for (const { messages, resolvedAt } of open) {
      assert.equal(resolvedAt, null)
      assert.ok((messages.at(-1)?.at.getTime() ?? Number.POSITIVE_INFINITY) < NOW.getTime())
    }
  })
})
