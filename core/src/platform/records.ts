import { AUDIT_VALUES_COUNT, auditInsertSql, auditInsertValuesSql, auditRow, auditValues, type AuditEvent } from '@oco/security'
import type { LIVE_EVENT_TYPES } from '@oco/contract'
import { CompiledQuery } from 'kysely'
import { newId } from '../kernel/ids.ts'

export interface LiveRow {
  readonly type: (typeof LIVE_EVENT_TYPES)[number]
  readonly conversationId?: string | null
  readonly workItemId?: string | null
  readonly queueId?: string | null
  readonly personId?: string | null
  readonly messageId?: string | null
}

/** What a step leaves beside its changes. */
export interface Records {
  readonly audit: readonly AuditEvent[]
  readonly live: readonly LiveRow[]
}

/** For statements that write their live rows by themselves; they `wake` the topic `live`. */
export const LIVE_INTO = 'insert into live_event (at, type, conversation_id, work_item_id, queue_id, person_id, message_id)'
const LIVE_VALUES_COUNT = 7

/** Up to so many rows of each kind go value by value; each pair of numbers is a statement of its own. */
const VALUES_ROWS_MAX = 4

/** One statement for all records of a step; null where there are none. */
export const recordsQuery = (records: Records, at: Date): CompiledQuery | null => {
  const { audit, live } = records
  if (audit.length + live.length === 0) return null
  if (audit.length <= VALUES_ROWS_MAX && live.length <= VALUES_ROWS_MAX) return byValues(records, at)
  return byJson(records, at)
}

const byValues = ({ audit, live }: Records, at: Date): CompiledQuery => {
  const values: unknown[] = []
  for (const event of audit) values.push(...auditValues(auditRow(event, newId(at), at)))
  for (const row of live) values.push(...liveValues(row, at))
  return CompiledQuery.raw(valuesSql(audit.length, live.length), values)
}

const liveValues = (row: LiveRow, at: Date): unknown[] => [
  at,
  row.type,
  row.conversationId,
  row.workItemId,
  row.queueId,
  row.personId,
  row.messageId,
]

const valuesTexts = new Map<number, string>()

const valuesSql = (auditRows: number, liveRows: number): string => {
  const key = auditRows * (VALUES_ROWS_MAX + 1) + liveRows
  const known = valuesTexts.get(key)
  if (known !== undefined) return known
  const audited = auditInsertValuesSql(parameterRows(0, auditRows, AUDIT_VALUES_COUNT))
  const lived = `${LIVE_INTO} values ${parameterRows(auditRows * AUDIT_VALUES_COUNT, liveRows, LIVE_VALUES_COUNT)
    .map((row) => `(${row.join(', ')})`)
    .join(', ')}`
  const text = auditRows === 0 ? lived : liveRows === 0 ? audited : `with recorded as (${audited}) ${lived}`
  valuesTexts.set(key, text)
  return text
}

const parameterRows = (after: number, rows: number, columns: number): string[][] =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_column, column) => `$${after + row * columns + column + 1}`),
  )

const LIVE_JSON = `${LIVE_INTO}
  select at, type, conversation_id, work_item_id, queue_id, person_id, message_id
  from jsonb_to_recordset($2::jsonb) as row (at timestamptz, type text, conversation_id uuid, work_item_id uuid, queue_id uuid,
    person_id uuid, message_id uuid)`
const BOTH_JSON = `with recorded as (${auditInsertSql('$1')}) ${LIVE_JSON}`

const byJson = ({ audit, live }: Records, at: Date): CompiledQuery => {
  const audited = JSON.stringify(audit.map((event) => auditRow(event, newId(at), at)))
  return CompiledQuery.raw(BOTH_JSON, [audited, JSON.stringify(live.map((row) => liveRow(row, at)))])
}

const liveRow = (row: LiveRow, at: Date) => ({
  at,
  type: row.type,
  conversation_id: row.conversationId,
  work_item_id: row.workItemId,
  queue_id: row.queueId,
  person_id: row.personId,
  message_id: row.messageId,
})
