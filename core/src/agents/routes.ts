import {
  changeAgentState,
  changeOwnAgentState,
  readOwnAgentState,
  type AgentStateChange,
  type AgentStateView,
} from '@oco/contract'
import type { Origin } from '@oco/security'
import { personOf, route, type Route } from '../platform/http.ts'

export interface AgentRouteDeps {
  readonly viewOf: (personId: string) => Promise<AgentStateView>
  /** Throws `not_found` where the person is no agent. */
  readonly changeState: (by: Origin, request: { personId: string; change: AgentStateChange }) => Promise<void>
}

export const agentRoutes = ({ viewOf, changeState }: AgentRouteDeps): Route[] => {
  const change = async (by: Origin, personId: string, wanted: AgentStateChange): Promise<AgentStateView> => {
    await changeState(by, { personId, change: wanted })
    return viewOf(personId)
  }
  return [
    route(readOwnAgentState, ({ actor }) => viewOf(personOf(actor).personId)),
    route(changeOwnAgentState, ({ actor, by, body }) => change(by, personOf(actor).personId, body)),
    route(changeAgentState, ({ by, params, body }) => change(by, params.id, body)),
  ]
}
