import { z } from 'zod'
import { id, instant, name } from './common.ts'
import { endpoint } from './endpoint.ts'
import { AGENT_STATES, CHANNEL_KINDS, NOT_READY_REASONS, ROLES } from './names.ts'

export const boardView = z.object({
  at: instant,
  queues: z.array(
    z.object({
      id,
      name,
      waiting: z.int(),
      offered: z.int(),
      assigned: z.int(),
      pending: z.int(),
      longestWaitingSince: instant.nullable(),
      overdue: z.int(),
      /** Share of today's first replies given in time, 0 to 1; null before the first. */
      firstReplyInTime: z.number().nullable(),
      resolvedToday: z.int(),
    }),
  ),
  agents: z.array(
    z.object({
      id,
      displayName: name,
      role: z.enum(ROLES),
      state: z.enum(AGENT_STATES),
      reason: z.enum(NOT_READY_REASONS).nullable(),
      since: instant,
      capacityUsed: z.int(),
      capacityLimit: z.int(),
      assigned: z.int(),
      resolvedToday: z.int(),
    }),
  ),
  channels: z.array(
    z.object({ id, name, kind: z.enum(CHANNEL_KINDS), state: z.string(), receivedToday: z.int(), sentToday: z.int() }),
  ),
})
export type BoardView = z.output<typeof boardView>

export const readBoard = endpoint({
  method: 'GET',
  path: '/api/v1/board',
  summary: 'What waits, who is on, and how the channels are, now',
  permission: 'board.read',
  audit: null,
  request: {},
  response: boardView,
  errors: [],
})
