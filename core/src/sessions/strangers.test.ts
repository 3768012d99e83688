import assert from 'node:assert/strict'
import { hashPassword, newToken, SYSTEM_ORIGIN, type Actor } from '@oco/security'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { isFailure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { createSessions, type Sessions } from './index.ts'
import { STRANGERS_RATE } from './sessions-service.ts'

const PASSWORD = 'четыре жёлтых трамвая'

describe('credentials that nobody knows', () => {
  let db: TestDatabase
  let known: string

  const open = (): Sessions =>
    createSessions({ database: db.database, clock: db.clock, tokenActor: async () => null, isNeighbour: () => false })
  const show = (door: Sessions, token: string, address: string): Promise<Actor> =>
    door.authenticate({ cookie: `oco_session=${token}`, authorization: undefined, address, direct: true })
  const isLimited = (error: unknown): boolean => isFailure(error, 'rate_limited')

  before(async () => {
    db = await testDatabase()
    await db.database.read
      .insertInto('person')
      .values({
        id: newId(),
        login: 'maria',
        display_name: 'Мария',
        role: 'agent',
        password_hash: await hashPassword(PASSWORD, { n: 1024, r: 8, p: 1 }),
        created_at: db.clock.now(),
      })
      .execute()
    const signIn = { login: 'maria', password: PASSWORD, userAgent: 'test', replaces: null }
    known = (await open().start(SYSTEM_ORIGIN, signIn)).token
  })
  after(() => db.drop())

  it('are looked up so often for one address, IPv6 by its network, and no more', async () => {
    const door = open()
    for (let i = 0; i < STRANGERS_RATE.burst; i++) assert.equal((await show(door, newToken(), '2001:db8::1')).kind, 'anonymous')
    for (const address of ['2001:db8::1', '2001:db8::2']) await assert.rejects(show(door, newToken(), address), isLimited)
    const bearer = { cookie: undefined, authorization: 'Bearer nonsense', address: '2001:db8::3', direct: true }
    await assert.rejects(door.authenticate(bearer), isLimited)
    assert.equal((await show(door, known, '2001:db8:0:1::1')).kind, 'person')
  })

  it('are not those of somebody who is known, however often these are looked up', async () => {
    const door = open()
    for (let i = 0; i <= STRANGERS_RATE.burst; i++) {
      door.forget()
      assert.equal((await show(door, known, '10.0.0.7')).kind, 'person')
    }
  })
})
