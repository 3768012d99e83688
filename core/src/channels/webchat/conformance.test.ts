import type { ChatMessage } from '@oco/contract'
import { WebSocket } from 'ws'
import { serveAdapter } from '../../../test/adapter-server.ts'
import { CHAT, SHOP } from '../../../test/chat-world.ts'
import { channelConformance, type Brought, type ChannelDriver } from '../../../test/channel-conformance.ts'
import { openPage, type VisitorPage } from '../../../test/chat-visitor.ts'
import { testDatabase, testLog } from '../../../test/harness.ts'
import { newId } from '../../kernel/ids.ts'
import type { ChannelAdapter, OutboundMessage } from '../channel.ts'
import { createWebchat } from './adapter.ts'
import type { ThreadMessage, WebchatProduct } from './product.ts'
import { addVisit } from './visit-store.ts'

const RETRY_MS = 50

/** The product as one visit knows it: what is answered stands in the thread at once, and its pages hear of it. */
const fakeProduct = () => {
  const thread: ThreadMessage[] = []
  const conversationId = newId()
  const acts = new Set<(event: { type: string }) => void>()
  const product: WebchatProduct = {
    threads: {
      read: (_key, afterSequence) =>
        Promise.resolve({ conversationId, messages: thread.filter(({ sequence }) => sequence > afterSequence) }),
      sequenceOf: (id) => Promise.resolve(thread.find((message) => message.id === id)?.sequence ?? null),
      uploadsOf: () => Promise.resolve([]),
      file: () => Promise.resolve(null),
      readiness: () => Promise.resolve({ agentsOnline: true, transcript: false }),
      locale: () => Promise.resolve('ru'),
    },
    keepFile: () => Promise.reject(new Error('no files here')),
    signals: { typing: () => undefined, onTyping: () => undefined },
    live: {
      watchConversation: (_id, act) => {
        acts.add(act)
        return () => acts.delete(act)
      },
      onEvent: () => undefined,
    },
    queueTranscript: () => Promise.resolve('nothing_said'),
  }
  const answer = (id: string, text: string, now: Date): void => {
    const sequence = thread.length + 1
    thread.push({ sequence, id, from: 'agent', author: 'Пётр', text, at: now.toISOString(), attachments: [], externalId: null })
    for (const act of acts) act({ type: 'message.added' })
  }
  return { product, answer, answers: () => thread.length }
}

/** A visitor's page as the widget is one: it comes back, sends again what is not confirmed, and confirms what it has got. */
const overSocket = async (): Promise<ChannelDriver> => {
  const db = await testDatabase()
  const { database, clock } = db
  const queueId = newId()
  const channelId = newId()
  const now = clock.now()
  await database.read.insertInto('queue').values({ id: queueId, name: 'Продажи', created_at: now }).execute()
  await database.read
    .insertInto('channel')
    .values({ id: channelId, kind: 'webchat', name: 'Чат', queue_id: queueId, settings: '{}', state_since: now, created_at: now })
    .execute()
  const consent = { text: CHAT.consentText, version: 1 }
  const visit = await database.transaction((tx) =>
    addVisit(tx, { channelId, name: 'Анна', email: 'anna@example.ru', consent, pageUrl: null }, now),
  )
  const { product, answer, answers } = fakeProduct()
  const webchat = createWebchat({ product, database, clock, log: testLog })
  const server = await serveAdapter({ routes: webchat.routes, sockets: [webchat.socket], channelId, clock })

  const unsent = new Map<string, Brought>()
  const taken = new Set<string>()
  const shown: ChatMessage[] = []
  let page: VisitorPage | null = null
  let here = true
  let ended = false

  const live = async (): Promise<void> => {
    while (!ended) {
      if (here) await visitOnce().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
  const visitOnce = async (): Promise<void> => {
    // Time for the limits: this visitor waits for nothing else.
    clock.advance(RETRY_MS)
    page ??= await openOnce()
    for (const [key, { text }] of unsent) page.send({ kind: 'message', clientKey: clientKey(key), text, uploadIds: [] })
    for (const frame of page.frames.splice(0)) {
      if (frame.kind === 'stored') confirm(frame.clientKey)
      if (frame.kind === 'messages') receive(page, frame.messages)
    }
  }
  const openOnce = async (): Promise<VisitorPage> => {
    const opened = await openPage(`${server.base}/api/v1/webchat/${channelId}/socket`, { origin: SHOP })
    void opened.closed.then(() => (page = null))
    opened.send({ kind: 'open', ...visit, afterSequence: shown.at(-1)?.sequence ?? 0 })
    await opened.next(({ kind }) => kind === 'opened')
    return opened
  }
  const confirm = (key: string): void => {
    taken.add(key.trimEnd())
    unsent.delete(key.trimEnd())
  }
  const receive = (on: VisitorPage, messages: readonly ChatMessage[]): void => {
    shown.push(...messages)
    on.send({ kind: 'received', sequence: shown.at(-1)?.sequence ?? 0 })
  }
  const living = live()
  const visitorIsHere = async (): Promise<void> => {
    while (page === null || shown.length < answers()) await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
  /** A chat is there for sends once a visitor is on its page. */
  const startWithVisitor: ChannelAdapter['start'] = (account, sink) =>
    webchat.adapter.start(account, {
      ...sink,
      report: (id, state) => void visitorIsHere().then(() => sink.report(id, state)),
    })

  return {
    adapter: { ...webchat.adapter, start: startWithVisitor },
    account: { id: channelId, name: 'Чат', settings: { ...CHAT, allowedOrigins: [SHOP] } },
    bring: (message) => {
      unsent.set(message.key, message)
      return Promise.resolve()
    },
    bringOversize: async () => {
      const socket = new WebSocket(`${server.base.replace('http', 'ws')}/api/v1/webchat/${channelId}/socket`, {
        headers: { origin: SHOP },
      })
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      socket.once('open', () => socket.send('x'.repeat(100_000)))
      await closed
      return 'refused'
    },
    acknowledgement: (key) => Promise.resolve(taken.has(key) ? 'taken' : 'waiting'),
    out: {
      message: (key, text) => {
        answer(key, text, clock.now())
        return answerTo(visit.visitId, key, text, clock.now())
      },
      arrived: () => Promise.resolve(shown.map(({ text, id }) => ({ text, externalId: id }))),
      goAway: async () => {
        here = false
        await page?.close()
      },
      comeBack: () => {
        here = true
        return visitorIsHere()
      },
      hopeless: answerTo(newId(), newId(), 'nobody', now),
    },
    close: async () => {
      ended = true
      await living
      await page?.close()
      await server.close()
      await db.drop()
    },
  }
}

const clientKey = (key: string): string => key.padEnd(8)

const answerTo = (visitId: string, key: string, text: string, sentAt: Date): OutboundMessage => ({
  idempotencyKey: key,
  conversationNumber: 1,
  to: { kind: 'visitor', value: visitId },
  subject: 'Вопрос',
  text,
  html: null,
  authorName: 'Пётр',
  attachments: [],
  references: [],
  sentAt,
})

describe('web chat is a channel', () => {
  channelConformance(overSocket, {
    unreadable: 'a frame that cannot be read is refused to the page that has sent it',
    connection: "the visitor's page connects to us, and comes back by itself",
  })
})
