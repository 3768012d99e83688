import type { ChatFrame, VisitorFrame } from '@oco/contract'
import { backoffMs } from './backoff.ts'
import { newKey, type Clock } from './clock.ts'
import {
  EMPTY_THREAD,
  lastSequence,
  nextToSend,
  settlePending,
  unreadCount,
  withMessages,
  withoutPending,
  withPending,
  type ChatFile,
  type PendingMessage,
  type ThreadState,
} from './thread-state.ts'
import type { StoredVisit, VisitStorage } from './visit-storage.ts'

/** The page asks for a sign of life so often, and takes the line for dead without one after the second. */
const PING_MS = 25_000
const PONG_WITHIN_MS = 10_000
/** A message that is not confirmed within this time is sent again over a fresh line. */
const CONFIRM_WITHIN_MS = 15_000
/** A short gap is not worth a word. */
const SAY_OFFLINE_AFTER_MS = 1_500
const TYPING_SHOWN_MS = 5_000
const TYPING_EVERY_MS = 2_500
/** The server's own close codes. */
const CLOSE_UNAUTHENTICATED = 4401
const CLOSE_POLICY = 1008

export type TranscriptState = 'none' | 'sending' | 'queued' | 'refused' | 'too_often'

export interface ChatView {
  readonly thread: ThreadState
  /** The first history has come. */
  readonly loaded: boolean
  /** Said to the visitor: nothing is lost, it waits. */
  readonly offline: boolean
  readonly agentsOnline: boolean
  readonly canSendTranscript: boolean
  readonly transcript: TranscriptState
  /** Who writes now. */
  readonly typing: string | null
  readonly unread: number
}

type TimerName = 'reconnect' | 'ping' | 'pong' | 'confirm' | 'offline' | 'typing' | 'pause'

export interface ClientOptions {
  readonly socketUrl: string
  readonly storage: VisitStorage
  readonly clock: Clock
  readonly onChange: () => void
  /** The server does not know this visit any more: the form comes again; what was not sent waits for it. */
  readonly onVisitLost: () => void
}

/** One visit's line to the server: it resumes where it broke off, and keeps what is not confirmed until it is. */
export class ChatClient {
  readonly #options: ClientOptions
  #visit: StoredVisit | null = null
  #socket: WebSocket | null = null
  #open = false
  #failures = 0
  #inFlight: string | null = null
  #seen: number
  #typedAtMs = 0
  readonly #timers = new Map<TimerName, number>()
  #view: Omit<ChatView, 'unread'> = {
    thread: EMPTY_THREAD,
    loaded: false,
    offline: false,
    agentsOnline: true,
    canSendTranscript: false,
    transcript: 'none',
    typing: null,
  }

  constructor(options: ClientOptions) {
    this.#options = options
    this.#seen = options.storage.readSeen()
  }

  get view(): ChatView {
    return { ...this.#view, unread: unreadCount(this.#view.thread, this.#seen) }
  }

  get visit(): StoredVisit | null {
    return this.#visit
  }

  /** Goes on with a visit, new or kept. What an earlier page could not send is sent now. */
  begin(visit: StoredVisit): void {
    this.#visit = visit
    this.#change({ thread: this.#options.storage.readPending().reduce(withPending, this.#view.thread) })
    this.#connect()
  }

  send(text: string, files: readonly ChatFile[]): void {
    const message: PendingMessage = { clientKey: newKey(), text, files, atMs: this.#options.clock.nowMs(), state: 'waiting' }
    this.#options.storage.writePending(message)
    this.#touch()
    // What is written next is news.
    this.#typedAtMs = 0
    this.#change({ thread: withPending(this.#view.thread, message) })
    this.#flush()
  }

  /** Takes back a message that was refused. */
  discard(clientKey: string): void {
    this.#options.storage.removePending(clientKey)
    this.#change({ thread: withoutPending(this.#view.thread, clientKey) })
  }

  typing(): void {
    const nowMs = this.#options.clock.nowMs()
    if (!this.#open || nowMs - this.#typedAtMs < TYPING_EVERY_MS) return
    this.#typedAtMs = nowMs
    this.#say({ kind: 'typing' })
  }

  askTranscript(email: string): void {
    this.#change({ transcript: this.#open ? 'sending' : 'refused' })
    this.#say({ kind: 'transcript', email })
  }

  forgetTranscript(): void {
    this.#change({ transcript: 'none' })
  }

  /** The visitor looks at the thread. */
  markSeen(): void {
    const sequence = lastSequence(this.#view.thread)
    if (sequence <= this.#seen) return
    this.#seen = sequence
    this.#options.storage.writeSeen(sequence)
    this.#options.onChange()
  }

  /** Another page has looked, or the network is back: take what is known now. */
  refresh(): void {
    this.#seen = Math.max(this.#seen, this.#options.storage.readSeen())
    this.#options.onChange()
  }

  /** The network or the page woke up: no use in waiting out a pause, or in trusting a line that may be dead. */
  wakeUp(): void {
    if (this.#visit === null) return
    if (this.#socket === null) this.#connect()
    else if (this.#open) this.#ping()
  }

  /** The browser knows that there is no network. */
  sleep(): void {
    if (this.#visit !== null) this.#change({ offline: true })
  }

  #connect(): void {
    this.#clear('reconnect')
    const visit = this.#visit
    if (visit === null || this.#socket !== null) return
    const socket = new WebSocket(this.#options.socketUrl)
    this.#socket = socket
    this.#later('offline', SAY_OFFLINE_AFTER_MS, () => this.#change({ offline: true }))
    this.#later('pong', CONFIRM_WITHIN_MS, () => this.#drop(0))
    socket.onopen = () => {
      this.#say({ kind: 'open', visitId: visit.visitId, secret: visit.secret, afterSequence: lastSequence(this.#view.thread) })
    }
    socket.onmessage = ({ data }) => {
      // The server's own frames: what it sends is checked against the contract by its tests.
      this.#hear(JSON.parse(String(data)) as ChatFrame)
    }
    socket.onclose = ({ code }) => this.#drop(code)
  }

  /** The line is gone, or is taken for gone: everything that hung on it ends, and the next attempt is set. */
  #drop(code: number): void {
    const socket = this.#socket
    if (socket === null) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
    this.#socket = null
    this.#open = false
    this.#inFlight = null
    for (const timer of ['ping', 'pong', 'confirm', 'pause'] as const) this.#clear(timer)
    if (code === CLOSE_UNAUTHENTICATED) {
      this.#lose()
      return
    }
    if (!this.#timers.has('offline')) this.#later('offline', SAY_OFFLINE_AFTER_MS, () => this.#change({ offline: true }))
    this.#failures = code === CLOSE_POLICY ? Math.max(6, this.#failures) : this.#failures
    const pauseMs = backoffMs(this.#failures++, this.#options.clock.random())
    this.#later('reconnect', pauseMs, () => this.#connect())
    if (this.#view.transcript === 'sending') this.#change({ transcript: 'refused' })
  }

  #lose(): void {
    this.#clear('offline')
    this.#visit = null
    this.#options.storage.writeVisit(null)
    this.#change({ thread: { ...EMPTY_THREAD, pending: this.#view.thread.pending }, loaded: false, offline: false })
    this.#options.onVisitLost()
  }

  #hear(frame: ChatFrame): void {
    this.#clear('pong')
    switch (frame.kind) {
      case 'opened':
        this.#opened(frame)
        return
      case 'messages':
        this.#received(frame)
        return
      case 'stored':
        this.#settle(frame.clientKey, { state: 'stored' })
        return
      case 'refused':
        this.#refused(frame)
        return
      case 'typing':
        this.#change({ typing: frame.author })
        this.#later('typing', TYPING_SHOWN_MS, () => this.#change({ typing: null }))
        return
      case 'transcript_queued':
        this.#change({ transcript: 'queued' })
        return
      case 'pong':
        return
    }
  }

  #opened({ agentsOnline, transcript }: Extract<ChatFrame, { kind: 'opened' }>): void {
    this.#open = true
    this.#failures = 0
    this.#clear('offline')
    this.#later('ping', PING_MS, () => this.#ping())
    // Confirmed ones that have not come back are sent once more: the server then knows that this page waits for them.
    const thread = this.#view.thread.pending.reduce(
      (state, { clientKey, state: was }) => (was === 'stored' ? settlePending(state, clientKey, { state: 'waiting' }) : state),
      this.#view.thread,
    )
    this.#change({ thread, offline: false, loaded: true, agentsOnline, canSendTranscript: transcript })
    this.#flush()
  }

  #received({ messages }: Extract<ChatFrame, { kind: 'messages' }>): void {
    const thread = withMessages(this.#view.thread, messages)
    for (const { clientKey } of messages) if (clientKey !== null) this.#options.storage.removePending(clientKey)
    if (messages.some(({ clientKey }) => clientKey !== null && clientKey === this.#inFlight)) this.#inFlight = null
    const answered = messages.some(({ from }) => from !== 'visitor')
    if (answered) {
      this.#clear('typing')
      this.#say({ kind: 'received', sequence: lastSequence(thread) })
    }
    this.#change({ thread, ...(answered ? { typing: null, agentsOnline: true } : {}) })
    this.#flush()
  }

  #refused({ code, clientKey, retryAfterSeconds }: Extract<ChatFrame, { kind: 'refused' }>): void {
    if (clientKey === null) {
      if (this.#view.transcript === 'sending') this.#change({ transcript: code === 'rate_limited' ? 'too_often' : 'refused' })
    } else if (retryAfterSeconds === undefined) {
      this.#settle(clientKey, { state: 'refused', code })
    } else {
      this.#clear('confirm')
      this.#later('pause', retryAfterSeconds * 1_000, () => {
        this.#inFlight = null
        this.#flush()
      })
    }
  }

  #settle(clientKey: string, outcome: Pick<PendingMessage, 'state' | 'code'>): void {
    if (this.#inFlight === clientKey) this.#inFlight = null
    this.#clear('confirm')
    const thread = settlePending(this.#view.thread, clientKey, outcome)
    for (const message of thread.pending) if (message.clientKey === clientKey) this.#options.storage.writePending(message)
    this.#change({ thread })
    this.#flush()
  }

  #flush(): void {
    const message = nextToSend(this.#view.thread)
    if (!this.#open || this.#inFlight !== null || message === null) return
    this.#inFlight = message.clientKey
    this.#say({ kind: 'message', clientKey: message.clientKey, text: message.text, uploadIds: message.files.map(({ id }) => id) })
    this.#later('confirm', CONFIRM_WITHIN_MS, () => this.#drop(0))
  }

  #ping(): void {
    this.#say({ kind: 'ping' })
    this.#later('pong', PONG_WITHIN_MS, () => this.#drop(0))
    this.#later('ping', PING_MS, () => this.#ping())
  }

  #say(frame: VisitorFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }

  #touch(): void {
    if (this.#visit === null) return
    this.#visit = { ...this.#visit, activeAtMs: this.#options.clock.nowMs() }
    this.#options.storage.writeVisit(this.#visit)
  }

  #change(change: Partial<Omit<ChatView, 'unread'>>): void {
    this.#view = { ...this.#view, ...change }
    this.#options.onChange()
  }

  #later(name: TimerName, ms: number, act: () => void): void {
    this.#clear(name)
    const timer = window.setTimeout(() => {
      this.#timers.delete(name)
      act()
    }, ms)
    this.#timers.set(name, timer)
  }

  #clear(name: TimerName): void {
    window.clearTimeout(this.#timers.get(name))
    this.#timers.delete(name)
  }
}
