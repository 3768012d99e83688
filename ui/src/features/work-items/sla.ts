import type { WorkItemView } from '@oco/contract'

/** The promise that runs now: the first reply until it is given, then the resolution. */
export interface SlaClock {
  kind: 'first_reply' | 'resolution'
  dueAt: string
  /** Negative: late by so much. */
  leftMs: number
  /** soon: less than a fifth of the whole time, or five minutes, is left. */
  level: 'calm' | 'soon' | 'late'
}

const SOON_SHARE = 0.2
const SOON_MS = 5 * 60_000

type Timed = Pick<WorkItemView, 'state' | 'enqueuedAt' | 'firstReplyDueAt' | 'firstRepliedAt' | 'resolutionDueAt'>

/** Null where nothing is promised, and where the wait is the customer's (put aside) or over (resolved). */
export function slaClock(item: Timed, nowMs: number): SlaClock | null {
  if (item.state === 'resolved' || item.state === 'pending') return null
  const first = item.firstReplyDueAt !== null && item.firstRepliedAt === null
  const dueAt = first ? item.firstReplyDueAt : item.resolutionDueAt
  if (dueAt === null) return null
  const leftMs = Date.parse(dueAt) - nowMs
  const wholeMs = Date.parse(dueAt) - Date.parse(item.enqueuedAt)
  const level = leftMs <= 0 ? 'late' : leftMs <= Math.max(SOON_MS, wholeMs * SOON_SHARE) ? 'soon' : 'calm'
  return { kind: first ? 'first_reply' : 'resolution', dueAt, leftMs, level }
}
