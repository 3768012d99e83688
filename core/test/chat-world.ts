import { randomBytes } from 'node:crypto'
import { endpoints, type Endpoint, type WebchatSettings } from '@oco/contract'
import { ANONYMOUS, createSecretBox, SECRET_KEY_BYTES, TOKEN_PERMISSIONS, type Actor } from '@oco/security'
import type { ChannelAdapter, SendReceipt, OutboundMessage } from '../src/channels/channel.ts'
import {
  createChannelStore,
  createInbox,
  createLeases,
  createOutbox,
  createRegistry,
  type Registry,
} from '../src/channels/index.ts'
import { createIntakeChannel } from '../src/channels/intake/index.ts'
import { createWebchat } from '../src/channels/webchat/index.ts'
import { appendMessage, findConversation } from '../src/conversations/index.ts'
import { present } from '../src/kernel/assert.ts'
import { deliverNext } from '../src/flow/deliver-reply.ts'
import { failOverChannel } from '../src/flow/fail-over-channel.ts'
import { keepVisitorFile } from '../src/flow/keep-visitor-file.ts'
import { receiveNext } from '../src/flow/receive-message.ts'
import { queueTranscript } from '../src/flow/send-transcript.ts'
import { Failure } from '../src/kernel/errors.ts'
import { newId } from '../src/kernel/ids.ts'
import { tableBlobs } from '../src/platform/blobs.ts'
import { openDatabase, type Database } from '../src/platform/db.ts'
import { createHttpServer } from '../src/platform/http-server.ts'
import { route, type Route } from '../src/platform/http.ts'
import { createLive } from '../src/platform/live.ts'
import { createMetrics } from '../src/platform/metrics.ts'
import { createSignals, type Signals } from '../src/platform/signals.ts'
import { createWake } from '../src/platform/wake.ts'
import { intakeRequests } from '../src/views/intake-requests.ts'
import { webchatThreads } from '../src/views/webchat-thread.ts'
import { testDatabase, type TestDatabase } from './harness.ts'

export const SHOP = 'https://shop.example.ru'
export const CHAT: WebchatSettings = {
  kind: 'webchat',
  allowedOrigins: [SHOP],
  title: 'Поддержка',
  greeting: 'Здравствуйте!',
  askEmail: 'optional',
  consentText: 'Согласен на обработку персональных данных',
}

/** Chat and intake with everything behind them real: HTTP, sockets, inbox, story, live rows; only the mail peer is a box in memory. */
export interface ChatWorld {
  readonly db: TestDatabase
  readonly database: Database
  readonly signals: Signals
  readonly registry: Registry
  readonly base: string
  readonly chatId: string
  readonly intakeId: string
  readonly mailId: string
  /** Letters that the mail channel was given. */
  readonly letters: { to: string; message: OutboundMessage }[]
  /** Takes everything that is in the inbox through the story. */
  receive(): Promise<void>
  /** Hands out everything that is due in the outbox. */
  deliver(): Promise<void>
  /** An agent answers in a conversation: message and outbox row, as the desk's reply does. */
  answer(
    conversationId: string,
    text: string,
    to: { kind: 'visitor' | 'email'; value: string },
    channelId?: string,
  ): Promise<string>
  /** Takes nothing from the inbox by itself until called again with true. */
  automatic(on: boolean): void
  stop(): Promise<void>
}

export const startChatWorld = async (settings: Partial<WebchatSettings> = {}, { receivers = 1 } = {}): Promise<ChatWorld> => {
  const db = await testDatabase()
  const { clock, log } = db
  const wake = createWake({ url: db.url, node: 'test', log })
  const database = openDatabase({
    url: db.url,
    clock,
    vault: db.vault,
    onWake: (topics) => wake.wake(topics),
    onIdleError: () => undefined,
  })
  const live = createLive({ database, wake, clock, log })
  const signals = createSignals({ wake, clock, node: 'test' })
  const blobs = tableBlobs(clock)
  const inbox = createInbox({ database, blobs, clock })
  const outbox = createOutbox({ database, clock })
  const store = createChannelStore(createSecretBox(randomBytes(SECRET_KEY_BYTES)))
  const leases = createLeases({ database, clock, log })
  const webchat = createWebchat({
    product: {
      threads: webchatThreads({ database, blobs }),
      keepFile: keepVisitorFile({ database, blobs, clock }),
      signals,
      live,
      queueTranscript: queueTranscript({ database, outbox, clock }),
    },
    database,
    clock,
    log,
  })
  const intake = createIntakeChannel({ requests: intakeRequests(database), clock })
  const letters: ChatWorld['letters'] = []
  const adapters = [webchat.adapter, intake.adapter, boxedMail(letters)]
  const registry = createRegistry({ adapters, store, inbox, leases, database, clock, log })

  const ids = await database.transaction(async (tx) => {
    const queueId = newId()
    await tx.insertInto('queue').values({ id: queueId, name: 'Продажи', created_at: clock.now() }).execute()
    const create = (name: string, given: Parameters<typeof store.create>[1]['settings']) =>
      store.create(tx, { name, queueId, enabled: true, settings: given, demo: false, now: clock.now() })
    return {
      chatId: await create('Чат', { ...CHAT, ...settings }),
      intakeId: await create('API', { kind: 'intake' }),
      mailId: await create('Почта', MAIL),
    }
  })
  await wake.start()
  await live.start()
  signals.start()
  await registry.start()

  // One after the other, so that whoever has waited for it finds everything taken.
  let receiving = Promise.resolve()
  const receive = (): Promise<void> => {
    const receiver = async (): Promise<void> => {
      while (await receiveNext({ database, inbox, clock, log })) continue
    }
    receiving = receiving.then(async () => {
      await Promise.all(Array.from({ length: receivers }, receiver))
    })
    return receiving
  }
  let automatic = true
  wake.on('inbox', () => {
    if (automatic) void receive()
  })

  const server = createHttpServer({
    routes: withTheRest([...webchat.routes, ...intake.routes]),
    sockets: [webchat.socket],
    pages: { serve: () => Promise.reject(new Failure('not_found')) },
    authenticate: ({ authorization }) => Promise.resolve(actorOf(authorization, ids.intakeId)),
    onRefused: () => Promise.resolve(),
    crossOrigin: webchat.crossOrigin,
    trustedProxies: ['127.0.0.1'],
    metrics: createMetrics('test'),
    clock,
    log,
    checkAnswers: true,
  })
  const { port } = await server.listen('127.0.0.1', 0)

  return {
    db,
    database,
    signals,
    registry,
    base: `http://127.0.0.1:${port}`,
    ...ids,
    letters,
    receive,
    async deliver() {
      const failOver = failOverChannel({ outbox })
      while (await deliverNext({ database, outbox, registry, blobs, clock, failOver })) continue
    },
    async answer(conversationId, text, to, channelId = ids.chatId) {
      const now = clock.now()
      return database.transaction(async (tx) => {
        const { contactId } = present(await findConversation(tx, conversationId), 'the conversation')
        const message = { ...outbound(conversationId, text, now), subjectId: contactId }
        const { id } = await appendMessage(tx, message, { personId: null, queueId: null })
        await outbox.put(tx, { messageId: id, channelId, subjectId: contactId, to, now })
        return id
      })
    },
    automatic(on) {
      automatic = on
    },
    async stop() {
      await server.close()
      await registry.stop()
      live.stop()
      signals.stop()
      await wake.stop()
      await database.close()
      await db.drop()
    },
  }
}

const MAIL = {
  kind: 'email' as const,
  address: 'help@example.ru',
  senderName: 'Поддержка',
  allowUntrustedCertificates: false,
  signature: '',
  imap: null,
  smtp: { host: '127.0.0.1', port: 25, tls: 'plain' as const, user: '', password: '' },
}

const boxedMail = (letters: ChatWorld['letters']): ChannelAdapter => ({
  kind: 'email',
  limits: { attachmentBytes: 1_000_000, html: true },
  start: ({ id }, sink) => {
    sink.report(id, { kind: 'ok' })
    return { stop: () => Promise.resolve() }
  },
  send(_account, message): Promise<SendReceipt> {
    letters.push({ to: message.to.value, message })
    return Promise.resolve({ externalId: `<${message.idempotencyKey}@example.ru>` })
  },
  test: () => Promise.resolve([]),
})

const outbound = (conversationId: string, text: string, now: Date) => ({
  conversationId,
  kind: 'outbound' as const,
  contactId: null,
  personId: null,
  text,
  quoteFrom: null,
  html: null,
  automatic: false,
  externalId: null,
  idempotencyKey: null,
  deliveryState: 'queued' as const,
  sentAt: null,
  now,
})

/** The server starts only with a route for every endpoint; the others answer that they are not here. */
export const withTheRest = (own: readonly Route[]): Route[] => {
  const bound = new Set<Endpoint>(own.map(({ endpoint }) => endpoint))
  const rest = Object.values<Endpoint>(endpoints).filter((endpoint) => !bound.has(endpoint))
  return [...own, ...rest.map((endpoint) => route(endpoint, () => Promise.reject(new Failure('not_found'))))]
}

export const INTAKE_TOKEN_ID = newId()

const actorOf = (authorization: string | undefined, channelId: string): Actor =>
  authorization === 'Bearer good'
    ? { kind: 'token', tokenId: INTAKE_TOKEN_ID, channelId, permissions: TOKEN_PERMISSIONS }
    : ANONYMOUS
