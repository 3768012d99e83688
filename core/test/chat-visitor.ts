import type { ChatFrame, ChatMessage, Problem, VisitorFrame } from '@oco/contract'
import { WebSocket } from 'ws'
import { SHOP, type ChatWorld } from './chat-world.ts'

export const FORM = { name: 'Анна', email: 'anna@example.ru', consentVersion: 1, consent: true, pageUrl: `${SHOP}/cart` }

export const isRefused = (frame: ChatFrame): frame is Extract<ChatFrame, { kind: 'refused' }> => frame.kind === 'refused'

/** A visitor's page: keeps every frame that came, and waits for the ones that are still to come. */
export interface VisitorPage {
  readonly frames: ChatFrame[]
  send(frame: VisitorFrame): void
  raw(text: string): void
  /** The first frame, past or future, that this is true of. */
  next<T extends ChatFrame>(is: (frame: ChatFrame) => frame is T): Promise<T>
  next(is: (frame: ChatFrame) => boolean): Promise<ChatFrame>
  messages(): ChatMessage[]
  /** All messages, once there are so many. */
  messagesOnce(count: number): Promise<ChatMessage[]>
  readonly closed: Promise<number>
  close(): Promise<void>
}

export const openPage = async (url: string, headers: Record<string, string> = { origin: SHOP }): Promise<VisitorPage> => {
  const ws = new WebSocket(url.replace('http', 'ws'), { headers })
  const frames: ChatFrame[] = []
  const waiters = new Set<() => void>()
  ws.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString('utf8')) as ChatFrame)
    for (const waiter of waiters) waiter()
  })
  const closed = new Promise<number>((resolve) => ws.on('close', resolve))
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve)
    ws.once('error', reject)
  })
  const until = <T>(found: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const look = (): void => {
        const value = found()
        if (value === undefined) return
        waiters.delete(look)
        resolve(value)
      }
      waiters.add(look)
      look()
    })
  const messages = (): ChatMessage[] => frames.flatMap((frame) => (frame.kind === 'messages' ? frame.messages : []))
  return {
    frames,
    send: (frame) => ws.send(JSON.stringify(frame)),
    raw: (text) => ws.send(text),
    next: (is: (frame: ChatFrame) => boolean) => until(() => frames.find(is)) as Promise<never>,
    messages,
    messagesOnce: (count) => until(() => (messages().length >= count ? messages() : undefined)),
    closed,
    async close() {
      ws.close()
      await closed
    },
  }
}

export interface Visitor {
  readonly visitId: string
  readonly secret: string
  readonly authorization: string
  readonly headers: Record<string, string>
  /** A page of this visit, once the server has answered its first frame. */
  readonly open: (afterSequence?: number, secret?: string) => Promise<VisitorPage>
}

/** Visitors of one test file, each from an address of its own, so that one test's flood is not another's. */
export const createVisitors = (world: () => ChatWorld) => {
  const pages: VisitorPage[] = []
  let addresses = 0

  const url = (path = ''): string => `${world().base}/api/v1/webchat/${world().chatId}${path}`

  const shopper = (): Record<string, string> => {
    addresses++
    return { origin: SHOP, 'x-forwarded-for': `10.1.${Math.floor(addresses / 250)}.${addresses % 250}` }
  }

  const start = async (form: Record<string, unknown> = FORM, headers = shopper()) => {
    const response = await fetch(url('/visits'), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(form),
    })
    return { response, body: (await response.json()) as { visitId: string; secret: string } & Problem }
  }

  return {
    url,
    shopper,
    start,

    async visit(form: Record<string, unknown> = FORM): Promise<Visitor> {
      const headers = shopper()
      const { body } = await start(form, headers)
      return {
        ...body,
        headers,
        authorization: `Visit ${body.visitId}.${body.secret}`,
        async open(afterSequence = 0, secret = body.secret) {
          const page = await openPage(url('/socket'), headers)
          pages.push(page)
          page.send({ kind: 'open', visitId: body.visitId, secret, afterSequence })
          await page.next(({ kind }) => kind === 'opened' || kind === 'refused')
          return page
        },
      }
    },

    async closeAll(): Promise<void> {
      await Promise.all(pages.splice(0).map((page) => page.close()))
    },

    async conversationOf(visitId: string): Promise<string> {
      const row = await world()
        .database.read.selectFrom('conversation')
        .select('id')
        .where('thread_key', '=', visitId)
        .executeTakeFirstOrThrow()
      return row.id
    },
  }
}

/** Sends a message and waits until it cannot be lost any more. */
export const say = async (page: VisitorPage, clientKey: string, text: string, uploadIds: string[] = []): Promise<void> => {
  page.send({ kind: 'message', clientKey, text, uploadIds })
  await page.next((frame) => frame.kind === 'stored' && frame.clientKey === clientKey)
}
