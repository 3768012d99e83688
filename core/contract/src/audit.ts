import { z } from 'zod'
import { cursor, id, instant, page } from './common.ts'
import { endpoint } from './endpoint.ts'
import { AUDIT_ACTIONS } from './names.ts'

/** The seven severities of ГОСТ Р 59548-2022, gravest first. */
export const AUDIT_SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'info', 'debug'] as const
export const AUDIT_SUBJECT_KINDS = ['person', 'contact', 'token', 'system', 'anonymous'] as const

export const auditEventView = z.object({
  id,
  at: instant,
  action: z.enum(AUDIT_ACTIONS),
  severity: z.enum(AUDIT_SEVERITIES),
  result: z.enum(['success', 'failure']),
  subject: z.object({ kind: z.enum(AUDIT_SUBJECT_KINDS), id: id.nullable(), label: z.string().nullable() }),
  object: z.object({ kind: z.string(), id: id.nullable(), label: z.string().nullable() }).nullable(),
  address: z.string().nullable(),
  requestId: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
})
export type AuditEventView = z.output<typeof auditEventView>

export const listAuditEvents = endpoint({
  method: 'GET',
  path: '/api/v1/audit-events',
  summary: 'Audit events, newest first; reading them is itself recorded',
  permission: 'audit.read',
  audit: 'audit.viewed',
  request: {
    query: page.extend({
      from: instant.optional(),
      to: instant.optional(),
      action: z.enum(AUDIT_ACTIONS).optional(),
      /** A whole family of actions: the part before the dot. */
      family: z
        .string()
        .regex(/^[a-z_]{1,40}$/)
        .optional(),
      result: z.enum(['success', 'failure']).optional(),
      severity: z.enum(AUDIT_SEVERITIES).optional(),
      subjectId: id.optional(),
      objectId: id.optional(),
      address: z.string().max(60).optional(),
    }),
  },
  response: z.object({ rows: z.array(auditEventView), nextCursor: cursor.nullable() }),
  errors: [],
})

export const listAuditSubjects = endpoint({
  method: 'GET',
  path: '/api/v1/audit-subjects',
  summary: 'People by whom the list can be filtered',
  permission: 'audit.read',
  audit: null,
  request: {},
  response: z.object({ rows: z.array(z.object({ id, label: z.string() })) }),
  errors: [],
})
