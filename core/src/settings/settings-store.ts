import type { SettingsView } from '@oco/contract'
import type { Db, Tx } from '../platform/db.ts'

const COLUMNS = ['name', 'locale', 'time_zone', 'reopen_window_days', 'version', 'demo'] as const

const settingsOf = (row: {
  name: string
  locale: string
  time_zone: string
  reopen_window_days: number
  version: number
  demo: boolean
}): SettingsView => ({
  organisation: row.name,
  locale: row.locale as SettingsView['locale'],
  timeZone: row.time_zone,
  reopenWindowDays: row.reopen_window_days,
  version: row.version,
  demo: row.demo,
})

export const readSettings = async (db: Db): Promise<SettingsView> =>
  settingsOf(await db.selectFrom('organisation').select(COLUMNS).executeTakeFirstOrThrow())

/** Nobody else's until this transaction ends. */
export const lockSettings = async (tx: Tx): Promise<SettingsView> =>
  settingsOf(await tx.selectFrom('organisation').select(COLUMNS).forUpdate().executeTakeFirstOrThrow())

export const saveSettings = async (tx: Tx, settings: SettingsView): Promise<void> => {
  await tx
    .updateTable('organisation')
    .set({
      name: settings.organisation,
      locale: settings.locale,
      time_zone: settings.timeZone,
      reopen_window_days: settings.reopenWindowDays,
      version: settings.version,
    })
    .execute()
}

/** Within so many days after its resolution a conversation reopens. */
export const reopenWindowDays = async (db: Db): Promise<number> => {
  const row = await db.selectFrom('organisation').select('reopen_window_days').executeTakeFirstOrThrow()
  return row.reopen_window_days
}
