import type { ChatFrame, ChatMessage } from '@oco/contract'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../platform/log.ts'
import { clientKeyOf } from './normalise.ts'
import type { ThreadMessage, VisitKey, WebchatProduct } from './product.ts'
import type { ChatTyping } from './typing.ts'

/** A page that comes for the first time gets so many, the latest; one that comes back gets all that it missed, so many at a time. */
const THREAD_MESSAGES_MAX = 200
/** A frame of messages holds so many, so that a long history neither blocks nor buffers. */
const MESSAGES_IN_FRAME_MAX = 50
/**
 * A message that was stored and does not appear is looked for: soon once, because it may have begun a conversation of its own whose
 * events nobody here hears, and then now and then, should its event have been lost.
 */
const LOOK_SOON_MS = 300
const LOOK_AGAIN_MS = 3_000
/** After so many looks it waits for the page's next connection (the product may be catching up, or has set it aside). */
const LOOKS_MAX = 20

export interface FeedOptions {
  readonly product: WebchatProduct
  readonly typing: ChatTyping
  readonly key: VisitKey
  readonly afterSequence: number
  readonly send: (frame: ChatFrame) => void
  /** Looks of those who wait for their first message: called whenever any message has been added. */
  readonly waiting: Set<() => void>
  readonly log: Log
}

/**
 * What one page still has to see of its conversation. Woken by the conversation's own events; until the first message has become
 * a conversation by anybody's, because nobody knows its id yet.
 */
export class ChatFeed {
  readonly #options: FeedOptions
  readonly #expected = new Set<string>()
  #position: number
  #conversationId: string | null = null
  #unwatch: (() => void)[] = []
  #looking: Promise<void> | null = null
  #lookAgain = false
  #looks = 0
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(options: FeedOptions) {
    this.#options = options
    this.#position = options.afterSequence
  }

  /** Everything up to here was sent. */
  get position(): number {
    return this.#position
  }

  get conversationId(): string | null {
    return this.#conversationId
  }

  /** Sends whatever is new. Looks at the same time become one. Never rejects. */
  look(): Promise<void> {
    this.#lookAgain = true
    this.#looking ??= this.#run().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  /** A message of the visitor is about to be stored: it will appear in the thread. */
  expect(clientKey: string): void {
    this.#expected.add(clientKey)
    if (this.#conversationId === null) this.#options.waiting.add(this.#wake)
    this.#arm()
  }

  /** It was not stored after all. */
  forget(clientKey: string): void {
    this.#expected.delete(clientKey)
    if (this.#expected.size === 0) this.#rest()
  }

  close(): void {
    this.#closed = true
    this.#rest()
    for (const end of this.#unwatch) end()
    this.#unwatch = []
  }

  readonly #wake = (): void => void this.look()

  async #run(): Promise<void> {
    try {
      while (this.#lookAgain && !this.#closed) {
        this.#lookAgain = false
        await this.#readOnce()
      }
    } catch (error) {
      this.#options.log.warn({ reason: messageOf(error) }, 'a chat could not be read; it is tried again')
      this.#arm()
    }
  }

  async #readOnce(): Promise<void> {
    const { product, key, send } = this.#options
    const { conversationId, messages } = await product.threads.read(key, this.#position, THREAD_MESSAGES_MAX)
    if (this.#closed) return
    const told = messages.map((message) => chatMessage(message, key.visitId))
    for (let from = 0; from < told.length; from += MESSAGES_IN_FRAME_MAX) {
      send({ kind: 'messages', messages: told.slice(from, from + MESSAGES_IN_FRAME_MAX) })
    }
    for (const { clientKey, sequence } of told) {
      this.#position = Math.max(this.#position, sequence)
      if (clientKey !== null) this.#expected.delete(clientKey)
    }
    if (told.length === THREAD_MESSAGES_MAX) this.#lookAgain = true
    if (conversationId !== null && conversationId !== this.#conversationId) this.#watch(conversationId)
    if (this.#expected.size === 0) this.#rest()
  }

  #watch(conversationId: string): void {
    const { product, typing, send } = this.#options
    for (const end of this.#unwatch) end()
    this.#conversationId = conversationId
    this.#options.waiting.delete(this.#wake)
    this.#unwatch = [
      product.live.watchConversation(conversationId, ({ type }) => {
        if (type === 'message.added') this.#wake()
      }),
      typing.onTyping(conversationId, (author) => {
        send({ kind: 'typing', author })
      }),
    ]
    // Whatever was added between the read and the watch.
    this.#lookAgain = true
  }

  #arm(): void {
    if (this.#timer !== null || this.#closed || this.#looks >= LOOKS_MAX) return
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        this.#looks++
        void this.look().then(() => {
          if (this.#expected.size > 0) this.#arm()
        })
      },
      this.#looks === 0 ? LOOK_SOON_MS : LOOK_AGAIN_MS,
    )
  }

  #rest(): void {
    this.#options.waiting.delete(this.#wake)
    this.#looks = 0
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}

const chatMessage = ({ externalId, ...message }: ThreadMessage, visitId: string): ChatMessage => ({
  ...message,
  clientKey: clientKeyOf(externalId, visitId),
})
