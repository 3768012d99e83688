import { visitorFrame, type ChatFrame, type VisitorFrame } from '@oco/contract'
import type { Clock } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Database } from '../../platform/db.ts'
import type { Socket } from '../../platform/http.ts'
import type { Log } from '../../platform/log.ts'
import { createRateLimiter, type Rate } from '../../platform/rate-limit.ts'
import { ChatFeed } from './chat-feed.ts'
import type { Chat } from './chats.ts'
import type { FloodAct, FloodGate } from './flood.ts'
import { externalIdOf, normaliseMessage } from './normalise.ts'
import type { Presence } from './presence.ts'
import type { By, WebchatProduct } from './product.ts'
import type { ChatTyping } from './typing.ts'
import { markReceived, markSeen, openVisit, type Visit } from './visit-store.ts'

/** A connection that does not say whose it is within this time is closed. */
export const OPEN_WITHIN_MS = 10_000
/** Frames that wait for the one before them; a page that sends faster than it is answered is closed. */
const FRAMES_WAITING_MAX = 32
const FRAME_RATE: Rate = { burst: 60, perSecond: 10 }
const TYPING_EVERY_MS = 2_000
const STORE_FAILED_RETRY_S = 2

/** RFC 6455, 7.4: 1xxx are the protocol's, 4xxx are ours. */
export const CHAT_CLOSE = { policy: 1008, restart: 1012, busy: 1013, openExpected: 4400, unauthenticated: 4401 } as const

export interface SessionDeps {
  readonly product: WebchatProduct
  readonly typing: ChatTyping
  readonly database: Database
  readonly presence: Presence
  readonly gate: FloodGate
  readonly clock: Clock
  readonly log: Log
  /** Looks of the feeds that wait for a message of theirs. */
  readonly waiting: Set<() => void>
  /** Feeds by visit: what one page stores, the others of the same visit wait for as well. */
  readonly feeds: Map<string, Set<ChatFeed>>
}

interface Opened {
  readonly visit: Visit
  readonly feed: ChatFeed
}

type FrameOf<K extends VisitorFrame['kind']> = Extract<VisitorFrame, { kind: K }>

/** One page of a visitor from its first frame to its close. Frames are taken one after the other, in the order in which they came. */
export const runChatSession = (deps: SessionDeps, chat: Chat, by: By, socket: Socket): void => {
  new ChatSession(deps, chat, by, socket).start()
}

class ChatSession {
  readonly #deps: SessionDeps
  readonly #chat: Chat
  readonly #by: By
  readonly #socket: Socket
  readonly #cleanups: (() => void)[] = []
  #opened: Opened | null = null
  #closed = false
  #waitingFrames = 0
  #lastTypingMs = -Infinity
  #chain = Promise.resolve()

  constructor(deps: SessionDeps, chat: Chat, by: By, socket: Socket) {
    this.#deps = deps
    this.#chat = chat
    this.#by = by
    this.#socket = socket
  }

  start(): void {
    const restart = (): void => {
      this.#end(CHAT_CLOSE.restart, 'restarting')
    }
    this.#chat.closers.add(restart)
    const tooLate = setTimeout(() => {
      if (this.#opened === null) this.#end(CHAT_CLOSE.openExpected, 'open expected')
    }, OPEN_WITHIN_MS)
    this.#cleanups.push(
      () => this.#chat.closers.delete(restart),
      () => clearTimeout(tooLate),
    )
    this.#socket.onClose(() => this.#cleanUp())
    const frames = createRateLimiter(() => this.#deps.clock.monotonicMs())
    this.#socket.onText((text) => {
      if (frames.take('', FRAME_RATE) > 0 || this.#waitingFrames >= FRAMES_WAITING_MAX) {
        this.#end(CHAT_CLOSE.policy, 'too many frames')
      } else {
        this.#enqueue(text)
      }
    })
  }

  #enqueue(text: string): void {
    this.#waitingFrames++
    this.#chain = this.#chain
      .then(() => this.#hear(text))
      .catch((error: unknown) => {
        this.#deps.log.error({ err: error, channelId: this.#chat.account.id }, 'a chat frame failed')
        this.#end(CHAT_CLOSE.busy, 'try again')
      })
      .finally(() => {
        this.#waitingFrames--
      })
  }

  async #hear(text: string): Promise<void> {
    if (this.#closed) return
    const frame = parseFrame(text)
    if (frame === null) this.#refuse('bad_request', null)
    else if (frame.kind === 'ping') this.#ping()
    else if (this.#opened !== null) await this.#take(this.#opened, frame)
    else if (frame.kind === 'open') await this.#open(frame)
    else this.#end(CHAT_CLOSE.openExpected, 'open first')
  }

  /** Another process may have made the visit's first conversation, of which a page here hears nothing. */
  #ping(): void {
    this.#send({ kind: 'pong' })
    if (this.#opened?.feed.conversationId === null) void this.#opened.feed.look()
  }

  async #take(opened: Opened, frame: VisitorFrame): Promise<void> {
    switch (frame.kind) {
      case 'message':
        await this.#store(opened, frame)
        return
      case 'received':
        await this.#received(opened, frame)
        return
      case 'typing':
        this.#typing(opened)
        return
      case 'transcript':
        await this.#transcript(opened, frame)
        return
      case 'open':
      case 'ping':
        this.#end(CHAT_CLOSE.openExpected, 'opened already')
    }
  }

  async #open(frame: FrameOf<'open'>): Promise<void> {
    const { database, presence, product } = this.#deps
    const channelId = this.#chat.account.id
    const key = { channelId, visitId: frame.visitId }
    const visit = await openVisit(database.read, key, frame.secret)
    if (this.#closed) return
    if (visit === null) {
      this.#refuse('unauthenticated', null)
      this.#end(CHAT_CLOSE.unauthenticated, 'no such visit')
      return
    }
    const leave = presence.join(visit.visitId, this.#by.address)
    if (leave === null) {
      this.#end(CHAT_CLOSE.busy, 'too many pages')
      return
    }
    const send = (told: ChatFrame): void => {
      this.#send(told)
    }
    const feed = new ChatFeed({ ...this.#deps, key, send, afterSequence: frame.afterSequence })
    this.#cleanups.push(
      leave,
      this.#join(visit.visitId, feed),
      () => feed.close(),
      () => this.#seen(visit),
    )
    this.#opened = { visit, feed }
    this.#send({ kind: 'opened', ...(await product.threads.readiness(channelId)) })
    await feed.look()
    this.#seen(visit)
  }

  #join(visitId: string, feed: ChatFeed): () => void {
    const { feeds } = this.#deps
    const own = feeds.get(visitId) ?? new Set()
    feeds.set(visitId, own.add(feed))
    return () => {
      own.delete(feed)
      if (own.size === 0 && feeds.get(visitId) === own) feeds.delete(visitId)
    }
  }

  /** Confirmed only after the commit; a repeat of the same key adds nothing and is confirmed as well. */
  async #store({ visit }: Opened, frame: FrameOf<'message'>): Promise<void> {
    const { clientKey, uploadIds } = frame
    if (!this.#passes('message', visit, clientKey)) return
    const externalId = externalIdOf(visit.visitId, clientKey)
    const { threads } = this.#deps.product
    const uploads = uploadIds.length === 0 ? [] : await threads.uploadsOf(visit.visitId, uploadIds, externalId)
    const message = normaliseMessage(visit, frame, uploads, this.#deps.clock.now())
    if (message === null || uploads.length !== uploadIds.length) {
      this.#refuse('invalid_input', clientKey)
      return
    }
    const { account, sink } = this.#chat
    const feeds = [...(this.#deps.feeds.get(visit.visitId) ?? [])]
    for (const feed of feeds) feed.expect(clientKey)
    try {
      await sink.deliver(account.id, message)
    } catch (error) {
      for (const feed of feeds) feed.forget(clientKey)
      this.#deps.log.error({ err: error, channelId: account.id }, 'a chat message could not be stored')
      this.#refuse('not_ready', clientKey, STORE_FAILED_RETRY_S)
      return
    }
    this.#send({ kind: 'stored', clientKey })
  }

  async #received({ visit, feed }: Opened, { sequence }: FrameOf<'received'>): Promise<void> {
    if (sequence > feed.position) return
    await markReceived(this.#deps.database.read, visit.visitId, sequence, this.#deps.clock.now())
    this.#deps.presence.confirm(visit.visitId, sequence)
  }

  #typing({ visit, feed }: Opened): void {
    const nowMs = this.#deps.clock.monotonicMs()
    if (feed.conversationId === null || nowMs - this.#lastTypingMs < TYPING_EVERY_MS) return
    this.#lastTypingMs = nowMs
    this.#deps.typing.sendTyping(feed.conversationId, visit.name)
  }

  async #transcript({ visit }: Opened, { email }: FrameOf<'transcript'>): Promise<void> {
    if (!this.#passes('transcript', visit, null)) return
    const key = { channelId: visit.channelId, visitId: visit.visitId }
    const outcome = await this.#deps.product.queueTranscript(this.#by, key, email)
    if (outcome === 'queued') this.#send({ kind: 'transcript_queued' })
    else this.#refuse(outcome === 'no_mail' ? 'channel_unusable' : 'conflict', null)
  }

  /** True where the act may go on; otherwise the page has been told when to try again. */
  #passes(act: FloodAct, visit: Visit, clientKey: string | null): boolean {
    const waitS = this.#deps.gate(act, { address: this.#by.address, visitId: visit.visitId })
    if (waitS > 0) this.#refuse('rate_limited', clientKey, waitS)
    return waitS === 0
  }

  #seen(visit: Visit): void {
    markSeen(this.#deps.database.read, [visit.visitId], this.#deps.clock.now()).catch((error: unknown) => {
      this.#deps.log.warn({ reason: messageOf(error) }, 'a visit could not be marked as seen')
    })
  }

  #send(frame: ChatFrame): void {
    this.#socket.send(JSON.stringify(frame))
  }

  #refuse(code: string, clientKey: string | null, retryAfterSeconds?: number): void {
    this.#send({ kind: 'refused', code, clientKey, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
  }

  #end(code: number, reason: string): void {
    this.#socket.close(code, reason)
    this.#cleanUp()
  }

  #cleanUp(): void {
    this.#closed = true
    for (const clean of this.#cleanups.splice(0)) clean()
  }
}

const parseFrame = (text: string): VisitorFrame | null => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const result = visitorFrame.safeParse(json)
  return result.success ? result.data : null
}
