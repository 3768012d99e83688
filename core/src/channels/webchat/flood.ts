import { addressKey, createRateLimiter, type Rate } from '../../platform/rate-limit.ts'

/**
 * What one visitor and one address may do, in this process. Many visitors may share an address (an office, a mobile operator), so
 * an address may do more than a person can, and less than a machine would.
 */
export const FLOOD_LIMITS = {
  visit: { address: { burst: 30, perSecond: 1 / 15 } },
  socket: { address: { burst: 60, perSecond: 2 } },
  message: { address: { burst: 120, perSecond: 20 }, visit: { burst: 12, perSecond: 1 } },
  upload: { address: { burst: 30, perSecond: 1 / 60 }, visit: { burst: 10, perSecond: 1 / 60 } },
  transcript: { address: { burst: 5, perSecond: 1 / 300 }, visit: { burst: 2, perSecond: 1 / 600 } },
} as const satisfies Record<string, { address: Rate; visit?: Rate }>
export type FloodAct = keyof typeof FLOOD_LIMITS

export interface Caller {
  readonly address: string | null
  readonly visitId?: string
}

/** Seconds to wait before the act may be tried again; 0: it may go on. */
export type FloodGate = (act: FloodAct, caller: Caller) => number

/** `nowMs` only ever grows. An act that the visitor's own limit refuses costs the address nothing. */
export const createFloodGate = (nowMs: () => number): FloodGate => {
  const limiter = createRateLimiter(nowMs)

  return (act, { address, visitId }) => {
    const limits: { address: Rate; visit?: Rate } = FLOOD_LIMITS[act]
    let waitMs = 0
    if (limits.visit !== undefined && visitId !== undefined) waitMs = limiter.take(`${act} visit ${visitId}`, limits.visit)
    if (waitMs === 0) waitMs = limiter.take(`${act} ${addressKey(address)}`, limits.address)
    return Math.ceil(waitMs / 1_000)
  }
}
