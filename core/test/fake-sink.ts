import type { ChannelSink, ChannelState, Identity, InboundMessage, SetAside } from '../src/channels/channel.ts'
import { PATIENCE_MS } from './patience.ts'

/** An inbox in memory that behaves as the real one: one row an account and message, and a store that can fail. */
export interface FakeSink extends ChannelSink {
  readonly messages: readonly InboundMessage[]
  readonly aside: readonly SetAside[]
  readonly states: readonly ChannelState[]
  /** How often `deliver` was called, stored or not. */
  readonly deliveries: number
  cursor(accountId: string): unknown
  setCursor(accountId: string, cursor: unknown): void
  /** From now on a message for which this says yes is not stored; null: all are. */
  refuse(when: ((message: InboundMessage) => boolean) | null): void
  /** From now on setting aside fails as well. */
  refuseAside(refuses: boolean): void
  /** Takes the leases away: work ends, and begins again as on another process. */
  loseLeases(): void
  /** Resolves once this holds; looked at after each change. Throws with `what` after `timeoutMs`. */
  until(holds: () => boolean, what: string, timeoutMs?: number): Promise<void>
}

/** The texts of stored messages, in their order. */
export const textsOf = (sink: FakeSink): string[] =>
  sink.messages.map((message) => (message.kind === 'message' ? message.text : message.reason))

interface Waiter {
  readonly holds: () => boolean
  readonly done: () => void
}

export const fakeSink = (): FakeSink => {
  const messages: InboundMessage[] = []
  const aside: SetAside[] = []
  const states: ChannelState[] = []
  const rows = new Map<string, { readonly is: 'stored' | 'aside'; readonly digest: string | undefined }>()
  const cursors = new Map<string, unknown>()
  const leases = new Set<AbortController>()
  const waiters = new Set<Waiter>()
  let refuses: ((message: InboundMessage) => boolean) | null = null
  let asideFails = false
  let deliveries = 0

  const changed = (): void => {
    for (const waiter of waiters) if (waiter.holds()) waiter.done()
  }

  const keyOf = (accountId: string, { externalId, digest, idMayRepeat }: Identity): string => {
    const key = `${accountId} ${externalId}`
    const first = rows.get(key)
    return idMayRepeat === true && first !== undefined && first.digest !== digest ? `${key} ${digest ?? ''}` : key
  }

  return {
    messages,
    aside,
    states,
    get deliveries() {
      return deliveries
    },
    deliver: async (accountId, message) => {
      deliveries++
      await Promise.resolve()
      changed()
      if (refuses?.(message) === true) throw new Error('the store refuses')
      const key = keyOf(accountId, message)
      if (rows.get(key)?.is === 'stored') return 'duplicate'
      rows.set(key, { is: 'stored', digest: message.digest })
      messages.push(message)
      changed()
      return 'stored'
    },
    setAside: async (accountId, item) => {
      await Promise.resolve()
      if (asideFails) throw new Error('the store refuses')
      const key = keyOf(accountId, item)
      if (rows.has(key)) return
      rows.set(key, { is: 'aside', digest: item.digest })
      aside.push(item)
      changed()
    },
    report: (_accountId, state) => {
      states.push(state)
      changed()
    },
    readCursor: async (accountId) => structuredClone(cursors.get(accountId) ?? null),
    writeCursor: async (accountId, cursor) => {
      cursors.set(accountId, structuredClone(cursor))
      changed()
    },
    underLease: async (_key, signal, work) => {
      while (!signal.aborted) {
        const own = new AbortController()
        leases.add(own)
        await work(AbortSignal.any([signal, own.signal]))
        leases.delete(own)
      }
    },
    cursor: (accountId) => cursors.get(accountId),
    setCursor: (accountId, cursor) => void cursors.set(accountId, cursor),
    refuse: (when) => {
      refuses = when
    },
    refuseAside: (fails) => {
      asideFails = fails
    },
    loseLeases: () => {
      for (const lease of leases) lease.abort()
    },
    until: (holds, what, timeoutMs = PATIENCE_MS) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          clearTimeout(timer)
          waiters.delete(waiter)
          resolve()
        }
        const waiter: Waiter = { holds, done }
        const timer = setTimeout(() => {
          waiters.delete(waiter)
          reject(new Error(`waited ${timeoutMs} ms for ${what}; states: ${JSON.stringify(states.slice(-3))}`))
        }, timeoutMs)
        waiters.add(waiter)
        if (holds()) done()
      }),
  }
}
