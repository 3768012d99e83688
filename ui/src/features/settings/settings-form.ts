import type { Endpoints, SentTo, SettingsView } from '@oco/contract'
import { faultsOf, name, within, type Faults } from '../../kit/rules.ts'

export const REOPEN_DAYS_MAX = 365

export interface SettingsForm {
  organisation: string
  locale: 'ru' | 'en'
  timeZone: string
  reopenWindowDays: number | null
}

export const settingsFormOf = (settings: SettingsView): SettingsForm => ({
  organisation: settings.organisation,
  locale: settings.locale,
  timeZone: settings.timeZone,
  reopenWindowDays: settings.reopenWindowDays,
})

export const settingsFaults = (form: SettingsForm): Faults =>
  faultsOf({ organisation: name(form.organisation), reopenWindowDays: within(form.reopenWindowDays, 0, REOPEN_DAYS_MAX) })

/** Only what differs; null where nothing does. */
export function settingsChange(before: SettingsView, form: SettingsForm): SentTo<Endpoints['changeSettings']>['body'] | null {
  const change = {
    ...(form.organisation.trim() !== before.organisation && { organisation: form.organisation }),
    ...(form.locale !== before.locale && { locale: form.locale }),
    ...(form.timeZone !== before.timeZone && { timeZone: form.timeZone }),
    ...(form.reopenWindowDays !== null &&
      form.reopenWindowDays !== before.reopenWindowDays && { reopenWindowDays: form.reopenWindowDays }),
  }
  return Object.keys(change).length > 0 ? { ...change, version: before.version } : null
}
