import assert from 'node:assert/strict'
import fc from 'fast-check'
import { continuationOf, plainSubject, previewOf } from './conversation.ts'

const NOW = new Date('2026-06-10T12:00:00Z')
const DAY_MS = 86_400_000
const resolved = (daysAgo: number) => ({ id: 'w', open: false, resolvedAt: new Date(NOW.getTime() - daysAgo * DAY_MS) })

describe('how a conversation goes on', () => {
  const at = { automatic: false, reopenWindowDays: 7, now: NOW }

  it('appends where there is no item, or an open one', () => {
    assert.deepEqual(continuationOf({ ...at, work: null }), { kind: 'append' })
    assert.deepEqual(continuationOf({ ...at, work: { id: 'w', open: true, resolvedAt: null } }), { kind: 'append' })
  })

  it('reopens inside the window and starts anew at its end', () => {
    assert.deepEqual(continuationOf({ ...at, work: resolved(6.99) }), { kind: 'reopen', from: 'w' })
    assert.deepEqual(continuationOf({ ...at, work: resolved(7) }), { kind: 'start' })
    assert.deepEqual(continuationOf({ ...at, reopenWindowDays: 0, work: resolved(0) }), { kind: 'start' })
  })

  it('lets no automatic message reopen or start anything of a resolved one', () => {
    for (const days of [1, 100]) {
      assert.deepEqual(continuationOf({ ...at, automatic: true, work: resolved(days) }), { kind: 'append_only' })
    }
  })
})

describe('subjects', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Re: Нет связи', 'Нет связи'],
    ['RE[2]: Fwd: Отв: Нет связи', 'Нет связи'],
    ['Re: Нет связи [#118]', 'Нет связи'],
    ['[#118] Нет связи', 'Нет связи'],
    ['  Нет \n связи ', 'Нет связи'],
    ['Re:', ''],
    ['Ремонт: срочно', 'Ремонт: срочно'],
  ]
  for (const [given, plain] of cases) {
    it(`reads ${JSON.stringify(given)} as ${JSON.stringify(plain)}`, () => {
      assert.equal(plainSubject(given), plain)
    })
  }

  it('finds nothing more to take off what it has made', () => {
    fc.assert(
      fc.property(fc.string(), (subject) => {
        assert.equal(plainSubject(plainSubject(subject)), plainSubject(subject))
      }),
    )
  })
})

describe('previews', () => {
  it('show the writer’s own words, not what is quoted', () => {
    assert.equal(previewOf('Спасибо!\n> Добрый день', 9), 'Спасибо!')
  })

  it('show the quotation where there is nothing else', () => {
    assert.equal(previewOf('> Добрый день', 0), '> Добрый день')
  })

  it('are never longer than a line of the list, and never cut a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const preview = previewOf(text, null)
        assert.ok([...preview].length <= 160)
        assert.ok(!/\n/.test(preview))
      }),
    )
  })
})
