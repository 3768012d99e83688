import assert from 'node:assert/strict'
import { permissionsOf, type Actor } from '@oco/security'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { newId } from '../kernel/ids.ts'
import { sql } from '../platform/db.ts'
import { createLooks, LOOK_COVERS_MS, viewed, type Look } from './looks.ts'

describe('looks at what is people’s own', () => {
  let db: TestDatabase
  before(async () => {
    db = await testDatabase()
  })
  after(() => db.drop())

  const lookBy = (personId: string, conversationId: string): Look => {
    const actor: Actor = {
      kind: 'person',
      personId,
      role: 'agent',
      sessionId: newId(),
      csrfToken: '',
      permissions: permissionsOf('agent'),
    }
    return {
      actor,
      by: { subject: { kind: 'person', id: personId }, address: null, requestId: null },
      event: viewed(conversationId),
    }
  }
  const recordedOf = async (objectId: string): Promise<(string | null)[]> => {
    const { rows } = await sql<{ subject_id: string }>`
      select subject_id from audit_event where action = 'conversation.viewed' and object_id = ${objectId}`.execute(
      db.database.read,
    )
    return rows.map((row) => row.subject_id)
  }
  const read = (): Promise<number> => Promise.resolve(7)

  it('are on record once for what one session reads within a few minutes, and each time where a page is opened', async () => {
    const looks = createLooks(db)
    const [person, id] = [newId(), newId()]
    const look = lookBy(person, id)
    assert.equal(await looks.once(look, read), 7)
    for (let i = 0; i < 5; i++) await looks.once(look, read)
    assert.deepEqual(await recordedOf(id), [person])
    await looks.record(look, read)
    await looks.once(look, read)
    assert.deepEqual(await recordedOf(id), [person, person])
    db.clock.advance(LOOK_COVERS_MS)
    await looks.once(look, read)
    assert.equal((await recordedOf(id)).length, 3)
  })

  it('cover neither another session nor another thing', async () => {
    const looks = createLooks(db)
    const [person, id, other] = [newId(), newId(), newId()]
    const look = lookBy(person, id)
    await looks.once(look, read)
    await looks.once(lookBy(person, id), read)
    await looks.once({ ...look, event: viewed(other) }, read)
    assert.deepEqual([(await recordedOf(id)).length, (await recordedOf(other)).length], [2, 1])
  })

  it('are not answered where they cannot be recorded, and not recorded where nothing was answered', async () => {
    const looks = createLooks(db)
    const [person, id] = [newId(), newId()]
    const look = lookBy(person, id)
    const unrecordable = { ...look, by: { ...look.by, address: 'no address' } }
    for (let i = 0; i < 2; i++) await assert.rejects(looks.once(unrecordable, read), /inet/)
    await assert.rejects(
      looks.once(look, () => Promise.reject(new Error('not there'))),
      /not there/,
    )
    assert.deepEqual(await recordedOf(id), [])
  })
})
