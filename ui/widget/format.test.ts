import assert from 'node:assert/strict'
import { formatDay, formatSize, initialsOf } from './format.ts'
import { textsOf } from './texts.ts'

const ru = textsOf('ru')
const en = textsOf('en')

describe("the chat's words", () => {
  it('say sizes shortly', () => {
    assert.equal(formatSize(0, 'ru'), '0 Б')
    assert.equal(formatSize(1_536, 'ru'), '1,5 КБ')
    assert.equal(formatSize(10 * 1024 * 1024, 'en'), '10 MB')
    assert.equal(formatSize(123_456_789, 'en'), '118 MB')
  })

  it('say days as people do', () => {
    const now = new Date(2026, 0, 1, 0, 30)
    assert.equal(formatDay(new Date(2026, 0, 1, 0, 1), now, 'ru', ru), 'Сегодня')
    assert.equal(formatDay(new Date(2025, 11, 31, 23, 59), now, 'ru', ru), 'Вчера')
    assert.equal(formatDay(new Date(2025, 11, 30, 12), now, 'ru', ru), '30 декабря 2025 г.')
    assert.equal(formatDay(new Date(2026, 0, 20), new Date(2026, 5, 1), 'en', en), '20 January')
  })

  it('count as the language does', () => {
    assert.match(ru.tooOften(1), /1 секунду$/)
    assert.match(ru.tooOften(3), /3 секунды$/)
    assert.match(ru.tooOften(11), /11 секунд$/)
    assert.match(ru.tooOften(61), /2 минуты$/)
    assert.match(en.tooOften(1), /1 second$/)
    assert.match(en.tooOften(300), /5 minutes$/)
  })

  it('are all there in both languages, and differ', () => {
    for (const [key, text] of Object.entries(ru)) {
      const other = en[key as keyof typeof en]
      if (typeof text === 'string') assert.notEqual(text, other, key)
    }
  })

  it('shorten names to two letters', () => {
    assert.equal(initialsOf('мария иванова петрова'), 'МИ')
    assert.equal(initialsOf('👩‍💻 Анна'), '👩А')
    assert.equal(initialsOf(''), '')
  })
})
