/**
 * Every name that the rest of the product refers to by text: permissions, roles, error codes, audit actions, channels, states.
 * A name that is not here does not compile elsewhere.
 */

export const CHANNEL_KINDS = ['email', 'webchat', 'intake'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

export const PERMISSIONS = [
  'public',
  'session.own',
  'desk.work',
  'conversation.read',
  'conversation.read_all',
  'conversation.reply',
  'conversation.note',
  'work_item.handle',
  'work_item.assign',
  'agent_state.own',
  'agent_state.change',
  'contact.change',
  'contact.erase',
  'search',
  'board.read',
  'people.manage',
  'queues.manage',
  'channels.manage',
  'settings.manage',
  'tokens.manage',
  'audit.read',
  'crypto.read',
  'setup',
  'intake.create',
  'webchat.visit',
  'metrics.read',
] as const
export type Permission = (typeof PERMISSIONS)[number]

export const ROLES = ['agent', 'supervisor', 'security_officer', 'administrator'] as const
export type Role = (typeof ROLES)[number]

export const WORK_ITEM_STATES = ['waiting', 'offered', 'assigned', 'pending', 'resolved'] as const
export type WorkItemState = (typeof WORK_ITEM_STATES)[number]

export const AGENT_STATES = ['ready', 'not_ready', 'offline'] as const
export type AgentStateName = (typeof AGENT_STATES)[number]

export const NOT_READY_REASONS = ['break', 'lunch', 'meeting', 'training', 'back_office', 'missed_offer', 'disconnected'] as const
export type NotReadyReason = (typeof NOT_READY_REASONS)[number]

/** Why an adapter could not read something. What was read and could not be taken further has the error's own text as its reason instead. */
export const SET_ASIDE_REASONS = [
  'too_large',
  'too_many_parts',
  'nested_too_deep',
  'no_sender',
  'too_slow',
  'unreadable',
  'not_stored',
] as const
export type SetAsideReason = (typeof SET_ASIDE_REASONS)[number]

/** code -> HTTP status and whether the same call may succeed later without a change. */
export const ERRORS = {
  bad_request: { status: 400, retryable: false },
  unauthenticated: { status: 401, retryable: false },
  bad_credentials: { status: 401, retryable: false },
  csrf_mismatch: { status: 403, retryable: false },
  forbidden: { status: 403, retryable: false },
  origin_not_allowed: { status: 403, retryable: false },
  setup_code_wrong: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  conflict: { status: 409, retryable: true },
  version_conflict: { status: 409, retryable: false },
  illegal_transition: { status: 409, retryable: false },
  offer_gone: { status: 409, retryable: false },
  capacity_exceeded: { status: 409, retryable: true },
  agent_offline: { status: 409, retryable: true },
  login_taken: { status: 409, retryable: false },
  name_taken: { status: 409, retryable: false },
  in_use: { status: 409, retryable: false },
  idempotency_mismatch: { status: 409, retryable: false },
  setup_done: { status: 409, retryable: false },
  last_administrator: { status: 409, retryable: false },
  channel_unusable: { status: 409, retryable: false },
  body_too_large: { status: 413, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  invalid_input: { status: 422, retryable: false },
  weak_password: { status: 422, retryable: false },
  rate_limited: { status: 429, retryable: true },
  locked_out: { status: 429, retryable: true },
  internal: { status: 500, retryable: true },
  connection_failed: { status: 502, retryable: true },
  shutting_down: { status: 503, retryable: true },
  not_ready: { status: 503, retryable: true },
} as const satisfies Record<string, { status: number; retryable: boolean }>
export type ErrorCode = keyof typeof ERRORS

export const AUDIT_ACTIONS = [
  'session.started',
  'session.refused',
  'session.locked_out',
  'session.ended',
  'access.refused',
  'password.changed',
  'setup.completed',
  'setup.refused',
  'settings.changed',
  'person.created',
  'person.changed',
  'person.blocked',
  'queue.created',
  'queue.changed',
  'queue.removed',
  'skill.created',
  'skill.removed',
  'disposition.created',
  'disposition.removed',
  'channel.created',
  'channel.changed',
  'channel.tested',
  'channel.state_changed',
  'channel.message_set_aside',
  'channel.set_aside_retried',
  'token.created',
  'token.revoked',
  'contact.created',
  'contact.changed',
  'contact.viewed',
  'contact.erasure_began',
  'contact.erased',
  'consent.given',
  'conversation.started',
  'conversation.viewed',
  'conversation.listed',
  'conversation.searched',
  'conversation.transcript_sent',
  'attachment.viewed',
  'message.received',
  'message.queued',
  'message.sent',
  'message.failed',
  'message.bounced',
  'note.added',
  'draft.saved',
  'draft.removed',
  'work_item.enqueued',
  'work_item.offered',
  'work_item.declined',
  'work_item.offer_expired',
  'work_item.offer_withdrawn',
  'work_item.assigned',
  'work_item.released',
  'work_item.transferred',
  'work_item.pended',
  'work_item.resumed',
  'work_item.resolved',
  'work_item.reopened',
  'agent_state.changed',
  'audit.viewed',
  'demo.loaded',
  'demo.removed',
  'system.started',
  'system.stopped',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]
