import { z } from 'zod'
import { byId, id, instant, name, version } from './common.ts'
import { endpoint } from './endpoint.ts'
import { CHANNEL_KINDS, WORK_ITEM_STATES } from './names.ts'

export const PRIORITY_MIN = 1
export const PRIORITY_MAX = 5

export const workItemView = z.object({
  id,
  number: z.int(),
  conversationId: id,
  channel: z.enum(CHANNEL_KINDS),
  state: z.enum(WORK_ITEM_STATES),
  queue: z.object({ id, name }),
  priority: z.int().min(PRIORITY_MIN).max(PRIORITY_MAX),
  skill: z.object({ id, name }).nullable(),
  assignee: z.object({ id, displayName: name }).nullable(),
  offer: z.object({ id, personId: id, expiresAt: instant }).nullable(),
  enqueuedAt: instant,
  assignedAt: instant.nullable(),
  firstReplyDueAt: instant.nullable(),
  firstRepliedAt: instant.nullable(),
  resolutionDueAt: instant.nullable(),
  resolvedAt: instant.nullable(),
  disposition: z.object({ id, name }).nullable(),
  reopenedFrom: id.nullable(),
  version,
})
export type WorkItemView = z.output<typeof workItemView>

const act = {
  method: 'POST',
  permission: 'work_item.handle',
  response: workItemView,
} as const

export const acceptOffer = endpoint({
  ...act,
  path: '/api/v1/work-items/:id/accept',
  summary: 'Accept the offer that stands for this person',
  audit: 'work_item.assigned',
  request: { params: byId, body: z.object({ offerId: id }) },
  errors: ['not_found', 'offer_gone'],
})

export const declineOffer = endpoint({
  ...act,
  path: '/api/v1/work-items/:id/decline',
  summary: 'Decline the offer; it goes to somebody else',
  audit: 'work_item.declined',
  request: { params: byId, body: z.object({ offerId: id }) },
  errors: ['not_found', 'offer_gone'],
})

export const takeWorkItem = endpoint({
  ...act,
  path: '/api/v1/work-items/:id/take',
  summary: 'Take a waiting item without an offer',
  audit: 'work_item.assigned',
  request: { params: byId },
  errors: ['not_found', 'illegal_transition', 'capacity_exceeded'],
})

export const releaseWorkItem = endpoint({
  ...act,
  path: '/api/v1/work-items/:id/release',
  summary: 'Give the item back to its queue',
  audit: 'work_item.released',
  request: { params: byId },
  errors: ['not_found', 'illegal_transition'],
})

export const transferTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('queue'), queueId: id }),
  z.object({ kind: z.literal('person'), personId: id }),
])

export const transferWorkItem = endpoint({
  ...act,
  path: '/api/v1/work-items/:id/transfer',
  summary: 'Hand the item to another queue or person, with a note',
  audit: 'work_item.transferred',
  request: { params: byId, body: z.object({ target: transferTarget, note: z.string().trim().max(2_000).default('') }) },
  errors: ['not_found', 'illegal_transition', 'capacity_exceeded', 'agent_offline'],
})

export const assignWorkItem = endpoint({
  ...act,
  path: '/api/v1/work-items/:id/assign',
  summary: 'Supervisor: give the item to a person at once',
  permission: 'work_item.assign',
  audit: 'work_item.assigned',
  request: { params: byId, body: z.object({ personId: id }) },
  errors: ['not_found', 'illegal_transition', 'capacity_exceeded', 'agent_offline'],
})

export const pendWorkItem = endpoint({
  ...act,
  path: '/api/v1/work-items/:id/pend',
  summary: 'Put the item aside until the customer answers or a moment comes',
  audit: 'work_item.pended',
  request: { params: byId, body: z.object({ until: instant.nullable() }) },
  errors: ['not_found', 'illegal_transition', 'invalid_input'],
})

export const resumeWorkItem = endpoint({
  ...act,
  path: '/api/v1/work-items/:id/resume',
  summary: 'Take an item that was put aside up again',
  audit: 'work_item.resumed',
  request: { params: byId },
  errors: ['not_found', 'illegal_transition', 'capacity_exceeded'],
})

export const resolveWorkItem = endpoint({
  ...act,
  path: '/api/v1/work-items/:id/resolve',
  summary: 'Complete the item with a disposition',
  audit: 'work_item.resolved',
  request: { params: byId, body: z.object({ dispositionId: id.nullable() }) },
  errors: ['not_found', 'illegal_transition', 'invalid_input'],
})
