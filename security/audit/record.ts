import type { AuditAction } from '@oco/contract/names'
import { AUDIT_REGISTER, type AuditSeverity } from './register.ts'

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** By whom and from where something is done: the same for all events of one request. */
export interface Origin {
  readonly subject: { readonly kind: 'person' | 'contact' | 'token' | 'system' | 'anonymous'; readonly id: string | null }
  readonly address: string | null
  readonly requestId: string | null
}

/** The product itself: a drain, a clock, the command line. */
export const SYSTEM_ORIGIN: Origin = { subject: { kind: 'system', id: null }, address: null, requestId: null }

/** Ids and codes only, never personal data or what people wrote: the log outlives what it speaks of. */
export interface AuditEvent {
  readonly action: AuditAction
  readonly by: Origin
  /** Where it is missing, the register's own. */
  readonly result?: 'success' | 'failure'
  readonly object?: { readonly kind: string; readonly id: string | null }
  readonly details?: Readonly<Record<string, JsonValue>>
}

/** One event as the row that `auditInsertSql` takes; JSON carries it. */
export interface AuditRow {
  readonly id: string
  readonly at: Date
  readonly action: AuditAction
  readonly severity: AuditSeverity
  readonly result: 'success' | 'failure'
  readonly subject_kind: Origin['subject']['kind']
  readonly subject_id: string | null
  readonly object_kind: string | null
  readonly object_id: string | null
  readonly address: string | null
  readonly request_id: string | null
  readonly details: Readonly<Record<string, JsonValue>>
}

export const auditRow = (event: AuditEvent, id: string, at: Date): AuditRow => {
  const known = AUDIT_REGISTER[event.action]
  const result = event.result ?? known.result
  return {
    id,
    at,
    action: event.action,
    severity: result === 'success' ? known.severity : known.failureSeverity,
    result,
    subject_kind: event.by.subject.kind,
    subject_id: event.by.subject.id,
    object_kind: event.object?.kind ?? null,
    object_id: event.object?.id ?? null,
    address: plainAddress(event.by.address),
    request_id: event.by.requestId,
    details: event.details ?? {},
  }
}

/** Without the name of the network card that link-local IPv6 addresses carry (`fe80::1%eth0`, RFC 4007): PostgreSQL takes none. */
export const plainAddress = (address: string | null): string | null => address?.split('%', 1)[0] ?? null

const COLUMNS = [
  'id',
  'at',
  'action',
  'severity',
  'result',
  'subject_kind',
  'subject_id',
  'object_kind',
  'object_id',
  'address',
  'request_id',
  'details',
] as const satisfies readonly (keyof AuditRow)[]

/**
 * One insert of any number of rows; `parameter` (`$1`) is a JSON array of `AuditRow`. A row that does not fit fails the whole
 * statement, and with it the transaction in which it runs: no act without its record.
 */
export const auditInsertSql = (parameter: string): string => `insert into audit_event (${COLUMNS.join(', ')})
  select ${COLUMNS.join(', ')}
  from jsonb_to_recordset(${parameter}::jsonb) as row (id uuid, at timestamptz, action text, severity text, result text,
    subject_kind text, subject_id uuid, object_kind text, object_id uuid, address inet, request_id text, details jsonb)`

/** The same for a few rows, which the server takes faster value by value; `parameters` has those of `auditValues` for each row. */
export const auditInsertValuesSql = (parameters: readonly (readonly string[])[]): string =>
  `insert into audit_event (${COLUMNS.join(', ')}) values ${parameters.map((row) => `(${row.join(', ')})`).join(', ')}`

export const auditValues = (row: AuditRow): unknown[] => COLUMNS.map((column) => row[column])
export const AUDIT_VALUES_COUNT = COLUMNS.length

/**
 * One insert whose values are SQL: for a statement that changes something and records it by itself. `from` yields a row for each event,
 * and none where nothing was changed.
 */
export const auditInsertFrom = (values: Readonly<Record<keyof AuditRow, string>>, from: string): string => {
  const columns = Object.entries(values)
  return `insert into audit_event (${columns.map(([column]) => column).join(', ')})
  select ${columns.map(([, value]) => value).join(', ')}
  from ${from}`
}
