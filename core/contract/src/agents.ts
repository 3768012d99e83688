import { z } from 'zod'
import { byId, id, instant } from './common.ts'
import { endpoint } from './endpoint.ts'
import { AGENT_STATES, NOT_READY_REASONS } from './names.ts'

export const agentStateView = z.object({
  personId: id,
  state: z.enum(AGENT_STATES),
  reason: z.enum(NOT_READY_REASONS).nullable(),
  since: instant,
  capacityLimit: z.int(),
  capacityUsed: z.int(),
})
export type AgentStateView = z.output<typeof agentStateView>

/** The reasons that a person may choose; the others are set by the product. */
export const CHOSEN_REASONS = ['break', 'lunch', 'meeting', 'training', 'back_office'] as const

export const agentStateChange = z.discriminatedUnion('state', [
  z.object({ state: z.literal('ready') }),
  z.object({ state: z.literal('not_ready'), reason: z.enum(CHOSEN_REASONS) }),
  z.object({ state: z.literal('offline') }),
])
export type AgentStateChange = z.output<typeof agentStateChange>

export const readOwnAgentState = endpoint({
  method: 'GET',
  path: '/api/v1/agent-state',
  summary: 'The own state and load',
  permission: 'agent_state.own',
  audit: null,
  request: {},
  response: agentStateView,
  errors: [],
})

export const changeOwnAgentState = endpoint({
  method: 'PUT',
  path: '/api/v1/agent-state',
  summary: 'Become ready, not ready with a reason, or offline',
  permission: 'agent_state.own',
  audit: 'agent_state.changed',
  request: { body: agentStateChange },
  response: agentStateView,
  errors: [],
})

export const changeAgentState = endpoint({
  method: 'PUT',
  path: '/api/v1/agents/:id/state',
  summary: "Change another agent's state",
  permission: 'agent_state.change',
  audit: 'agent_state.changed',
  request: { params: byId, body: agentStateChange },
  response: agentStateView,
  errors: ['not_found'],
})
