import type { ChannelSettings, TestStep } from '@oco/contract'
import { assert } from '../../kernel/assert.ts'
import type { Clock } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Database } from '../../platform/db.ts'
import type { Log } from '../../platform/log.ts'
import type { CrossOrigin, Route, SocketRoute } from '../../platform/http.ts'
import {
  ChannelError,
  RecipientAway,
  RecipientGone,
  type ChannelAdapter,
  type OutboundMessage,
  type SendReceipt,
} from '../channel.ts'
import { createChats, type Chat } from './chats.ts'
import { webchatCrossOrigin } from './cross-origin.ts'
import { deliveryOf, SEEN_EVERY_MS } from './delivery.ts'
import { createFloodGate } from './flood.ts'
import { originOf } from './origin.ts'
import { createPresence, type Presence } from './presence.ts'
import type { WebchatProduct } from './product.ts'
import { CHAT_ATTACHMENT_BYTES_MAX, webchatRoutes } from './routes.ts'
import { webchatSocket } from './socket.ts'
import { createChatTyping } from './typing.ts'
import { findVisit, markSeen } from './visit-store.ts'

/** A send waits so long for the page to confirm what the live row has just brought it. */
const CONFIRM_WAIT_MS = 2_000

export interface WebchatDeps {
  readonly product: WebchatProduct
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
}

export interface Webchat {
  readonly adapter: ChannelAdapter
  readonly routes: Route[]
  readonly socket: SocketRoute
  readonly crossOrigin: CrossOrigin
}

/**
 * Web chat: pages of other sites talk to it over HTTP and a socket. Every process serves every chat. A second process may hold the
 * visitor's page: then only the database tells the send that an answer was received, a moment later.
 */
export const createWebchat = (deps: WebchatDeps): Webchat => {
  const chats = createChats()
  const presence = createPresence()
  const gate = createFloodGate(() => deps.clock.monotonicMs())
  const waiting = new Set<() => void>()
  let seen: NodeJS.Timeout | null = null
  deps.product.live.onEvent((event) => {
    if (event.type === 'message.added') for (const look of [...waiting]) look()
  })
  const sessions = { ...deps, typing: createChatTyping(deps.product.signals), presence, gate, waiting, feeds: new Map() }

  return {
    adapter: {
      kind: 'webchat',
      limits: { attachmentBytes: CHAT_ATTACHMENT_BYTES_MAX, html: false },

      start(account, sink) {
        assert(account.settings.kind === 'webchat', 'the settings of a web chat')
        const chat: Chat = { account, settings: account.settings, sink, closers: new Set() }
        chats.open(chat)
        seen ??= setInterval(() => keepSeen(deps, presence), SEEN_EVERY_MS)
        sink.report(account.id, { kind: 'ok' })
        return {
          stop() {
            chats.close(chat)
            if (chats.none() && seen !== null) {
              clearInterval(seen)
              seen = null
            }
            return Promise.resolve()
          },
        }
      },

      send: (_account, message) => deliver(deps, presence, message),
      test: (settings) => Promise.resolve(testSettings(settings)),
    },
    routes: webchatRoutes({ ...deps, chats, gate }),
    socket: webchatSocket(sessions, chats),
    crossOrigin: webchatCrossOrigin(chats),
  }
}

const keepSeen = (deps: WebchatDeps, presence: Presence): void => {
  markSeen(deps.database.read, presence.visitIds(), deps.clock.now()).catch((error: unknown) => {
    deps.log.warn({ reason: messageOf(error) }, 'visits could not be marked as seen')
  })
}

/**
 * The message is stored already, and its live row brings it to the visitor's pages: what is left is to know whether it arrived.
 * A repeat looks again, and finds the same or better.
 */
const deliver = async (deps: WebchatDeps, presence: Presence, message: OutboundMessage): Promise<SendReceipt> => {
  const visitId = message.to.value
  const sequence = await deps.product.threads.sequenceOf(message.idempotencyKey)
  // Listened for before the database is asked: what is confirmed in between is heard in one way or the other.
  const confirmed = sequence === null ? null : presence.confirmed(visitId, sequence, CONFIRM_WAIT_MS)
  const visit = await findVisit(deps.database.read, visitId)
  if (sequence === null || visit === null) throw new ChannelError('the visit does not exist any more', { retryable: false })
  const receipt = { externalId: message.idempotencyKey }
  const answer = { sequence, sentAt: message.sentAt }
  const reach = { ...visit, hasEmail: visit.email !== null }
  const delivery = deliveryOf(reach, answer, deps.clock.now())
  switch (delivery.kind) {
    case 'received':
    case 'kept':
      return receipt
    case 'gone':
      throw new RecipientGone('the visitor has left the page')
    case 'away':
      if (await confirmed) return receipt
      throw new RecipientAway('the visitor is not on the page', delivery.until)
  }
}

const testSettings = (settings: ChannelSettings): TestStep[] => {
  assert(settings.kind === 'webchat', 'the settings of a web chat')
  const step = (name: TestStep['name'], fault: string | null): TestStep => ({
    name,
    ok: fault === null,
    detail: fault ?? '',
    durationMs: 0,
  })
  const consent = step(
    'settings',
    settings.consentText.trim() === '' ? 'the text of consent is empty: nobody could start a chat' : null,
  )
  if (!consent.ok) return [consent]
  const broken = settings.allowedOrigins.find((origin) => originOf(origin) === null)
  return [consent, step('origins', broken === undefined ? null : `not a bare origin: ${broken}`)]
}
