import type { AuditEventView, Endpoints, SentTo } from '@oco/contract'
import { AUDIT_ACTIONS, type AuditAction } from '@oco/contract/names'

export const AUDIT_PERIODS = ['hour', 'day', 'week', 'month', 'all', 'custom'] as const
export type AuditPeriod = (typeof AUDIT_PERIODS)[number]
export const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'info', 'debug'] as const
export type Severity = (typeof SEVERITIES)[number]

/** What the officer looks for. Kept in the page's address, so that a search can be sent to a colleague and gone back to. */
export interface AuditFilter {
  period: AuditPeriod
  /** Of the period `custom`: `2026-02-03T09:00` by the workstation's clock, empty for no bound. */
  from: string
  to: string
  family: string | null
  action: AuditAction | null
  result: 'success' | 'failure' | null
  severity: Severity | null
  subjectId: string | null
  objectId: string | null
  address: string
}

export const NO_FILTER: Readonly<AuditFilter> = {
  period: 'week',
  from: '',
  to: '',
  family: null,
  action: null,
  result: null,
  severity: null,
  subjectId: null,
  objectId: null,
  address: '',
}

export const familyOf = (action: AuditAction): string => action.slice(0, action.indexOf('.'))

/** The part of an action before the dot, each once, in the contract's order. */
export const FAMILIES: readonly string[] = [...new Set(AUDIT_ACTIONS.map(familyOf))]

export const actionsOf = (family: string): AuditAction[] => AUDIT_ACTIONS.filter((action) => familyOf(action) === family)

const PERIOD_MS: Partial<Record<AuditPeriod, number>> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
}

/** What is asked of the server. A period that ends now is left open, so that pages of it stay one list. */
export function auditQuery(filter: AuditFilter, now: number): SentTo<Endpoints['listAuditEvents']>['query'] {
  const length = PERIOD_MS[filter.period]
  const from =
    filter.period === 'custom' ? instantOf(filter.from) : length === undefined ? null : new Date(now - length).toISOString()
  const to = filter.period === 'custom' ? instantOf(filter.to) : null
  const address = filter.address.trim()
  return {
    ...(from && { from }),
    ...(to && { to }),
    ...(filter.action ? { action: filter.action } : filter.family && { family: filter.family }),
    ...(filter.result && { result: filter.result }),
    ...(filter.severity && { severity: filter.severity }),
    ...(filter.subjectId && { subjectId: filter.subjectId }),
    ...(filter.objectId && { objectId: filter.objectId }),
    ...(address && { address }),
  }
}

function instantOf(local: string): string | null {
  const at = Date.parse(local)
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}

/** Only what differs from no filter, for the page's address. */
export function filterToAddress(filter: AuditFilter): Record<string, string> {
  const pairs = Object.entries(filter).filter(
    ([field, value]) => value !== null && value !== NO_FILTER[field as keyof AuditFilter],
  )
  return Object.fromEntries(pairs.map(([field, value]) => [field, String(value)]))
}

/** Whatever stands in an address: unknown words count as absent. */
export function filterFromAddress(query: Readonly<Record<string, unknown>>): AuditFilter {
  const text = (field: string): string => (typeof query[field] === 'string' ? query[field] : '')
  const oneOf = <T extends string>(field: string, known: readonly T[]): T | null =>
    known.find((one) => one === text(field)) ?? null
  const action = oneOf('action', AUDIT_ACTIONS)
  return {
    period: oneOf('period', AUDIT_PERIODS) ?? NO_FILTER.period,
    from: text('from'),
    to: text('to'),
    family: action ? familyOf(action) : oneOf('family', FAMILIES),
    action,
    result: oneOf('result', ['success', 'failure']),
    severity: oneOf('severity', SEVERITIES),
    subjectId: uuidOf(text('subjectId')),
    objectId: uuidOf(text('objectId')),
    address: text('address'),
  }
}

export const uuidOf = (text: string): string | null =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text.trim()) ? text.trim().toLowerCase() : null

export const isFiltered = (filter: AuditFilter): boolean => Object.keys(filterToAddress(filter)).length > 0

/** danger: something failed gravely; warn: a refusal or a warning worth a look; null: everyday. */
export function eventTone(event: Pick<AuditEventView, 'severity' | 'result'>): 'danger' | 'warn' | null {
  if (SEVERITIES.indexOf(event.severity) <= SEVERITIES.indexOf('error')) return 'danger'
  return event.result === 'failure' ? 'warn' : null
}
