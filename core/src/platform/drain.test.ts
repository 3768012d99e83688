import assert from 'node:assert/strict'
import { pino } from 'pino'
import { systemClock } from '../kernel/clock.ts'
import { createDrain, SWEEP_MS, type Drain, type DrainOptions } from './drain.ts'

const log = pino({ level: 'silent' })
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('a drain', () => {
  const drains: Drain[] = []
  afterEach(() => Promise.all(drains.splice(0).map((drain) => drain.stop())))

  const drain = (options: Pick<DrainOptions, 'step'> & Partial<DrainOptions>): Drain => {
    const made = createDrain({ name: 'test', concurrency: 1, clock: systemClock, log, ...options })
    drains.push(made)
    made.start()
    return made
  }

  it('works as long as there is something, and then waits for a wake', async () => {
    let due = 3
    let looks = 0
    const made = drain({
      step: () => {
        looks++
        return Promise.resolve(due-- > 0)
      },
    })
    await made.idle()
    const before = looks
    due = 1
    made.wake()
    await made.idle()
    assert.ok(looks >= before + 2)
    assert.ok(due < 0)
  })

  it('loses no wake that comes while it asks for its next due time', async () => {
    let due = false
    let answer: (at: null) => void = () => undefined
    let asked: () => void = () => undefined
    const asking = new Promise<void>((resolve) => (asked = resolve))
    const made = drain({
      step: () => {
        const had = due
        due = false
        return Promise.resolve(had)
      },
      nextDueAt: () => {
        asked()
        return new Promise((resolve) => (answer = resolve))
      },
    })
    await asking
    due = true
    made.wake()
    answer(null)
    // Long before the sweep.
    for (let waitedMs = 0; due; waitedMs += 5) {
      assert.ok(waitedMs < SWEEP_MS / 2, 'the wake was lost')
      await pause(5)
    }
    answer(null)
  })

  it('looks again at the earliest due time', async () => {
    const startMs = systemClock.monotonicMs()
    const looks: number[] = []
    drain({
      step: () => {
        looks.push(systemClock.monotonicMs() - startMs)
        return Promise.resolve(false)
      },
      nextDueAt: () => Promise.resolve(looks.length === 1 ? new Date(systemClock.now().getTime() + 50) : null),
    })
    while (looks.length < 2) await pause(5)
    assert.ok((looks[1] ?? 0) >= 45)
  })

  it('goes on after a step that fails, and takes nothing new after its end', async () => {
    let steps = 0
    const made = drain({
      step: () => {
        steps++
        return Promise.reject(new Error('broken'))
      },
    })
    await made.idle()
    await pause(SWEEP_MS + 200)
    assert.ok(steps >= 2)
    await made.stop()
    const atEnd = steps
    made.wake()
    await pause(20)
    assert.equal(steps, atEnd)
  })
})
