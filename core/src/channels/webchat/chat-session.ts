import { visitorFrame, type ChatFrame, type VisitorFrame } from '@oco/contract'
import type { Origin } from '@oco/security'
import { messageOf } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Database } from '../../platform/db.ts'
import type { Socket } from '../../platform/http.ts'
import type { Log } from '../../platform/log.ts'
import { createRateLimiter, type Rate } from '../../platform/rate-limit.ts'
import { createChatFeed, type ChatFeed } from './chat-feed.ts'
import type { Chat } from './chats.ts'
import type { FloodAct, FloodGate } from './flood.ts'
import { normaliseMessage } from './normalise.ts'
import type { Presence } from './presence.ts'
import type { WebchatProduct } from './product.ts'
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
  readonly database: Database
  readonly presence: Presence
  readonly gate: FloodGate
  readonly clock: Clock
  readonly log: Log
  /** Sessions that wait for a message of theirs to appear; each is asked to look whenever any conversation changes. */
  readonly waiting: Set<() => void>
}

interface Opened {
  readonly visit: Visit
  readonly feed: ChatFeed
}

/** One page of a visitor from its first frame to its close. Frames are taken one after the other, in the order in which they came. */
export const runChatSession = (deps: SessionDeps, chat: Chat, from: { by: Origin }, socket: Socket): void => {
  const { address } = from.by
  const frames = createRateLimiter(() => deps.clock.monotonicMs())
  const cleanups: (() => void)[] = []
  let opened: Opened | null = null
  let closed = false
  let waitingFrames = 0
  let lastTypingMs = -Infinity
  let chain = Promise.resolve()

  const send = (frame: ChatFrame): void => socket.send(JSON.stringify(frame))

  const end = (code: number, reason: string): void => {
    socket.close(code, reason)
    cleanUp()
  }

  const cleanUp = (): void => {
    closed = true
    for (const clean of cleanups.splice(0)) clean()
  }

  const refuse = (code: string, clientKey: string | null, retryAfterSeconds = 0): void => {
    send({ kind: 'refused', code, clientKey, ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}) })
  }

  /** True where the act may go on; otherwise the page has been told when to try again. */
  const passes = (act: FloodAct, visit: Visit, clientKey: string | null): boolean => {
    const waitS = deps.gate(act, { address, visitId: visit.visitId })
    if (waitS > 0) refuse('rate_limited', clientKey, waitS)
    return waitS === 0
  }

  const open = async (frame: Extract<VisitorFrame, { kind: 'open' }>): Promise<void> => {
    const key = { channelId: chat.account.id, visitId: frame.visitId }
    const visit = await openVisit(deps.database.read, key, frame.secret)
    if (closed) return
    if (visit === null) {
      refuse('unauthenticated', null)
      end(CHAT_CLOSE.unauthenticated, 'no such visit')
      return
    }
    const leave = deps.presence.join(visit.visitId, address)
    if (leave === null) {
      end(CHAT_CLOSE.busy, 'too many pages')
      return
    }
    const feed = createChatFeed({ ...deps, key, send, afterSequence: frame.afterSequence })
    cleanups.push(
      leave,
      () => feed.close(),
      () => seen(visit),
    )
    opened = { visit, feed }
    send({ kind: 'opened', ...(await deps.product.threads.readiness(chat.account.id)) })
    await feed.look()
    seen(visit)
  }

  const seen = (visit: Visit): void => {
    markSeen(deps.database.read, [visit.visitId], deps.clock.now()).catch((error: unknown) => {
      deps.log.warn({ reason: messageOf(error) }, 'a visit could not be marked as seen')
    })
  }

  const store = async ({ visit, feed }: Opened, frame: Extract<VisitorFrame, { kind: 'message' }>): Promise<void> => {
    if (!passes('message', visit, frame.clientKey)) return
    const wanted = frame.uploadIds
    const uploads = wanted.length === 0 ? [] : await deps.product.files.uploadsOf(visit.visitId, wanted)
    const message = normaliseMessage(visit, frame, uploads, deps.clock.now())
    if (message === null || uploads.length !== wanted.length) {
      refuse('invalid_input', frame.clientKey)
      return
    }
    feed.expect(frame.clientKey)
    try {
      await chat.sink.deliver(chat.account.id, message)
    } catch (error) {
      feed.forget(frame.clientKey)
      deps.log.error({ err: error, channelId: chat.account.id }, 'a chat message could not be stored')
      refuse('not_ready', frame.clientKey, STORE_FAILED_RETRY_S)
      return
    }
    send({ kind: 'stored', clientKey: frame.clientKey })
  }

  const received = async ({ visit, feed }: Opened, sequence: number): Promise<void> => {
    if (sequence > feed.position()) return
    deps.presence.confirm(visit.visitId, sequence)
    await markReceived(deps.database.read, visit.visitId, sequence, deps.clock.now())
  }

  const typing = ({ visit, feed }: Opened): void => {
    const conversationId = feed.conversationId()
    const nowMs = deps.clock.monotonicMs()
    if (conversationId === null || nowMs - lastTypingMs < TYPING_EVERY_MS) return
    lastTypingMs = nowMs
    deps.product.typing.sendTyping(conversationId, visit.name)
  }

  const transcript = async ({ visit }: Opened, email: string): Promise<void> => {
    if (!passes('transcript', visit, null)) return
    const outcome = await deps.product.transcripts.queue(from.by, visit, email)
    if (outcome === 'queued') send({ kind: 'transcript_queued' })
    else refuse(outcome === 'no_mail' ? 'channel_unusable' : 'conflict', null)
  }

  const take = async (frame: VisitorFrame): Promise<void> => {
    if (frame.kind === 'ping') return send({ kind: 'pong' })
    if (opened === null) return frame.kind === 'open' ? open(frame) : end(CHAT_CLOSE.openExpected, 'open first')
    switch (frame.kind) {
      case 'open':
        return end(CHAT_CLOSE.openExpected, 'opened already')
      case 'message':
        return store(opened, frame)
      case 'received':
        return received(opened, frame.sequence)
      case 'typing':
        return typing(opened)
      case 'transcript':
        return transcript(opened, frame.email)
    }
  }

  const hear = async (text: string): Promise<void> => {
    if (closed) return
    const frame = parseFrame(text)
    if (frame === null) refuse('bad_request', null)
    else await take(frame)
  }

  const fail = (error: unknown): void => {
    deps.log.error({ err: error, channelId: chat.account.id }, 'a chat frame failed')
    end(CHAT_CLOSE.busy, 'try again')
  }

  const restart = (): void => end(CHAT_CLOSE.restart, 'restarting')
  chat.closers.add(restart)
  cleanups.push(() => chat.closers.delete(restart))

  const tooLate = setTimeout(() => {
    if (opened === null) end(CHAT_CLOSE.openExpected, 'open expected')
  }, OPEN_WITHIN_MS)
  cleanups.push(() => clearTimeout(tooLate))

  socket.onClose(cleanUp)
  socket.onText((text) => {
    if (closed) return
    if (frames.take('', FRAME_RATE) > 0 || waitingFrames >= FRAMES_WAITING_MAX) return end(CHAT_CLOSE.policy, 'too many frames')
    waitingFrames++
    chain = chain
      .then(() => hear(text))
      .catch(fail)
      .finally(() => waitingFrames--)
  })
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
