import assert from 'node:assert/strict'
import { AUDIT_ACTIONS, AUDIT_SEVERITIES, endpoints } from '@oco/contract'
import { auditInsertSql, auditRow, SYSTEM_ORIGIN, type Origin } from './record.ts'
import { AUDIT_REGISTER } from './register.ts'

const AT = new Date('2026-03-02T08:00:00Z')
const ID = '01900000-0000-7000-8000-000000000001'

describe('the audit register', () => {
  it('has classified every action of the contract, and no other', () => {
    assert.deepEqual(Object.keys(AUDIT_REGISTER).sort(), [...AUDIT_ACTIONS].sort())
    for (const known of Object.values(AUDIT_REGISTER)) {
      assert.ok(AUDIT_SEVERITIES.includes(known.severity))
      assert.ok(AUDIT_SEVERITIES.includes(known.failureSeverity))
    }
  })

  it('never takes a failure more lightly than a success', () => {
    for (const [action, known] of Object.entries(AUDIT_REGISTER))
      assert.ok(AUDIT_SEVERITIES.indexOf(known.failureSeverity) <= AUDIT_SEVERITIES.indexOf(known.severity), action)
  })

  it('calls what an endpoint only reads a read, an operation or an access, never a change', () => {
    for (const [name, endpoint] of Object.entries(endpoints))
      if (endpoint.method === 'GET' && endpoint.audit !== null) assert.equal(AUDIT_REGISTER[endpoint.audit].nature, 'read', name)
  })
})

describe('an audit row', () => {
  it('takes result and severity from the register', () => {
    const row = auditRow({ action: 'session.refused', by: SYSTEM_ORIGIN }, ID, AT)
    assert.equal(row.result, 'failure')
    assert.equal(row.severity, 'warning')
    const started = auditRow({ action: 'session.started', by: SYSTEM_ORIGIN }, ID, AT)
    assert.deepEqual([started.result, started.severity], ['success', 'info'])
  })

  it('is graver where the writer says that it failed', () => {
    const row = auditRow({ action: 'channel.tested', by: SYSTEM_ORIGIN, result: 'failure' }, ID, AT)
    assert.deepEqual([row.result, row.severity], ['failure', 'warning'])
  })

  it('carries who, from where, in which request, and what', () => {
    const by: Origin = { subject: { kind: 'person', id: ID }, address: '10.0.0.7', requestId: 'r-1' }
    const row = auditRow({ action: 'contact.viewed', by, object: { kind: 'contact', id: ID }, details: { count: 1 } }, ID, AT)
    assert.deepEqual(row, {
      id: ID,
      at: AT,
      action: 'contact.viewed',
      severity: 'info',
      result: 'success',
      subject_kind: 'person',
      subject_id: ID,
      object_kind: 'contact',
      object_id: ID,
      address: '10.0.0.7',
      request_id: 'r-1',
      details: { count: 1 },
    })
  })

  it('takes an address as PostgreSQL does', () => {
    const addressOf = (address: string | null) =>
      auditRow({ action: 'system.started', by: { ...SYSTEM_ORIGIN, address } }, ID, AT).address
    assert.equal(addressOf('fe80::1%eth0'), 'fe80::1')
    assert.equal(addressOf('10.0.0.7'), '10.0.0.7')
    assert.equal(addressOf(null), null)
  })

  it('goes in through the parameter that it is given', () => {
    assert.match(auditInsertSql('$7'), /jsonb_to_recordset\(\$7::jsonb\)/)
  })
})
