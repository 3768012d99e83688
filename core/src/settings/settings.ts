import type { SettingsView } from '@oco/contract'

/** What is missing or undefined stays. */
export type SettingsChange = { readonly [K in SettingName]?: SettingsView[K] | undefined }
const SETTING_NAMES = ['organisation', 'locale', 'timeZone', 'reopenWindowDays'] as const
type SettingName = (typeof SETTING_NAMES)[number]

export interface ChangedSettings {
  readonly settings: SettingsView
  /** Names of the settings that really have another value now. */
  readonly changed: readonly SettingName[]
}

export const applyChange = (settings: SettingsView, change: SettingsChange): ChangedSettings => {
  const next = {
    ...settings,
    organisation: change.organisation ?? settings.organisation,
    locale: change.locale ?? settings.locale,
    timeZone: change.timeZone ?? settings.timeZone,
    reopenWindowDays: change.reopenWindowDays ?? settings.reopenWindowDays,
  }
  const changed = SETTING_NAMES.filter((name) => next[name] !== settings[name])
  return { settings: changed.length > 0 ? { ...next, version: settings.version + 1 } : settings, changed }
}

/** A zone of the IANA database that this runtime knows, as `Europe/Moscow`. */
export const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
