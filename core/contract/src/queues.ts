import { z } from 'zod'
import { byId, id, name, version } from './common.ts'
import { endpoint } from './endpoint.ts'
import { PRIORITY_MAX, PRIORITY_MIN } from './work-items.ts'

export const OFFER_TIMEOUT_MS_MIN = 5_000
export const OFFER_TIMEOUT_MS_MAX = 600_000
export const TARGET_MS_MAX = 90 * 86_400_000

const queueFields = z.object({
  name,
  priority: z.int().min(PRIORITY_MIN).max(PRIORITY_MAX),
  skillId: id.nullable(),
  offerTimeoutMs: z.int().min(OFFER_TIMEOUT_MS_MIN).max(OFFER_TIMEOUT_MS_MAX),
  firstReplyTargetMs: z.int().min(1_000).max(TARGET_MS_MAX).nullable(),
  resolutionTargetMs: z.int().min(1_000).max(TARGET_MS_MAX).nullable(),
})
export const queueView = queueFields.extend({
  id,
  memberCount: z.int(),
  channelNames: z.array(z.string()),
  openItems: z.int(),
  version,
})
export type QueueView = z.output<typeof queueView>

const manage = { permission: 'queues.manage' } as const

export const listQueues = endpoint({
  ...manage,
  method: 'GET',
  path: '/api/v1/queues',
  summary: 'All queues with their use',
  audit: null,
  request: {},
  response: z.object({ rows: z.array(queueView) }),
  errors: [],
})

export const createQueue = endpoint({
  ...manage,
  method: 'POST',
  path: '/api/v1/queues',
  summary: 'Add a queue',
  audit: 'queue.created',
  request: { body: queueFields.partial().extend({ name }) },
  response: queueView,
  errors: ['name_taken', 'invalid_input'],
})

export const changeQueue = endpoint({
  ...manage,
  method: 'PATCH',
  path: '/api/v1/queues/:id',
  summary: 'Change a queue',
  audit: 'queue.changed',
  request: { params: byId, body: queueFields.partial().extend({ version }) },
  response: queueView,
  errors: ['not_found', 'name_taken', 'version_conflict', 'invalid_input'],
})

export const removeQueue = endpoint({
  ...manage,
  method: 'DELETE',
  path: '/api/v1/queues/:id',
  summary: 'Remove a queue that nothing uses',
  audit: 'queue.removed',
  request: { params: byId },
  response: 'none',
  errors: ['not_found', 'in_use'],
})

const named = z.object({ id, name })

export const listSkills = endpoint({
  ...manage,
  method: 'GET',
  path: '/api/v1/skills',
  summary: 'All skills',
  audit: null,
  request: {},
  response: z.object({ rows: z.array(named) }),
  errors: [],
})

export const createSkill = endpoint({
  ...manage,
  method: 'POST',
  path: '/api/v1/skills',
  summary: 'Add a skill',
  audit: 'skill.created',
  request: { body: z.object({ name }) },
  response: named,
  errors: ['name_taken'],
})

export const removeSkill = endpoint({
  ...manage,
  method: 'DELETE',
  path: '/api/v1/skills/:id',
  summary: 'Remove a skill that no queue and no open item needs',
  audit: 'skill.removed',
  request: { params: byId },
  response: 'none',
  errors: ['not_found', 'in_use'],
})

export const listDispositions = endpoint({
  ...manage,
  method: 'GET',
  path: '/api/v1/dispositions',
  summary: 'All dispositions',
  audit: null,
  request: {},
  response: z.object({ rows: z.array(named) }),
  errors: [],
})

export const createDisposition = endpoint({
  ...manage,
  method: 'POST',
  path: '/api/v1/dispositions',
  summary: 'Add a disposition',
  audit: 'disposition.created',
  request: { body: z.object({ name }) },
  response: named,
  errors: ['name_taken'],
})

export const removeDisposition = endpoint({
  ...manage,
  method: 'DELETE',
  path: '/api/v1/dispositions/:id',
  summary: 'Stop offering a disposition; items that have it keep it',
  audit: 'disposition.removed',
  request: { params: byId },
  response: 'none',
  errors: ['not_found'],
})
