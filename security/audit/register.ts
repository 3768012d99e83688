import type { AuditAction } from '@oco/contract/names'

/** The seven severities of ГОСТ Р 59548-2022, gravest first. */
export type AuditSeverity = 'emergency' | 'alert' | 'critical' | 'error' | 'warning' | 'info' | 'debug'

/**
 * access: somebody came, was refused or went; change: a state became another; read: somebody saw what is not open to all;
 * operation: the product itself did something or failed to.
 */
export type AuditNature = 'access' | 'change' | 'read' | 'operation'

export interface AuditClass {
  /** Of an event with the result `success`. */
  readonly severity: AuditSeverity
  /** Of an event with the result `failure`. */
  readonly failureSeverity: AuditSeverity
  readonly nature: AuditNature
  /** What an event of this action has when its writer names none. */
  readonly result: 'success' | 'failure'
}

const of = (nature: AuditNature, severity: AuditSeverity): AuditClass => ({
  nature,
  severity,
  failureSeverity: severity === 'debug' || severity === 'info' ? 'warning' : severity,
  result: 'success',
})
const failed = (nature: AuditNature, severity: AuditSeverity): AuditClass => ({ ...of(nature, severity), result: 'failure' })

/** Every action of the contract has its class here, or this does not compile. */
export const AUDIT_REGISTER: Readonly<Record<AuditAction, AuditClass>> = {
  'session.started': of('access', 'info'),
  'session.refused': failed('access', 'warning'),
  'session.locked_out': failed('access', 'alert'),
  'session.ended': of('access', 'info'),
  'access.refused': failed('access', 'warning'),
  'password.changed': of('change', 'warning'),
  'setup.completed': of('change', 'warning'),
  'setup.refused': failed('access', 'alert'),
  'settings.changed': of('change', 'warning'),
  'person.created': of('change', 'warning'),
  'person.changed': of('change', 'warning'),
  'person.blocked': of('change', 'warning'),
  'queue.created': of('change', 'info'),
  'queue.changed': of('change', 'info'),
  'queue.removed': of('change', 'warning'),
  'skill.created': of('change', 'info'),
  'skill.removed': of('change', 'info'),
  'disposition.created': of('change', 'info'),
  'disposition.removed': of('change', 'info'),
  'channel.created': of('change', 'warning'),
  'channel.changed': of('change', 'warning'),
  'channel.tested': of('operation', 'info'),
  'channel.state_changed': of('operation', 'info'),
  'channel.message_set_aside': failed('operation', 'error'),
  'channel.set_aside_retried': of('operation', 'info'),
  'token.created': of('change', 'warning'),
  'token.revoked': of('change', 'warning'),
  'contact.created': of('change', 'info'),
  'contact.changed': of('change', 'info'),
  'contact.viewed': of('read', 'info'),
  'contact.erasure_began': of('change', 'warning'),
  'contact.erased': of('change', 'warning'),
  'consent.given': of('change', 'info'),
  'conversation.started': of('change', 'info'),
  'conversation.viewed': of('read', 'info'),
  'conversation.listed': of('read', 'debug'),
  'conversation.searched': of('read', 'info'),
  'conversation.transcript_sent': of('read', 'info'),
  'attachment.viewed': of('read', 'info'),
  'message.received': of('change', 'debug'),
  'message.queued': of('change', 'info'),
  'message.sent': of('operation', 'debug'),
  'message.failed': failed('operation', 'error'),
  'message.bounced': failed('operation', 'warning'),
  'note.added': of('change', 'info'),
  'draft.saved': of('change', 'debug'),
  'draft.removed': of('change', 'debug'),
  'work_item.enqueued': of('change', 'debug'),
  'work_item.offered': of('change', 'debug'),
  'work_item.declined': of('change', 'info'),
  'work_item.offer_expired': of('change', 'info'),
  'work_item.offer_withdrawn': of('change', 'info'),
  'work_item.assigned': of('change', 'info'),
  'work_item.released': of('change', 'info'),
  'work_item.transferred': of('change', 'info'),
  'work_item.pended': of('change', 'info'),
  'work_item.resumed': of('change', 'info'),
  'work_item.resolved': of('change', 'info'),
  'work_item.reopened': of('change', 'info'),
  'agent_state.changed': of('change', 'info'),
  'audit.viewed': of('read', 'warning'),
  'demo.loaded': of('change', 'warning'),
  'demo.removed': of('change', 'warning'),
  'system.started': of('operation', 'info'),
  'system.stopped': of('operation', 'info'),
}
