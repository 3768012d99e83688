import { isIP } from 'node:net'
import { AUDIT_ACTIONS, listAuditEvents, listAuditSubjects, type AuditEventView } from '@oco/contract'
import type { z } from 'zod'
import type { JsonValue } from '@oco/security'
import { Failure } from '../kernel/errors.ts'
import { parseTimeCursor, timeCursor } from '../platform/cursor.ts'
import { audit, sql, type Database, type Db, type Tx } from '../platform/db.ts'
import { route, type Route } from '../platform/http.ts'
import { labelsOf, type Labelled, type LabelOf } from './audit-labels.ts'

type Query = z.output<(typeof listAuditEvents)['request']['query']>
interface Page {
  readonly rows: AuditEventView[]
  readonly nextCursor: string | null
}

/** More people than any installation is made for; the filter is one page. */
const SUBJECTS_MAX = 5_000

/**
 * The officer's list. Reading it is itself an event, written in the transaction of the read: where it cannot be written, nothing
 * is answered.
 */
export const auditSearchRoutes = ({ database }: { database: Database }): Route[] => [
  route(listAuditEvents, ({ query, by }) =>
    database.transaction(async (tx) => {
      const page = await readPage(tx, query)
      audit(tx, { action: 'audit.viewed', by, details: { filters: filtersOf(query), found: page.rows.length } })
      return page
    }),
  ),
  route(listAuditSubjects, async () => ({ rows: await subjects(database.read) })),
]

/** Which filters were set, and their values where these are ids or codes: an address is neither. */
const filtersOf = ({ cursor, address, limit, ...codes }: Query): Record<string, JsonValue> => ({
  ...Object.fromEntries(Object.entries(codes).filter(([, value]) => value !== undefined)),
  ...(address === undefined ? {} : { address: true }),
  ...(cursor === undefined ? {} : { cursor: true }),
  limit,
})

const readPage = async (tx: Tx, query: Query): Promise<Page> => {
  const found = await filtered(tx, query)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute()
  const rows = found.slice(0, query.limit)
  const last = found.length > query.limit ? rows.at(-1) : undefined
  const labelOf = await labelsOf(tx, rows.flatMap(thingsOf))
  return {
    rows: rows.map((row) => viewOf(row, labelOf)),
    nextCursor: last === undefined ? null : timeCursor(last),
  }
}

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
] as const

type EventRow = Awaited<ReturnType<ReturnType<typeof filtered>['execute']>>[number]

const filtered = (tx: Tx, query: Query) => {
  let rows = tx.selectFrom('audit_event').select(COLUMNS)
  if (query.from !== undefined) rows = rows.where('at', '>=', new Date(query.from))
  if (query.to !== undefined) rows = rows.where('at', '<', new Date(query.to))
  if (query.action !== undefined) rows = rows.where('action', '=', query.action)
  if (query.family !== undefined) rows = rows.where('action', '=', sql<string>`any(${actionsOf(query.family)}::text[])`)
  if (query.result !== undefined) rows = rows.where('result', '=', query.result)
  if (query.severity !== undefined) rows = rows.where('severity', '=', query.severity)
  if (query.subjectId !== undefined) rows = rows.where('subject_id', '=', query.subjectId)
  if (query.objectId !== undefined) rows = rows.where('object_id', '=', query.objectId)
  if (query.address !== undefined) rows = rows.where(sql<boolean>`address <<= ${networkOf(query.address)}::inet`)
  if (query.cursor !== undefined) {
    const { at, id } = parseTimeCursor(query.cursor)
    // The first condition leaves out the partitions of later months, which the second alone does not.
    rows = rows.where('at', '<=', at).where(sql<boolean>`(at, id) < (${at}, ${id}::uuid)`)
  }
  return rows
}

const actionsOf = (family: string): string[] => AUDIT_ACTIONS.filter((action) => action.startsWith(`${family}.`))

/** An address or a network, as `10.0.0.0/8`. */
const networkOf = (text: string): string => {
  const [address = '', bits, ...rest] = text.trim().split('/')
  const family = isIP(address)
  const bitsMax = family === 6 ? 128 : 32
  const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax)
  if (family === 0 || !isNetwork || rest.length > 0)
    throw new Failure('bad_request', { fields: { 'query.address': 'neither an address nor a network' } })
  return text.trim()
}

const thingsOf = (row: EventRow): Labelled[] => [
  { kind: row.subject_kind, id: row.subject_id },
  { kind: row.object_kind ?? '', id: row.object_id },
]

const viewOf = (row: EventRow, labelOf: LabelOf): AuditEventView => {
  const subject = { kind: row.subject_kind as AuditEventView['subject']['kind'], id: row.subject_id }
  const object = row.object_kind === null ? null : { kind: row.object_kind, id: row.object_id }
  return {
    id: row.id,
    at: row.at.toISOString(),
    action: row.action as AuditEventView['action'],
    severity: row.severity as AuditEventView['severity'],
    result: row.result as AuditEventView['result'],
    subject: { ...subject, label: labelOf(subject) },
    object: object === null ? null : { ...object, label: labelOf(object) },
    address: row.address,
    requestId: row.request_id,
    details: row.details as AuditEventView['details'],
  }
}

const subjects = async (db: Db): Promise<{ id: string; label: string }[]> =>
  db
    .selectFrom('person')
    .select(['id', 'display_name as label'])
    .orderBy('display_name')
    .orderBy('id')
    .limit(SUBJECTS_MAX)
    .execute()
