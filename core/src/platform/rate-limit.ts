/** The caller that an address stands for, in channels as in sessions and at the door: an IPv6 address by its network. */
export { addressKey } from '@oco/security'

/** So many callers are remembered at once; the ones that have been quiet longest are forgotten first. */
const CALLERS_MAX = 50_000

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

interface Bucket {
  tokens: number
  atMs: number
}

export interface RateLimiter {
  /** 0 when the call may go on; otherwise the milliseconds until it may be tried again. */
  take(caller: string, rate: Rate): number
  /** Undoes one `take` that turned out to count for nothing. */
  giveBack(caller: string, rate: Rate): void
}

/** A token bucket a caller (RFC 2697's shape), in this process. `nowMs` is a clock that only grows. */
export const createRateLimiter = (nowMs: () => number): RateLimiter => {
  const buckets = new Map<string, Bucket>()

  return {
    take(caller, rate) {
      const now = nowMs()
      const known = buckets.get(caller)
      const bucket = known ?? { tokens: rate.burst, atMs: now }
      // Re-inserting keeps the map in order of last use.
      if (known !== undefined) buckets.delete(caller)
      bucket.tokens = Math.min(rate.burst, bucket.tokens + ((now - bucket.atMs) * rate.perSecond) / 1_000)
      bucket.atMs = now
      buckets.set(caller, bucket)
      if (buckets.size > CALLERS_MAX) {
        const oldest = buckets.keys().next()
        if (!oldest.done) buckets.delete(oldest.value)
      }
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1
        return 0
      }
      return Math.ceil(((1 - bucket.tokens) * 1_000) / rate.perSecond)
    },
    giveBack(caller, rate) {
      const bucket = buckets.get(caller)
      if (bucket !== undefined) bucket.tokens = Math.min(rate.burst, bucket.tokens + 1)
    },
  }
}
