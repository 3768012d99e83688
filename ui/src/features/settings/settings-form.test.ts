import * as contract from '@oco/contract'
import assert from 'node:assert/strict'
import { REOPEN_DAYS_MAX, settingsChange, settingsFaults, settingsFormOf } from './settings-form.ts'
import { offsetOf, timeZoneOptions } from './time-zones.ts'

const settings: contract.SettingsView = {
  organisation: 'Ромашка',
  locale: 'ru',
  timeZone: 'Europe/Moscow',
  reopenWindowDays: 7,
  version: 2,
  demo: false,
}
const NOW = Date.parse('2026-02-03T09:00:00Z')

describe('the form of the organisation', () => {
  it('has the limits of the contract', () => {
    const { body } = contract.changeSettings.request
    assert.ok(body.safeParse({ reopenWindowDays: REOPEN_DAYS_MAX, version: 0 }).success)
    assert.ok(!body.safeParse({ reopenWindowDays: REOPEN_DAYS_MAX + 1, version: 0 }).success)
  })

  it('sends only what was changed', () => {
    assert.equal(settingsChange(settings, settingsFormOf(settings)), null)
    assert.deepEqual(settingsChange(settings, { ...settingsFormOf(settings), reopenWindowDays: 0 }), {
      reopenWindowDays: 0,
      version: 2,
    })
  })

  it('wants a name and whole days', () => {
    const form = { ...settingsFormOf(settings), organisation: ' ', reopenWindowDays: 1.5 }
    assert.deepEqual(Object.keys(settingsFaults(form)), ['organisation', 'reopenWindowDays'])
  })
})

describe('time zones to choose from', () => {
  it('have today’s difference to UTC, and none where the browser knows no such zone', () => {
    assert.equal(offsetOf('Europe/Moscow', NOW), 'UTC+3')
    assert.equal(offsetOf('Asia/Kamchatka', NOW), 'UTC+12')
    assert.equal(offsetOf('Mars/Olympus', NOW), '')
  })

  it('hold the zone in use even where it is none of the usual ones', () => {
    const values = timeZoneOptions('Pacific/Auckland', NOW, () => null).map((option) => option.value)
    assert.equal(values[0], 'Pacific/Auckland')
    assert.equal(new Set(values).size, values.length)
    assert.equal(timeZoneOptions('UTC', NOW, () => null).filter((option) => option.value === 'UTC').length, 1)
  })
})
