/** One visitor's pages (tabs, devices that share the secret), and all of one address, on this process. */
export const PAGES_OF_VISIT_MAX = 10
export const PAGES_OF_ADDRESS_MAX = 200

export interface Presence {
  /** Counts a page in; null where there are too many already. Call what it returns once the page has gone. */
  join(visitId: string, address: string | null): (() => void) | null
  /** Visits that have a page on this process. */
  visitIds(): string[]
  /** A page has confirmed everything up to this place. */
  confirm(visitId: string, sequence: number): void
  /** Resolves true once a page of this process confirms that place; false at once without a page, or after `waitMs`. */
  confirmed(visitId: string, sequence: number, waitMs: number): Promise<boolean>
}

interface Waiter {
  readonly sequence: number
  readonly settle: (confirmed: boolean) => void
}

/** Who is connected to this process; other processes have their own. */
export const createPresence = (): Presence => {
  const pages = new Map<string, number>()
  const pagesOfAddress = new Map<string, number>()
  const waiters = new Map<string, Set<Waiter>>()

  return {
    join(visitId, address) {
      const from = address ?? ''
      if ((pages.get(visitId) ?? 0) >= PAGES_OF_VISIT_MAX) return null
      if ((pagesOfAddress.get(from) ?? 0) >= PAGES_OF_ADDRESS_MAX) return null
      count(pages, visitId, 1)
      count(pagesOfAddress, from, 1)
      let here = true
      return () => {
        if (!here) return
        here = false
        count(pages, visitId, -1)
        count(pagesOfAddress, from, -1)
        if (!pages.has(visitId)) for (const { settle } of waiters.get(visitId) ?? []) settle(false)
      }
    },

    visitIds: () => [...pages.keys()],

    confirm(visitId, sequence) {
      for (const waiter of waiters.get(visitId) ?? []) if (waiter.sequence <= sequence) waiter.settle(true)
    },

    confirmed(visitId, sequence, waitMs) {
      if (!pages.has(visitId)) return Promise.resolve(false)
      return new Promise((resolve) => {
        const own = waiters.get(visitId) ?? new Set()
        waiters.set(visitId, own)
        const timer = setTimeout(() => waiter.settle(false), waitMs)
        const waiter: Waiter = {
          sequence,
          settle(confirmed) {
            clearTimeout(timer)
            own.delete(waiter)
            if (own.size === 0 && waiters.get(visitId) === own) waiters.delete(visitId)
            resolve(confirmed)
          },
        }
        own.add(waiter)
      })
    },
  }
}

const count = (counts: Map<string, number>, key: string, by: number): void => {
  const now = (counts.get(key) ?? 0) + by
  if (now > 0) counts.set(key, now)
  else counts.delete(key)
}
