export { type AgentLoad } from './agent-pool.ts'
export { readPool } from './agent-pool-store.ts'
export { chooseAgent, REFUSAL_MEMORY_MS, type Decision } from './choose-agent.ts'
export { createPoolKeeper, type PoolKeeper } from './pool-service.ts'
