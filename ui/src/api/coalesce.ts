/**
 * Runs `act` on what was gathered: the first at once, the rest together at the end of each window. A burst of a hundred events becomes
 * two renewals, and a single one waits for nothing.
 */
export function createCoalescer(
  act: (gathered: readonly string[]) => void,
  windowMs: number,
  later: (run: () => void, ms: number) => void,
) {
  let waiting: Set<string> | null = null

  function end(): void {
    const gathered = waiting ?? new Set()
    if (gathered.size === 0) {
      waiting = null
      return
    }
    waiting = new Set()
    act([...gathered])
    later(end, windowMs)
  }

  return (items: readonly string[]): void => {
    if (waiting) {
      for (const item of items) waiting.add(item)
      return
    }
    waiting = new Set()
    act([...new Set(items)])
    later(end, windowMs)
  }
}
