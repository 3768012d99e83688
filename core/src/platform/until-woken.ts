/** Something that wakes a waiter early; `woken` also holds what happened while nobody waited. */
export interface Wakeable {
  wake: () => void
  woken: boolean
}

/** Resolves after `timeoutMs`, when woken, or when `signal` aborts, whichever comes first; never rejects. */
export const untilWoken = (options: { signal: AbortSignal; timeoutMs: number; wakeable?: Wakeable }): Promise<void> =>
  new Promise((resolve) => {
    const { signal, timeoutMs, wakeable } = options
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, timeoutMs)
    signal.addEventListener('abort', done, { once: true })
    if (wakeable !== undefined) wakeable.wake = done
    if (signal.aborted || wakeable?.woken === true) done()
  })
