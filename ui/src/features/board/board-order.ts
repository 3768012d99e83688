import type { BoardView } from '@oco/contract'

export type BoardQueue = BoardView['queues'][number]
export type BoardAgent = BoardView['agents'][number]
export type BoardChannel = BoardView['channels'][number]
export type Alarm = 'danger' | 'warn' | 'calm'

/** Above this wait a queue is marked although nothing in it is overdue yet. */
export const LONG_WAIT_MS = 5 * 60_000
/** Below this share of first replies in time a queue is marked. */
export const REPLY_SHARE_LOW = 0.8

const RANK: Record<Alarm, number> = { danger: 0, warn: 1, calm: 2 }

/** danger: a promise to a customer is broken; warn: it soon will be, or too many were today. */
export function queueAlarm(queue: BoardQueue, now: number): Alarm {
  if (queue.overdue > 0) return 'danger'
  if (waitMs(queue, now) > LONG_WAIT_MS) return 'warn'
  return queue.firstReplyInTime !== null && queue.firstReplyInTime < REPLY_SHARE_LOW ? 'warn' : 'calm'
}

export const waitMs = (queue: BoardQueue, now: number): number =>
  queue.longestWaitingSince === null ? 0 : Math.max(0, now - Date.parse(queue.longestWaitingSince))

/** danger: the product took this agent out (a missed offer, a lost line); warn: no room for one more item. */
export function agentAlarm(agent: BoardAgent): Alarm {
  if (agent.state === 'not_ready' && (agent.reason === 'missed_offer' || agent.reason === 'disconnected')) return 'danger'
  return agent.state === 'ready' && loadShare(agent) >= 1 ? 'warn' : 'calm'
}

/** Used part of the capacity, 0 to 1 and beyond: an item given by hand may go over the limit. */
export const loadShare = (agent: Pick<BoardAgent, 'capacityUsed' | 'capacityLimit'>): number =>
  agent.capacityLimit > 0 ? agent.capacityUsed / agent.capacityLimit : 1

export const channelAlarm = (channel: Pick<BoardChannel, 'state'>): Alarm =>
  channel.state === 'failing' ? 'danger' : channel.state === 'connecting' ? 'warn' : 'calm'

/** Red first, then the longest wait, then by name, so that calm queues keep their places. */
export function orderQueues(queues: readonly BoardQueue[], now: number, locale: string): BoardQueue[] {
  return [...queues].sort(
    (a, b) =>
      RANK[queueAlarm(a, now)] - RANK[queueAlarm(b, now)] ||
      b.overdue - a.overdue ||
      waitMs(b, now) - waitMs(a, now) ||
      a.name.localeCompare(b.name, locale),
  )
}

const STATE_RANK: Record<BoardAgent['state'], number> = { ready: 0, not_ready: 1, offline: 2 }

/** Those to look at first, then ready, not ready, offline; within one state the longest in it first, offline by name. */
export function orderAgents(agents: readonly BoardAgent[], locale: string): BoardAgent[] {
  return [...agents].sort(
    (a, b) =>
      dangerFirst(a) - dangerFirst(b) ||
      STATE_RANK[a.state] - STATE_RANK[b.state] ||
      (a.state === 'offline' ? 0 : Date.parse(a.since) - Date.parse(b.since)) ||
      a.displayName.localeCompare(b.displayName, locale),
  )
}

const dangerFirst = (agent: BoardAgent): number => (agentAlarm(agent) === 'danger' ? 0 : 1)

export interface BoardTotals {
  /** In nobody's hands yet: also what is being offered, as `longestWaitMs` has it. */
  readonly waiting: number
  readonly assigned: number
  readonly pending: number
  readonly overdue: number
  readonly resolvedToday: number
  readonly longestWaitMs: number
  readonly agents: Readonly<Record<BoardAgent['state'], number>>
}

export function boardTotals(board: BoardView, now: number): BoardTotals {
  const sum = (field: 'waiting' | 'offered' | 'assigned' | 'pending' | 'overdue' | 'resolvedToday'): number =>
    board.queues.reduce((total, queue) => total + queue[field], 0)
  const inState = (state: BoardAgent['state']): number => board.agents.filter((agent) => agent.state === state).length
  return {
    waiting: sum('waiting') + sum('offered'),
    assigned: sum('assigned'),
    pending: sum('pending'),
    overdue: sum('overdue'),
    resolvedToday: sum('resolvedToday'),
    longestWaitMs: Math.max(0, ...board.queues.map((queue) => waitMs(queue, now))),
    agents: { ready: inState('ready'), not_ready: inState('not_ready'), offline: inState('offline') },
  }
}
