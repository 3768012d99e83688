import assert from 'node:assert/strict'
import type { Problem } from '@oco/contract'
import { startChatWorld, type ChatWorld } from '../../../test/chat-world.ts'
import { eventually } from '../../../test/eventually.ts'

const BODY = {
  from: { name: 'Анна', email: 'anna@example.ru', externalId: 'crm-1' },
  subject: 'Счёт',
  text: 'Пришлите счёт',
  priority: 5,
  caseId: 'CASE-1',
}

describe('intake over HTTP', () => {
  let world: ChatWorld

  before(async () => {
    world = await startChatWorld()
  })
  after(() => world.stop())

  const post = async (body: unknown, key: string | null, authorization = 'Bearer good') => {
    const response = await fetch(`${world.base}/api/v1/intake`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization, ...(key === null ? {} : { 'idempotency-key': key }) },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as { requestId: string; repeated: boolean } & Problem
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body: answer }
  }
  const rowsOf = (key: string) =>
    world.database.read
      .selectFrom('inbox')
      .selectAll()
      .where('channel_id', '=', world.intakeId)
      .where('external_id', '=', key)
      .execute()

  it('stores a request before it answers, and makes it a work item', async () => {
    world.automatic(false)
    const { status, body } = await post(BODY, 'key-stored-1')
    assert.equal(status, 202)
    assert.equal(body.repeated, false)
    const [row] = await rowsOf('key-stored-1')
    assert.equal(row?.id, body.requestId)
    assert.equal(row.state, 'new')
    world.automatic(true)
    await world.receive()
    const [taken] = await rowsOf('key-stored-1')
    const item = await world.database.read
      .selectFrom('work_item')
      .select(['channel_kind', 'priority', 'state'])
      .where('conversation_id', '=', taken?.conversation_id ?? '')
      .executeTakeFirstOrThrow()
    assert.deepEqual(item, { channel_kind: 'intake', priority: 5, state: 'waiting' })
  })

  it('answers a repeat with the first answer, before and after the request was taken up', async () => {
    const first = await post(BODY, 'key-repeat-1')
    const again = await post(BODY, 'key-repeat-1')
    await world.receive()
    const later = await post({ ...BODY, caseId: BODY.caseId }, 'key-repeat-1')
    for (const repeat of [again, later]) {
      assert.deepEqual([repeat.status, repeat.body], [202, { requestId: first.body.requestId, repeated: true }])
    }
    assert.equal((await rowsOf('key-repeat-1')).length, 1)
  })

  it('refuses another request under a key that is used', async () => {
    await post(BODY, 'key-other-1')
    await world.receive()
    const { status, body } = await post({ ...BODY, text: 'другое' }, 'key-other-1')
    assert.equal(status, 409)
    assert.equal(body.code, 'idempotency_mismatch')
    assert.equal((await rowsOf('key-other-1')).length, 1)
  })

  it('stores one of many at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(BODY, 'key-at-once')))
    assert.equal(new Set(answers.map(({ body }) => body.requestId)).size, 1)
    assert.equal(answers.filter(({ body }) => !body.repeated).length, 1)
    assert.equal((await rowsOf('key-at-once')).length, 1)
  })

  it('goes on in the conversation of the same case', async () => {
    await post({ ...BODY, caseId: 'CASE-2' }, 'key-case-1')
    await post({ ...BODY, caseId: 'CASE-2', text: 'дополнение' }, 'key-case-2')
    await post({ ...BODY, caseId: 'CASE-3' }, 'key-case-3')
    await world.receive()
    const rows = (await Promise.all(['key-case-1', 'key-case-2', 'key-case-3'].map(rowsOf))).flat()
    const [one, two, three] = rows.map(({ conversation_id }) => conversation_id)
    assert.equal(one, two)
    assert.notEqual(one, three)
  })

  it('answers by mail, since nobody listens on the other side', async () => {
    await post(
      { ...BODY, from: { ...BODY.from, email: 'reply@example.ru', externalId: 'crm-2' }, caseId: 'CASE-4' },
      'key-answer-1',
    )
    await world.receive()
    const [row] = await rowsOf('key-answer-1')
    const id = await world.answer(
      row?.conversation_id ?? '',
      'Вот счёт',
      { kind: 'email', value: 'reply@example.ru' },
      world.intakeId,
    )
    await world.deliver()
    assert.deepEqual(
      world.letters.map(({ to, message }) => [to, message.idempotencyKey, message.text]),
      [['reply@example.ru', id, 'Вот счёт']],
    )
  })

  it('tells a channel that is switched off from one that is about to open', async () => {
    const enable = (enabled: boolean) =>
      world.database.read.updateTable('channel').set({ enabled }).where('id', '=', world.intakeId).execute()
    await enable(false)
    world.registry.refresh()
    await eventually(() => Promise.resolve(world.registry.account(world.intakeId) === null || null))
    const off = await post(BODY, 'key-closed-1')
    assert.deepEqual([off.status, off.body.code], [409, 'channel_unusable'])
    // Another process has switched it on; this one has not heard of it yet.
    await enable(true)
    const opening = await post(BODY, 'key-closed-1')
    assert.deepEqual([opening.status, opening.body.code, opening.retryAfter], [503, 'not_ready', '1'])
    world.registry.refresh()
    await eventually(() => Promise.resolve(world.registry.account(world.intakeId) !== null || null))
    assert.equal((await post(BODY, 'key-closed-1')).status, 202)
  })

  it('needs a token, a key, an address and something to say', async () => {
    assert.equal((await post(BODY, 'key-nobody-1', 'Bearer bad')).body.code, 'unauthenticated')
    assert.deepEqual((await post(BODY, null)).body.fields, { 'header.idempotency-key': '8 to 100 characters are needed' })
    assert.equal((await post(BODY, 'short')).body.code, 'bad_request')
    assert.equal((await post({ ...BODY, from: { name: 'Анна' } }, 'key-nobody-1')).body.code, 'invalid_input')
    assert.equal((await post({ ...BODY, text: '\u0000' }, 'key-nobody-1')).body.code, 'invalid_input')
    assert.equal((await post({ ...BODY, priority: 9 }, 'key-nobody-1')).body.code, 'invalid_input')
    assert.deepEqual(await rowsOf('key-nobody-1'), [])
  })
})
