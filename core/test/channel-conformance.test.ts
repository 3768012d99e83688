import { CHAT_TEXT_LENGTH_MAX, TEXT_LENGTH_MAX, type ChannelKind } from '@oco/contract'
import type { ChannelAdapter, ChannelSink } from '../src/channels/channel.ts'
import { channelConformance, type Brought, type ChannelDriver } from './channel-conformance.ts'
import { createVisitors, type VisitorPage } from './chat-visitor.ts'
import { CHAT, startChatWorld, type ChatWorld } from './chat-world.ts'

const RETRY_MS = 100

/** The channel of a running product that gives every message to the suite's sink first, and stores it as ever if that one does. */
const listenedTo = (world: ChatWorld, kind: ChannelKind): ChannelAdapter => {
  const adapter = world.registry.adapter(kind)
  const both = (sink: ChannelSink): ChannelSink => ({
    ...sink,
    deliver: async (accountId, message) => {
      const outcome = await sink.deliver(accountId, message)
      await world.registry.sink.deliver(accountId, message)
      return outcome
    },
  })
  return { ...adapter, start: (account, sink) => adapter.start(account, both(sink)) }
}

/** Keys that were acknowledged, and the tries that are still to come for those that were not. */
const persistence = (hand: (message: Brought) => Promise<boolean>) => {
  const taken = new Set<string>()
  const retries = new Set<NodeJS.Timeout>()
  const bring = async (message: Brought): Promise<void> => {
    if (await hand(message)) {
      taken.add(message.key)
      return
    }
    const retry = setTimeout(() => {
      retries.delete(retry)
      void bring(message)
    }, RETRY_MS)
    retries.add(retry)
  }
  return {
    bring,
    acknowledgement: async (key: string) => (taken.has(key) ? ('taken' as const) : ('waiting' as const)),
    giveUp: () => {
      for (const retry of retries) clearTimeout(retry)
    },
  }
}

const overIntake = async (): Promise<ChannelDriver> => {
  const world = await startChatWorld()
  const post = async (key: string, text: string): Promise<number> => {
    const response = await fetch(`${world.base}/api/v1/intake`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer good', 'idempotency-key': `request-${key}` },
      body: JSON.stringify({ from: { name: 'Анна', email: 'anna@example.ru' }, subject: key, text }),
    })
    return response.status
  }
  const { bring, acknowledgement, giveUp } = persistence(async ({ key, text }) => (await post(key, text)) === 202)
  return {
    adapter: listenedTo(world, 'intake'),
    account: { id: world.intakeId, name: 'API', settings: { kind: 'intake' } },
    bring,
    bringOversize: async (key) => ((await post(key, 'x'.repeat(TEXT_LENGTH_MAX + 1))) === 202 ? 'brought' : 'refused'),
    acknowledgement,
    close: async () => {
      giveUp()
      await world.stop()
    },
  }
}

const overWebchat = async (): Promise<ChannelDriver> => {
  const world = await startChatWorld()
  const visitors = createVisitors(() => world)
  let page: Promise<VisitorPage> | null = null
  const opened = (): Promise<VisitorPage> => (page ??= visitors.visit().then((visit) => visit.open()))

  /** What the server says to this message; the page has heard other answers before. */
  const hand = async (key: string, text: string): Promise<'stored' | 'refused'> => {
    const { frames, send, next } = await opened()
    const before = frames.length
    send({ kind: 'message', clientKey: key, text, uploadIds: [] })
    // A frame that is too large is refused before anything in it is known, its key either.
    const answer = await next((frame) => {
      const isNew = frames.indexOf(frame) >= before
      return isNew && (frame.kind === 'stored' || frame.kind === 'refused') && [key, null].includes(frame.clientKey)
    })
    return answer.kind === 'stored' ? 'stored' : 'refused'
  }
  const { bring, acknowledgement, giveUp } = persistence(
    async ({ key, text }) => (await hand(`message-${key}`, text)) === 'stored',
  )
  return {
    adapter: listenedTo(world, 'webchat'),
    account: { id: world.chatId, name: 'Чат', settings: CHAT, consentVersion: 1 },
    bring,
    bringOversize: async (key) => ((await hand(key, 'x'.repeat(CHAT_TEXT_LENGTH_MAX + 1))) === 'stored' ? 'brought' : 'refused'),
    acknowledgement,
    close: async () => {
      giveUp()
      await visitors.closeAll()
      await world.stop()
    },
  }
}

const ASKED = 'the other side asks us and keeps what was not answered'

describe('intake is a channel', () => {
  channelConformance(overIntake, {
    unreadable: 'a request that cannot be read is answered so, and nothing of it is kept',
    connection: ASKED,
    restart: ASKED,
    answers: 'nobody listens there',
  })
})

describe('web chat is a channel', () => {
  channelConformance(overWebchat, {
    unreadable: 'a frame that cannot be read is answered so, and nothing of it is kept',
    connection: ASKED,
    restart: ASKED,
    answers: 'an answer is a live row: the page fetches it, and sending only asks whether it has arrived',
  })
})
