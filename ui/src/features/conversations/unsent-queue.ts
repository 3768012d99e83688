import type { AttachmentView, MessageView } from '@oco/contract'
import { ApiProblem } from '../../api/problem.ts'
import type { BrowserStore } from './browser-store.ts'

/**
 * Messages that a person has sent and the server has not confirmed. Each is kept in the browser under its idempotency key until the
 * server answers, so a closed page or a broken line loses none, and a repeat adds none. One conversation's messages go in their order.
 */
export interface Unsent {
  key: string
  conversationId: string
  kind: 'reply' | 'note'
  text: string
  html: string | null
  uploads: readonly AttachmentView[]
  /** Whom the person has chosen to answer; null: whoever is answered as a rule. */
  toContactId: string | null
  at: string
  /** How often the server itself failed on it. */
  faults?: number
  /** waiting: goes by itself when the line is back. failed: needs the person. */
  state: { kind: 'sending' } | { kind: 'waiting' } | { kind: 'failed'; code: string }
}

export interface UnsentQueue {
  all(): readonly Unsent[]
  add(message: Omit<Unsent, 'state'>): void
  /** Tries everything that waits; called when the line opens. */
  flush(): void
  retry(key: string): void
  discard(key: string): Unsent | null
  stop(): void
}

export interface UnsentQueueOptions {
  store: BrowserStore
  /** Of one person: two people at one workstation never see each other's messages. */
  prefix: string
  send: (message: Unsent) => Promise<MessageView>
  onChange: (all: readonly Unsent[]) => void
  onSent: (message: Unsent, sent: MessageView) => void
  later: (run: () => void, ms: number) => () => void
}

const RETRY_MS = 5_000
/** A server that fails so often on one message will go on failing: the person must see it. */
const FAULTS_MAX = 5

export function createUnsentQueue(options: UnsentQueueOptions): UnsentQueue {
  const { store, prefix } = options
  const messages = new Map<string, Unsent>(stored(store, prefix).map((message) => [message.key, message]))
  const busy = new Set<string>()
  let cancelRetry: (() => void) | null = null
  let stopped = false

  function set(message: Unsent): void {
    messages.set(message.key, message)
    store.write(prefix + message.key, message)
    options.onChange([...messages.values()])
  }

  function drop(key: string): void {
    messages.delete(key)
    store.remove(prefix + key)
    options.onChange([...messages.values()])
  }

  async function work(conversationId: string): Promise<void> {
    if (stopped || busy.has(conversationId)) return
    const next = [...messages.values()].find((one) => one.conversationId === conversationId)
    if (!next || next.state.kind === 'failed') return
    busy.add(conversationId)
    set({ ...next, state: { kind: 'sending' } })
    const went = await attempt(next)
    busy.delete(conversationId)
    if (went) void work(conversationId)
  }

  /** True where the way is free for the next message of the conversation. */
  async function attempt(message: Unsent): Promise<boolean> {
    try {
      const sent = await options.send(message)
      if (stopped) return false
      drop(message.key)
      options.onSent(message, sent)
      return true
    } catch (error) {
      if (stopped) return false
      const problem = error instanceof ApiProblem ? error : null
      // A session that ended waits for the person to sign in again, like a broken line.
      const faults = (message.faults ?? 0) + (problem?.code === 'internal' ? 1 : 0)
      const passing = problem?.passing || problem?.status === 401 || problem?.code === 'csrf_mismatch'
      const waits = passing && faults < FAULTS_MAX
      set({ ...message, faults, state: waits ? { kind: 'waiting' } : { kind: 'failed', code: problem?.code ?? 'page_fault' } })
      if (waits) retryLater()
      return false
    }
  }

  function retryLater(): void {
    cancelRetry ??= options.later(() => {
      cancelRetry = null
      flush()
    }, RETRY_MS)
  }

  function flush(): void {
    for (const id of new Set([...messages.values()].map((one) => one.conversationId))) void work(id)
  }

  options.onChange([...messages.values()])
  return {
    all: () => [...messages.values()],
    add(message) {
      set({ ...message, state: { kind: 'waiting' } })
      void work(message.conversationId)
    },
    flush,
    retry(key) {
      const message = messages.get(key)
      if (!message || message.state.kind !== 'failed') return
      set({ ...message, faults: 0, state: { kind: 'waiting' } })
      void work(message.conversationId)
    },
    discard(key) {
      const message = messages.get(key)
      if (!message || message.state.kind === 'sending') return null
      drop(key)
      void work(message.conversationId)
      return message
    },
    stop() {
      stopped = true
      cancelRetry?.()
    },
  }
}

function stored(store: BrowserStore, prefix: string): Unsent[] {
  return store
    .keys(prefix)
    .map((key) => store.read(key) as Unsent | null)
    .filter((message): message is Unsent => typeof message?.key === 'string')
    .map((message) => (message.state.kind === 'sending' ? { ...message, state: { kind: 'waiting' } as const } : message))
    .sort((a, b) => a.at.localeCompare(b.at))
}
