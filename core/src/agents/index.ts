export { CONNECTION_LEASE_MS, CONNECTION_RENEW_MS, DISCONNECT_GRACE_MS, goneBy, reasonOf } from './agent-state.ts'
export { agentStore, type AgentStore, type ChangedAgent } from './agent-store.ts'
export { agentStateView, enterState } from './agents-service.ts'
export { agentRoutes, type AgentRouteDeps } from './routes.ts'
