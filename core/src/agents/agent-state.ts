import type { AgentStateChange, AgentStateView, NotReadyReason } from '@oco/contract'

/** A live page renews its agent's connection so often, */
export const CONNECTION_RENEW_MS = 10_000
/** and each renewal lasts so long, so that the pages of a dead process count as gone soon. */
export const CONNECTION_LEASE_MS = 30_000
/** Time to come back after a lost connection, before a ready agent counts as gone. */
export const DISCONNECT_GRACE_MS = 20_000

export const reasonOf = (change: AgentStateChange): NotReadyReason | null => (change.state === 'not_ready' ? change.reason : null)

/** A ready agent whose connection ended by this moment has not come back in time. */
export const goneBy = (now: Date): Date => new Date(now.getTime() - DISCONNECT_GRACE_MS)

export const neverAnAgent = (personId: string): AgentStateView => ({
  personId,
  state: 'offline',
  reason: null,
  since: new Date(0).toISOString(),
  capacityLimit: 0,
  capacityUsed: 0,
})
