import assert from 'node:assert/strict'
import { listAuditEvents, listAuditSubjects } from '@oco/contract'
import type { AuditEvent, Origin } from '@oco/security'
import { call } from '../../test/call.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { isFailure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { audit, type Database } from '../platform/db.ts'
import { auditSearchRoutes } from './audit-search.ts'

type Query = Record<string, string | number>

describe('the officer’s list of audit events', () => {
  let db: TestDatabase
  let officer: Origin
  let agent: Origin
  let contactId: string
  let queueId: string

  const record = async (...events: AuditEvent[]): Promise<void> => {
    db.clock.advance(1_000)
    await db.database.transaction(async (tx) => {
      audit(tx, ...events)
    })
  }
  const list = async (query: Query = {}, database: Database = db.database) => {
    db.clock.advance(1_000)
    const asked = query as { limit?: number }
    return (await call(auditSearchRoutes({ database }), listAuditEvents, { by: officer, query: asked })).answer
  }
  const actions = async (query: Query): Promise<string[]> => (await list(query)).rows.map((row) => row.action)

  before(async () => {
    db = await testDatabase()
    const addPerson = async (login: string, name: string, role: string): Promise<Origin> => {
      const id = newId(db.clock.now())
      const values = { id, login, display_name: name, role, password_hash: '-', created_at: db.clock.now() }
      await db.database.read.insertInto('person').values(values).execute()
      return { subject: { kind: 'person', id }, address: '10.1.2.3', requestId: 'r-7' }
    }
    officer = await addPerson('officer', 'Олег Строгий', 'security_officer')
    agent = await addPerson('agent', 'Анна Агентова', 'agent')
    contactId = newId(db.clock.now())
    queueId = newId(db.clock.now())
    const created = { created_at: db.clock.now() }
    await db.database.read
      .insertInto('contact')
      .values({ id: contactId, display_name: 'Пётр Клиентов', ...created })
      .execute()
    await db.database.read
      .insertInto('queue')
      .values({ id: queueId, name: 'Первая линия', ...created })
      .execute()
    const elsewhere: Origin = { subject: { kind: 'anonymous', id: null }, address: '2001:db8::5', requestId: 'r-8' }
    await record({ action: 'session.refused', by: elsewhere, details: { reason: 'unknown_login' } })
    await record({ action: 'queue.created', by: agent, object: { kind: 'queue', id: queueId } })
    await record({ action: 'contact.viewed', by: agent, object: { kind: 'contact', id: contactId } })
    await record({ action: 'channel.tested', by: agent, result: 'failure' })
  })
  after(() => db.drop())

  it('shows who did what, newest first, with names beside the ids', async () => {
    const { rows } = await list()
    assert.deepEqual(
      rows.map((row) => [row.action, row.subject.label, row.object?.label ?? null, row.result, row.severity, row.address]),
      [
        ['channel.tested', 'Анна Агентова', null, 'failure', 'warning', '10.1.2.3'],
        ['contact.viewed', 'Анна Агентова', 'Пётр Клиентов', 'success', 'info', '10.1.2.3'],
        ['queue.created', 'Анна Агентова', 'Первая линия', 'success', 'info', '10.1.2.3'],
        ['session.refused', null, null, 'failure', 'warning', '2001:db8::5'],
      ],
    )
    assert.deepEqual(rows[3]?.details, { reason: 'unknown_login' })
    assert.equal(rows[0]?.requestId, 'r-7')
  })

  it('records that it was read, by whom and by which filters, once a call', async () => {
    const query = { family: 'queue', objectId: queueId, address: '10.0.0.0/8', limit: 7 }
    await list(query)
    const events = await db.database.read
      .selectFrom('audit_event')
      .select(['subject_id', 'address', 'severity', 'details'])
      .where('action', '=', 'audit.viewed')
      .orderBy('at', 'desc')
      .execute()
    assert.equal(events.length, 2)
    assert.deepEqual(events[0], {
      subject_id: officer.subject.id,
      address: '10.1.2.3',
      severity: 'warning',
      details: { filters: { family: 'queue', objectId: queueId, address: true, limit: 7 }, found: 1 },
    })
  })

  it('answers nothing where the record of the read cannot be written', async () => {
    const broken: Origin = { ...officer, requestId: 'r-9', subject: { kind: 'person', id: 'no uuid' } }
    await assert.rejects(
      call(auditSearchRoutes({ database: db.database }), listAuditEvents, { by: broken, query: {} }),
      /invalid input syntax for type uuid/,
    )
  })

  it('filters by everything that the contract names', async () => {
    assert.deepEqual(await actions({ action: 'contact.viewed' }), ['contact.viewed'])
    assert.deepEqual(await actions({ family: 'queue' }), ['queue.created'])
    assert.deepEqual(await actions({ family: 'que' }), [])
    assert.deepEqual(await actions({ result: 'failure' }), ['channel.tested', 'session.refused'])
    assert.deepEqual(await actions({ severity: 'warning', family: 'session' }), ['session.refused'])
    assert.deepEqual(await actions({ subjectId: agent.subject.id ?? '', limit: 2 }), ['channel.tested', 'contact.viewed'])
    assert.deepEqual(await actions({ objectId: contactId }), ['contact.viewed'])
    assert.deepEqual(await actions({ address: '2001:db8::/32' }), ['session.refused'])
    assert.deepEqual(await actions({ address: '10.1.2.3', family: 'queue' }), ['queue.created'])
    assert.deepEqual(await actions({ address: '10.1.2.4' }), [])
  })

  it('takes the beginning of a span in and leaves its end out', async () => {
    const [event] = (await list({ action: 'contact.viewed' })).rows
    const at = event?.at ?? ''
    const after = new Date(new Date(at).getTime() + 1).toISOString()
    assert.deepEqual(await actions({ from: at, to: after, objectId: contactId }), ['contact.viewed'])
    assert.deepEqual(await actions({ from: after, objectId: contactId }), [])
    assert.deepEqual(await actions({ to: at, objectId: contactId }), [])
  })

  it('refuses what is no address and no cursor', async () => {
    for (const address of ['10.1.2', '10.1.2.3/33', '10.0.0.0/8/8', 'localhost', "1'; drop table person"])
      await assert.rejects(list({ address }), (error) => isFailure(error, 'bad_request'))
    await assert.rejects(list({ cursor: 'nonsense' }), (error) => isFailure(error, 'invalid_input'))
  })

  it('goes on page by page, each event once, though many are of one moment', async () => {
    const objectId = newId(db.clock.now())
    const one: AuditEvent = { action: 'queue.changed', by: agent, object: { kind: 'queue', id: objectId } }
    for (let step = 0; step < 3; step++) await record(...Array.from({ length: 9 }, () => one))
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({
        objectId,
        limit: 4,
        ...(cursor === null ? {} : { cursor }),
      })
      assert.ok(page.rows.length <= 4)
      seen.push(...page.rows.map((row) => row.id))
      cursor = page.nextCursor
    } while (cursor !== null)
    assert.equal(seen.length, 27)
    assert.equal(new Set(seen).size, 27)
  })

  it('names the people by whom one can filter', async () => {
    const { answer } = await call(auditSearchRoutes({ database: db.database }), listAuditSubjects, { by: officer })
    assert.deepEqual(
      answer.rows.map((row) => row.label),
      ['Анна Агентова', 'Олег Строгий'],
    )
  })
})
