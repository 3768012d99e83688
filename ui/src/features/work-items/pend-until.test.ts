import assert from 'node:assert/strict'
import { localInputValue, pendChoices } from './pend-until.ts'

const shown = (now: Date): string[] => pendChoices(now).map(({ id, at }) => `${id} ${localInputValue(at)}`)

describe('moments to put something aside to', () => {
  it('offers an hour, this evening, tomorrow morning and Monday morning', () => {
    assert.deepEqual(shown(new Date(2026, 2, 4, 11, 30)), [
      'hour 2026-03-04T12:30',
      'evening 2026-03-04T17:00',
      'tomorrow 2026-03-05T09:00',
      'monday 2026-03-09T09:00',
    ])
  })

  it('leaves out an evening that has come, and a Monday that is tomorrow', () => {
    assert.deepEqual(shown(new Date(2026, 2, 8, 18, 5)), ['hour 2026-03-08T19:05', 'tomorrow 2026-03-09T09:00'])
  })

  it('means the next Monday on a Monday', () => {
    assert.ok(shown(new Date(2026, 2, 9, 10, 0)).includes('monday 2026-03-16T09:00'))
  })
})
