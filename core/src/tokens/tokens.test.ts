import assert from 'node:assert/strict'
import { createToken, listTokens, revokeToken } from '@oco/contract'
import type { Origin } from '@oco/security'
import { call } from '../../test/call.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { isFailure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { createTokens, tokenRoutes, type Tokens } from './index.ts'
import { formatToken, parseToken } from './token.ts'
import { TOKEN_TOUCH_MS } from './tokens-service.ts'

describe('the form of an API token', () => {
  it('is read as it was written, and nothing else is read', () => {
    const token = { id: '01900000-0000-7000-8000-000000000001', secret: `_${'a'.repeat(41)}-` }
    assert.deepEqual(parseToken(formatToken(token)), token)
    for (const text of ['', 'oco_', formatToken(token).slice(1), `${formatToken(token)}x`, formatToken(token).toUpperCase()])
      assert.equal(parseToken(text), null, text)
  })
})

describe('API tokens over PostgreSQL', () => {
  let db: TestDatabase
  let tokens: Tokens
  let by: Origin
  let intakeId: string
  let emailId: string

  const make = async (name: string, expiresAt: Date | null = null, channelId = intakeId) =>
    (await call(tokenRoutes(tokens), createToken, { by, body: { name, channelId, expiresAt: expiresAt?.toISOString() ?? null } }))
      .answer
  const revoke = (id: string) => call(tokenRoutes(tokens), revokeToken, { by, params: { id } })

  before(async () => {
    db = await testDatabase()
    tokens = createTokens({ database: db.database, clock: db.clock })
    const now = db.clock.now()
    const [queueId, personId] = [newId(now), newId(now)]
    ;[intakeId, emailId] = [newId(now), newId(now)]
    await db.database.read.insertInto('queue').values({ id: queueId, name: 'Первая линия', created_at: now }).execute()
    await db.database.read
      .insertInto('channel')
      .values(
        [
          { id: intakeId, kind: 'intake', name: 'Приём' },
          { id: emailId, kind: 'email', name: 'Почта' },
        ].map((channel) => ({ ...channel, queue_id: queueId, settings: '{}', state_since: now, created_at: now })),
      )
      .execute()
    const person = { id: personId, login: 'admin', display_name: 'А', role: 'administrator', password_hash: '-', created_at: now }
    await db.database.read.insertInto('person').values(person).execute()
    by = { subject: { kind: 'person', id: personId }, address: '10.0.0.1', requestId: 'r-1' }
  })
  after(() => db.drop())

  it('let a system bring requests into its own channel, and do nothing else', async () => {
    const { secret, id } = await make('CRM')
    const actor = await tokens.actorOf(secret)
    assert.ok(actor?.kind === 'token')
    assert.deepEqual([actor.tokenId, actor.channelId], [id, intakeId])
    assert.equal(actor.permissions.has('intake.create'), true)
    assert.equal(actor.permissions.has('conversation.read'), false)
  })

  it('are shown once: neither the list nor the database has the secret', async () => {
    const made = await make('Shown once')
    const { answer } = await call(tokenRoutes(tokens), listTokens, { by })
    const listed = answer.rows.find((row) => row.id === made.id)
    assert.equal(listed?.name, 'Shown once')
    assert.equal(JSON.stringify(answer).includes(made.secret), false)
    const row = await db.database.read.selectFrom('api_token').selectAll().where('id', '=', made.id).executeTakeFirstOrThrow()
    assert.equal(row.secret_hash.length, 32)
    assert.equal(JSON.stringify(row).includes(parseToken(made.secret)?.secret ?? ''), false)
  })

  it('are worth nothing with another secret or another id', async () => {
    const [one, two] = [await make('One'), await make('Two')]
    const parts = [parseToken(one.secret), parseToken(two.secret)]
    const mixed = formatToken({ id: parts[0]?.id ?? '', secret: parts[1]?.secret ?? '' })
    assert.equal(await tokens.actorOf(mixed), null)
    assert.equal(await tokens.actorOf('oco_'), null)
    assert.equal(await tokens.actorOf(formatToken({ id: newId(db.clock.now()), secret: parts[0]?.secret ?? '' })), null)
  })

  it('end at once when they are revoked, and only once', async () => {
    const { secret, id } = await make('Revoked')
    assert.notEqual(await tokens.actorOf(secret), null)
    await revoke(id)
    assert.equal(await tokens.actorOf(secret), null)
    await assert.rejects(revoke(id), (error) => isFailure(error, 'not_found'))
    const { answer } = await call(tokenRoutes(tokens), listTokens, { by })
    assert.equal(
      answer.rows.some((row) => row.id === id),
      false,
    )
    const trail = await db.database.read
      .selectFrom('audit_event')
      .select(['action', 'subject_id'])
      .where('object_id', '=', id)
      .orderBy('sequence')
      .execute()
    assert.deepEqual(
      trail.map(({ action }) => action),
      ['token.created', 'token.revoked'],
    )
  })

  it('end by themselves when their time is over', async () => {
    const { secret } = await make('Short', new Date(db.clock.now().getTime() + 60_000))
    assert.notEqual(await tokens.actorOf(secret), null)
    db.clock.advance(60_000)
    assert.equal(await tokens.actorOf(secret), null)
    await assert.rejects(make('Past', db.clock.now()), (error) => isFailure(error, 'invalid_input'))
  })

  it('have a name each of their own, also when two are made at once; a revoked one’s is free again', async () => {
    const answers = await Promise.allSettled([make('Twice'), make('Twice')])
    assert.deepEqual(answers.map((answer) => answer.status).sort(), ['fulfilled', 'rejected'])
    await assert.rejects(make('Twice'), (error) => isFailure(error, 'name_taken'))
    const { answer } = await call(tokenRoutes(tokens), listTokens, { by })
    await revoke(answer.rows.find((row) => row.name === 'Twice')?.id ?? '')
    await make('Twice')
  })

  it('belong to a channel that takes requests in', async () => {
    for (const channelId of [emailId, newId(db.clock.now())])
      await assert.rejects(make('Elsewhere', null, channelId), (error) => isFailure(error, 'invalid_input'))
  })

  it('write when they were last used at most once a minute', async () => {
    const { secret, id } = await make('Busy')
    const usedAt = async (): Promise<Date | null> => {
      const query = db.database.read.selectFrom('api_token').select('last_used_at').where('id', '=', id)
      return (await query.executeTakeFirstOrThrow()).last_used_at
    }
    const first = db.clock.now()
    await tokens.actorOf(secret)
    db.clock.advance(TOKEN_TOUCH_MS - 1)
    await tokens.actorOf(secret)
    assert.deepEqual(await usedAt(), first)
    db.clock.advance(1)
    await tokens.actorOf(secret)
    assert.deepEqual(await usedAt(), db.clock.now())
  })
})
