import type { Clock } from '../kernel/clock.ts'
import type { Log } from './log.ts'

/** A drain looks by itself so often, in case the wake of a dead process was lost. */
export const SWEEP_MS = 1_000
const FAILURE_PAUSE_MS = 1_000

export interface DrainOptions {
  readonly name: string
  /** So many steps run at once in this process; other processes run theirs beside them (rows are taken with SKIP LOCKED). */
  readonly concurrency: number
  /** Takes and finishes what is due. True: there may be more; false: nothing was due. */
  readonly step: () => Promise<boolean>
  /** When the earliest row becomes due that is not due yet; asked after each empty step. */
  readonly nextDueAt?: () => Promise<Date | null>
  readonly clock: Clock
  readonly log: Log
}

export interface Drain {
  wake(): void
  start(): void
  /** Resolves when every step in flight has ended; takes nothing new. */
  stop(): Promise<void>
  /** Resolves when nothing is in flight and nothing was due: for tests and for loading data. */
  idle(): Promise<void>
}

/**
 * The one mechanism by which rows move from stage to stage: woken by a commit, by one timer at the earliest due time, and by a
 * sweep each second. A step that throws is logged and tried again after a pause; it stops no other drain.
 */
export const createDrain = (options: DrainOptions): Drain => {
  let running = 0
  let again = false
  let started = false
  let stopped = false
  let sweep: NodeJS.Timeout | null = null
  let due: NodeJS.Timeout | null = null
  const waiters: (() => void)[] = []

  /** Asked after an await, by when either may have changed. */
  const isWoken = (): boolean => again
  const isStopped = (): boolean => stopped

  const settle = (): void => {
    if (running > 0) return
    for (const waiter of waiters.splice(0)) waiter()
  }

  const work = async (): Promise<void> => {
    running++
    try {
      while (!stopped) {
        again = false
        const more = await options.step()
        if (more) {
          spread()
          continue
        }
        // A wake may come while the clock is being set, too.
        if (!isWoken() && !isStopped()) await arm()
        if (!isWoken()) break
      }
    } catch (error) {
      options.log.error({ err: error, drain: options.name }, 'a step failed')
      if (!stopped) setTimer(FAILURE_PAUSE_MS)
    } finally {
      running--
      settle()
    }
  }

  /** One more worker while there is work: a single empty wake costs a single look. */
  const spread = (): void => {
    if (running < options.concurrency) void work()
  }

  const setTimer = (delayMs: number): void => {
    if (due !== null) clearTimeout(due)
    due = setTimeout(() => {
      due = null
      wake()
    }, delayMs)
  }

  const arm = async (): Promise<void> => {
    const at = await options.nextDueAt?.()
    if (at === null || at === undefined) return
    setTimer(Math.max(0, Math.min(at.getTime() - options.clock.now().getTime(), 2 ** 31 - 1)))
  }

  const wake = (): void => {
    if (!started || stopped) return
    again = true
    spread()
  }

  return {
    wake,
    start() {
      started = true
      sweep = setInterval(wake, SWEEP_MS)
      wake()
    },
    async stop() {
      stopped = true
      if (sweep !== null) clearInterval(sweep)
      if (due !== null) clearTimeout(due)
      if (running > 0) await new Promise<void>((resolve) => waiters.push(resolve))
    },
    async idle() {
      wake()
      if (running > 0) await new Promise<void>((resolve) => waiters.push(resolve))
    },
  }
}
