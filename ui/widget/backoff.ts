const FIRST_MS = 500
const MAX_MS = 30_000
/** An office whose server restarts comes back over half the pause, not all at once. */
const JITTER = 0.5

/** How long to wait before the attempt after `failures` failed ones. `random`: from 0 up to 1. */
export const backoffMs = (failures: number, random: number): number => {
  const pauseMs = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures, 16))
  return Math.round(pauseMs * (1 - JITTER * random))
}
