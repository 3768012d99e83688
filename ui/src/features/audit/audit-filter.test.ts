import * as contract from '@oco/contract'
import { AUDIT_ACTIONS } from '@oco/contract/names'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  actionsOf,
  auditQuery,
  eventTone,
  FAMILIES,
  filterFromAddress,
  filterToAddress,
  isFiltered,
  NO_FILTER,
  SEVERITIES,
  uuidOf,
  type AuditFilter,
} from './audit-filter.ts'

const NOW = Date.parse('2026-02-03T09:00:00Z')
const ID = '018f3c1e-0000-7000-8000-000000000001'
const full: AuditFilter = {
  period: 'custom',
  from: '2026-02-01T00:00',
  to: '2026-02-02T00:00',
  family: 'session',
  action: 'session.refused',
  result: 'failure',
  severity: 'alert',
  subjectId: ID,
  objectId: ID,
  address: '10.0.0.1',
}

describe('the filter of the audit list', () => {
  it('asks for what the contract takes, whatever is chosen', () => {
    for (const filter of [NO_FILTER, full, { ...full, action: null }])
      assert.ok(contract.listAuditEvents.request.query.safeParse(auditQuery(filter, NOW)).success)
  })

  it('names every severity of the contract, gravest first', () => {
    assert.deepEqual(SEVERITIES, contract.AUDIT_SEVERITIES)
  })

  it('leaves a running period open at its end and an own one closed', () => {
    assert.deepEqual(auditQuery({ ...NO_FILTER, period: 'hour' }, NOW), { from: '2026-02-03T08:00:00.000Z' })
    assert.deepEqual(auditQuery({ ...NO_FILTER, period: 'all' }, NOW), {})
    assert.ok('to' in auditQuery(full, NOW))
  })

  it('asks for one action rather than its whole family', () => {
    const query = auditQuery(full, NOW)
    assert.equal(query?.action, 'session.refused')
    assert.ok(query && !('family' in query))
    assert.equal(auditQuery({ ...full, action: null }, NOW)?.family, 'session')
  })

  it('comes back from the page’s address as it went', () => {
    assert.deepEqual(filterFromAddress(filterToAddress(full)), full)
    assert.deepEqual(filterFromAddress(filterToAddress({ ...NO_FILTER })), NO_FILTER)
    assert.equal(isFiltered({ ...NO_FILTER }), false)
    assert.equal(isFiltered(full), true)
  })

  it('takes what it does not know in an address for absent', () => {
    const filter = filterFromAddress({ period: 'century', action: 'x.y', severity: ['alert'], subjectId: 'me', result: 'maybe' })
    assert.deepEqual(filter, NO_FILTER)
  })

  it('knows an id among what is pasted', () => {
    assert.equal(uuidOf(` ${ID.toUpperCase()} `), ID)
    assert.equal(uuidOf('42'), null)
  })

  it('spreads every action over the families', () => {
    assert.deepEqual(FAMILIES.flatMap(actionsOf).sort(), [...AUDIT_ACTIONS].sort())
  })

  it('marks grave events and failures, and leaves the rest calm', () => {
    assert.equal(eventTone({ severity: 'alert', result: 'failure' }), 'danger')
    assert.equal(eventTone({ severity: 'error', result: 'success' }), 'danger')
    assert.equal(eventTone({ severity: 'warning', result: 'failure' }), 'warn')
    assert.equal(eventTone({ severity: 'warning', result: 'success' }), null)
    assert.equal(eventTone({ severity: 'debug', result: 'success' }), null)
  })
})

describe('the words of the audit list', () => {
  for (const locale of ['ru', 'en']) {
    const words: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../i18n', locale, 'audit.json'), 'utf8'))
    const at = (path: string): unknown =>
      path
        .split('.')
        .reduce<unknown>(
          (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
          words,
        )

    it(`has a label for every action, family, severity and kind of subject: ${locale}`, () => {
      const wanted = [
        ...AUDIT_ACTIONS.map((action) => `action.${action}`),
        ...FAMILIES.map((family) => `family.${family}`),
        ...SEVERITIES.map((severity) => `severity.${severity}`),
        ...contract.AUDIT_SUBJECT_KINDS.map((kind) => `subject_kind.${kind}`),
      ]
      assert.deepEqual(
        wanted.filter((path) => typeof at(path) !== 'string' || at(path) === ''),
        [],
      )
    })

    it(`has no label twice, so that two actions cannot be taken for each other: ${locale}`, () => {
      const labels = AUDIT_ACTIONS.map((action) => at(`action.${action}`))
      assert.equal(new Set(labels).size, labels.length)
    })
  }
})
