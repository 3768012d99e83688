import type { AgentStateName, AgentStateView, NotReadyReason } from '@oco/contract'
import type { Origin } from '@oco/security'
import { newId } from '../kernel/ids.ts'
import { audit, live, wake, type Db, type Tx } from '../platform/db.ts'
import { findAgent, type AgentStore, type ChangedAgent } from './agent-store.ts'
import { neverAnAgent } from './agent-state.ts'

export interface NewState {
  readonly personId: string
  readonly state: AgentStateName
  readonly reason: NotReadyReason | null
  readonly now: Date
  readonly onlyFrom?: 'ready'
  readonly onlyGoneBy?: Date
}

/** Changes a state and writes it down; null where nothing changed. What is offered to the agent is the caller's to withdraw. */
export const enterState = async (tx: Tx, by: Origin, next: NewState, store: AgentStore): Promise<ChangedAgent | null> => {
  const changed = await store.changeState(tx, {
    ...next,
    changedBy: by.subject.kind === 'person' ? by.subject.id : null,
    changeId: newId(next.now),
  })
  if (changed === null) return null
  const { personId, state, reason } = changed
  audit(tx, { action: 'agent_state.changed', by, object: { kind: 'person', id: personId }, details: { state, reason } })
  live(tx, { type: 'agent_state.changed', personId })
  wake(tx, 'agents')
  if (state === 'ready') {
    wake(tx, 'offers')
    // The clock watches whether somebody ready is still there.
    wake(tx, 'deadlines')
  }
  return changed
}

/** The state and load of a person; who is no agent is shown as offline. */
export const agentStateView = async (db: Db, personId: string): Promise<AgentStateView> => {
  const found = await findAgent(db, personId)
  if (found === null) return neverAnAgent(personId)
  const { blocked: _, ...view } = found
  return view
}
