import type { SettingsView } from '@oco/contract'
import type { Origin } from '@oco/security'
import { Failure } from '../kernel/errors.ts'
import { audit, live, type Database } from '../platform/db.ts'
import { applyChange, isTimeZone, type SettingsChange } from './settings.ts'
import { lockSettings, readSettings, saveSettings } from './settings-store.ts'

export interface Settings {
  read(): Promise<SettingsView>
  change(by: Origin, change: SettingsChange & { readonly version: number }): Promise<SettingsView>
}

export const createSettings = ({ database }: { database: Database }): Settings => ({
  read: () => readSettings(database.read),
  async change(by, { version, ...change }) {
    if (change.timeZone !== undefined && !isTimeZone(change.timeZone))
      throw new Failure('invalid_input', { fields: { 'body.timeZone': 'unknown' } })
    return database.transaction(async (tx) => {
      const before = await lockSettings(tx)
      if (before.version !== version) throw new Failure('version_conflict')
      const { settings, changed } = applyChange(before, change)
      if (changed.length === 0) return settings
      await saveSettings(tx, settings)
      audit(tx, {
        action: 'settings.changed',
        by,
        object: { kind: 'organisation', id: null },
        details: {
          changed,
          locale: settings.locale,
          timeZone: settings.timeZone,
          reopenWindowDays: settings.reopenWindowDays,
        },
      })
      live(tx, { type: 'settings.changed' })
      return settings
    })
  },
})
