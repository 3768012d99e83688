import { WebSocket } from 'ws'
import type { ChatFrame } from '@oco/contract'
import { newId } from '../src/kernel/ids.ts'
import { sql, type Database } from '../src/platform/db.ts'
import { eachAtOnce, type Crowd, type Person } from './crowd.ts'

const ORIGIN = 'http://shop.example'

export interface Visitor {
  /** Whose conversation it is. */
  readonly person: Person
  /** Sends a message; answers the id under which the product will know it. */
  say(text: string): string
  close(): void
}

export interface VisitorsOptions {
  readonly address: string
  readonly database: Database
  readonly crowd: Crowd
  readonly count: number
  /** Told of each message that the chat refuses. */
  readonly refused: (code: string) => void
  /** Told of each answer that comes to a visitor. */
  readonly answered?: () => void
}

/** Visits whose conversations are those of the first people: made by the API, then put into their hands. */
export const openVisitors = async ({
  address,
  database,
  crowd,
  count,
  refused,
  answered,
}: VisitorsOptions): Promise<Visitor[]> => {
  const visitors: Visitor[] = []
  const channelUrl = `${address}/api/v1/webchat/${crowd.webchatChannelId}`
  await eachAtOnce(crowd.people.slice(0, count), 4, async (person, index) => {
    // Every visitor has an address of its own, told by the proxy that the product trusts.
    const headers = { origin: ORIGIN, 'x-forwarded-for': `10.1.${String(Math.floor(index / 250))}.${String(1 + (index % 250))}` }
    const response = await fetch(`${channelUrl}/visits`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Visitor', consentVersion: 1, consent: true }),
    })
    if (!response.ok) throw new Error(`a visit was refused: ${await response.text()}`)
    const visit = (await response.json()) as Visit
    await sql`update conversation set channel_id = ${crowd.webchatChannelId}, thread_key = ${visit.visitId}
      where id = ${person.conversationId}`.execute(database.read)
    visitors.push(
      await openVisitor({ url: `${channelUrl.replace('http', 'ws')}/socket`, visit, person, headers, refused, answered }),
    )
  })
  return visitors
}

interface Visit {
  readonly visitId: string
  readonly secret: string
}

interface VisitorOptions {
  readonly url: string
  readonly visit: Visit
  readonly person: Person
  readonly headers: Record<string, string>
  readonly refused: (code: string) => void
  readonly answered: (() => void) | undefined
}

const openVisitor = ({ url, visit, person, headers, refused, answered }: VisitorOptions): Promise<Visitor> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers })
    socket.once('error', reject)
    socket.on('open', () => {
      socket.send(JSON.stringify({ kind: 'open', ...visit, afterSequence: 0 }))
    })
    let lastSequence = 0
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as ChatFrame
      if (frame.kind === 'refused') refused(frame.code)
      if (frame.kind === 'messages') {
        for (const { sequence, from } of frame.messages) {
          // What is behind the last one was shown before.
          if (sequence > lastSequence && from === 'agent') answered?.()
          lastSequence = Math.max(lastSequence, sequence)
        }
        socket.send(JSON.stringify({ kind: 'received', sequence: lastSequence }))
      }
      if (frame.kind !== 'opened') return
      resolve({
        person,
        say: (text) => {
          const clientKey = newId()
          socket.send(JSON.stringify({ kind: 'message', clientKey, text, uploadIds: [] }))
          return `${visit.visitId}:${clientKey}`
        },
        close: () => {
          socket.close()
        },
      })
    })
  })
