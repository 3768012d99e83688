import assert from 'node:assert/strict'
import { changeSettings, readSettings as readSettingsEndpoint, type SettingsView } from '@oco/contract'
import type { Origin } from '@oco/security'
import { call } from '../../test/call.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { isFailure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Route } from '../platform/http.ts'
import { createSettings, isTimeZone, reopenWindowDays, settingsRoutes } from './index.ts'

describe('settings of the organisation', () => {
  let db: TestDatabase
  let routes: Route[]
  let by: Origin

  before(async () => {
    db = await testDatabase()
    await db.database.read.updateTable('organisation').set({ name: 'Больница' }).execute()
    routes = settingsRoutes(createSettings({ database: db.database }))
    by = { subject: { kind: 'person', id: newId(db.clock.now()) }, address: '10.0.0.1', requestId: 'r-1' }
  })
  after(() => db.drop())

  const read = async (): Promise<SettingsView> => (await call(routes, readSettingsEndpoint, { by })).answer
  const change = async (body: Record<string, unknown>): Promise<SettingsView> =>
    (await call(routes, changeSettings, { by, body: body as never })).answer
  const events = () =>
    db.database.read.selectFrom('audit_event').select(['details']).where('action', '=', 'settings.changed').execute()

  it('are there from the first day, with what the wizard wrote', async () => {
    assert.deepEqual(await read(), {
      organisation: 'Больница',
      locale: 'ru',
      timeZone: 'Europe/Moscow',
      reopenWindowDays: 7,
      version: 0,
      demo: false,
    })
  })

  it('change from the version that was seen, with a record that names no organisation', async () => {
    const next = await change({ organisation: 'Городская больница', reopenWindowDays: 14, version: 0 })
    assert.deepEqual([next.organisation, next.reopenWindowDays, next.locale, next.version], ['Городская больница', 14, 'ru', 1])
    assert.deepEqual(await read(), next)
    assert.equal(await reopenWindowDays(db.database.read), 14)
    await assert.rejects(change({ locale: 'en', version: 0 }), (error) => isFailure(error, 'version_conflict'))
    assert.deepEqual(await events(), [
      {
        details: {
          changed: ['organisation', 'reopenWindowDays'],
          locale: 'ru',
          timeZone: 'Europe/Moscow',
          reopenWindowDays: 14,
        },
      },
    ])
    const rows = await db.database.read.selectFrom('live_event').select('type').execute()
    assert.deepEqual(rows, [{ type: 'settings.changed' }])
  })

  it('record nothing where nothing changes', async () => {
    const { version, organisation } = await read()
    assert.equal((await change({ organisation, version })).version, version)
    assert.equal((await events()).length, 1)
  })

  it('take only a time zone that there is', async () => {
    const { version } = await read()
    await assert.rejects(change({ timeZone: 'Europe/Atlantis', version }), (error) => isFailure(error, 'invalid_input'))
    assert.equal((await change({ timeZone: 'Asia/Vladivostok', version })).timeZone, 'Asia/Vladivostok')
    for (const name of ['', 'Mars', '+25:00']) assert.equal(isTimeZone(name), false, name)
  })
})
