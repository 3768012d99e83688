import assert from 'node:assert/strict'
import { formatAppointment, formatClock, formatDay, formatFull, formatMoment, formatShort } from './format.ts'

describe('moments in words', () => {
  const evening = Date.parse('2026-02-03T18:05:09')

  it('counts twenty-four hours in both languages', () => {
    for (const locale of ['ru', 'en']) assert.equal(formatClock(evening, locale), '18:05')
  })

  it('puts the day before the month in both languages', () => {
    assert.equal(formatDay(evening, 'ru'), '3 февр.')
    assert.equal(formatDay(evening, 'en'), '3 Feb')
    assert.equal(formatShort(evening, Date.parse('2027-02-03T18:05:09'), 'en'), '03/02/2026')
    assert.equal(formatMoment(evening, 'en'), '03/02/2026, 18:05:09')
    assert.equal(formatMoment(evening, 'ru'), '03.02.2026, 18:05:09')
    assert.equal(formatFull(evening, 'en'), '3 February 2026 at 18:05:09')
    assert.match(formatAppointment(evening, 'en'), /^Tue,? 3 Feb,? 18:05$/)
    assert.match(formatAppointment(evening, 'ru'), /^вт, 3 февр\., 18:05$/)
  })
})
