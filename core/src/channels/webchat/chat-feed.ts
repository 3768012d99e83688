import type { ChatFrame } from '@oco/contract'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../platform/log.ts'
import { THREAD_MESSAGES_MAX, type VisitKey, type WebchatProduct } from './product.ts'

/** A frame of messages holds so many, so that a long history neither blocks nor buffers. */
const MESSAGES_IN_FRAME_MAX = 50
/** A message that was stored and does not appear is looked for so often, should the event of its appearing have been lost. */
const LOOK_AGAIN_MS = 3_000
/** After so many looks it waits for the page's next connection (the product may be catching up, or has set it aside). */
const LOOKS_MAX = 20

export interface ChatFeed {
  /** Sends whatever is new. Looks at the same time become one. Never throws. */
  look(): Promise<void>
  /** A message of the visitor is about to be stored: it will appear in the thread. */
  expect(clientKey: string): void
  /** It was not stored after all. */
  forget(clientKey: string): void
  /** Everything up to here was sent. */
  position(): number
  conversationId(): string | null
  close(): void
}

export interface FeedOptions {
  readonly product: WebchatProduct
  readonly key: VisitKey
  readonly afterSequence: number
  readonly send: (frame: ChatFrame) => void
  readonly waiting: Set<() => void>
  readonly log: Log
}

/**
 * What one page still has to see of its conversation. Woken by the conversation's own events; until the first message has become
 * a conversation (or an old conversation has been followed by a new one) by any event, because nobody knows its id yet.
 */
export const createChatFeed = (options: FeedOptions): ChatFeed => {
  const { product, key, send, waiting, log } = options
  const expected = new Set<string>()
  let sentUpTo = options.afterSequence
  let conversationId: string | null = null
  let unwatch: (() => void)[] = []
  let looking: Promise<void> | null = null
  let lookAgain = false
  let closed = false
  let timer: NodeJS.Timeout | null = null
  let looks = 0

  const wake = (): void => void look()

  const watch = (id: string): void => {
    for (const end of unwatch) end()
    conversationId = id
    unwatch = [
      product.live.watchConversation(id, wake),
      product.typing.onTyping(id, (author) => send({ kind: 'typing', author })),
    ]
  }

  const readOnce = async (): Promise<void> => {
    const { conversationId: latest, messages } = await product.threads.read(key, sentUpTo)
    if (closed) return
    for (let from = 0; from < messages.length; from += MESSAGES_IN_FRAME_MAX) {
      send({ kind: 'messages', messages: messages.slice(from, from + MESSAGES_IN_FRAME_MAX) })
    }
    for (const { clientKey, sequence } of messages) {
      sentUpTo = Math.max(sentUpTo, sequence)
      if (clientKey !== null) expected.delete(clientKey)
    }
    if (messages.length === THREAD_MESSAGES_MAX) lookAgain = true
    if (latest !== null && latest !== conversationId) {
      watch(latest)
      // Whatever was added between the read and the watch.
      lookAgain = true
    }
    if (expected.size === 0) rest()
  }

  const look = (): Promise<void> => {
    if (looking !== null) {
      lookAgain = true
      return looking
    }
    looking = run().finally(() => {
      looking = null
    })
    return looking
  }

  const run = async (): Promise<void> => {
    try {
      do {
        lookAgain = false
        await readOnce()
      } while (lookAgain && !closed)
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'a chat could not be read; it is tried again')
      arm()
    }
  }

  const arm = (): void => {
    if (timer !== null || closed || looks >= LOOKS_MAX) return
    timer = setTimeout(() => {
      timer = null
      looks++
      void look().then(() => {
        if (expected.size > 0) arm()
      })
    }, LOOK_AGAIN_MS)
  }

  const rest = (): void => {
    waiting.delete(wake)
    looks = 0
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  return {
    look,
    expect(clientKey) {
      expected.add(clientKey)
      waiting.add(wake)
      arm()
    },
    forget(clientKey) {
      expected.delete(clientKey)
      if (expected.size === 0) rest()
    },
    position: () => sentUpTo,
    conversationId: () => conversationId,
    close() {
      closed = true
      rest()
      for (const end of unwatch) end()
      unwatch = []
    },
  }
}
