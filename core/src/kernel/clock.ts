/** The only place where the product asks what time it is. Services take a `Clock`; pure code takes `now`. */
export interface Clock {
  now(): Date
  /** Milliseconds that only ever grow: for durations. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
}
