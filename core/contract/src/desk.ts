import { z } from 'zod'
import { id, name } from './common.ts'
import { agentStateView } from './agents.ts'
import { conversationRow } from './conversations.ts'
import { endpoint } from './endpoint.ts'

export const deskView = z.object({
  agentState: agentStateView,
  /** Items offered to this person now, soonest to expire first. */
  offers: z.array(conversationRow),
  counts: z.object({ mine: z.int(), pending: z.int(), queue: z.int() }),
  queues: z.array(z.object({ id, name, waiting: z.int() })),
  dispositions: z.array(z.object({ id, name })),
  colleagues: z.array(z.object({ id, displayName: name, state: z.string() })),
  serverTime: z.string(),
})
export type DeskView = z.output<typeof deskView>

export const readDesk = endpoint({
  method: 'GET',
  path: '/api/v1/desk',
  summary: "Everything around the agent's list: state, offers, counts, targets of a transfer",
  permission: 'desk.work',
  audit: null,
  request: {},
  response: deskView,
  errors: [],
})

export const search = endpoint({
  method: 'GET',
  path: '/api/v1/search',
  summary: 'Find conversations by words, number, name or address; best first',
  permission: 'search',
  audit: 'conversation.searched',
  request: {
    query: z.object({ q: z.string().trim().min(2).max(200), limit: z.coerce.number().int().min(1).max(50).default(20) }),
  },
  response: z.object({ rows: z.array(conversationRow.extend({ excerpt: z.string() })) }),
  errors: [],
})
