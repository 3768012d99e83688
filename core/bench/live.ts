/**
 * How long a message takes from the first byte sent (to the intake API, or over a visitor's chat socket) until the agent's page has
 * heard of it over its socket: inbox row, story, audit and live row all committed on a durable PostgreSQL in between.
 *
 *   npm run bench:live -- [--sessions 200,2000] [--rate 100] [--seconds 20] [--seed 1]
 *
 * Half of the messages come by intake, half by chat. The counters of the queue go to every session all the while: items come and go in
 * the queue so that there is something to count. A lost message or an error ends the bench with a failure.
 */
import { Agent, request } from 'node:http'
import { argv, exit, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { systemClock } from '../src/kernel/clock.ts'
import { newId } from '../src/kernel/ids.ts'
import { openDatabase, sql, type Database } from '../src/platform/db.ts'
import { migrate } from '../src/platform/migrate.ts'
import { testLog } from '../test/harness.ts'
import { startPostgres, type PostgresServer } from '../test/postgres.ts'
import { eachAtOnce, openPage, percentile, seedCrowd, type Crowd, type LivePage, type Person } from './crowd.ts'
import { startProduct } from './product.ts'

const { values: given } = parseArgs({
  args: argv.slice(2),
  options: {
    sessions: { type: 'string', default: '200,2000' },
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
  },
})
const RATE = Number(given.rate)
const SECONDS = Number(given.seconds)
const WARMUP_SECONDS = Number(given.warmup)
const VISITORS = 100
const ORIGIN = 'http://shop.example'
const COUNTERS_EVERY_MS = 250
const LAST_WAIT_MS = 5_000

interface Flight {
  readonly sentMs: number
  readonly measured: boolean
}

interface Round {
  readonly sorted: readonly number[]
  readonly counters: number
  readonly cpu: number
}

const main = async (): Promise<void> => {
  const server = await startPostgres({ settings: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' } })
  const parts: string[] = []
  try {
    for (const sessions of given.sessions.split(',').map(Number)) {
      const { sorted, counters, cpu } = await measure(server, sessions)
      const p50 = percentile(sorted, 0.5).toFixed(1)
      const p99 = percentile(sorted, 0.99).toFixed(1)
      stdout.write(
        `${String(sessions)} sessions: ${String(sorted.length)} messages, p50 ${p50} p95 ${percentile(sorted, 0.95).toFixed(1)} ` +
          `p99 ${p99} max ${(sorted.at(-1) ?? 0).toFixed(1)} ms; ${String(counters)} counters heard; ` +
          `core used ${(cpu * 100).toFixed(0)} % of a core\n`,
      )
      parts.push(`p50 ${p50} ms p99 ${p99} ms at ${String(sessions)}`)
    }
  } finally {
    await server.stop()
  }
  stdout.write(`live: ${parts.join('; ')}\n`)
}

const measure = async (server: PostgresServer, sessions: number): Promise<Round> => {
  const name = `bench_${String(sessions)}`
  await server.administer(`create database ${name} owner oco_owner`)
  await migrate({ ownerUrl: server.url('oco_owner', name), appUser: 'oco_app', log: testLog })
  const database = openDatabase({
    url: server.url('oco_owner', name),
    clock: systemClock,
    poolSize: 4,
    onWake: () => undefined,
    onIdleError: () => undefined,
  })
  const crowd = await seedCrowd(database, sessions)
  const product = await startProduct(server, name)
  try {
    const { durable } = (
      await sql<{ durable: string }>`
        select current_setting('fsync') || current_setting('synchronous_commit') as durable`.execute(database.read)
    ).rows[0] ?? { durable: '' }
    if (durable !== 'onon') throw new Error(`not durable: ${durable}`)
    return await load({ address: product.address, database, crowd, cpu: product.cpuSeconds })
  } finally {
    await product.stop()
    await database.close()
  }
}

interface Load {
  readonly address: string
  readonly database: Database
  readonly crowd: Crowd
  readonly cpu: () => Promise<number>
}

const load = async ({ address, database, crowd, cpu }: Load): Promise<Round> => {
  const flights = new Map<string, Flight>()
  const took: number[] = []
  let counters = 0
  const heard =
    (person: Person) => (frame: { kind: string; events?: readonly { type: string; conversationId: string | null }[] }) => {
      if (frame.kind === 'counters') counters++
      for (const event of frame.events ?? []) {
        if (event.type !== 'message.added' || event.conversationId !== person.conversationId) continue
        const flight = flights.get(person.conversationId)
        if (flight === undefined) continue
        flights.delete(person.conversationId)
        if (flight.measured) took.push(performance.now() - flight.sentMs)
      }
    }
  const pages: LivePage[] = []
  await eachAtOnce(crowd.people, 50, async (person) => {
    pages.push(await openPage(address, person, heard(person)))
  })
  const visitors = await openVisitors(address, database, crowd)
  const visitorPeople = new Set(visitors.map(({ person }) => person))
  const cases = crowd.people.filter((person) => !visitorPeople.has(person))
  const senders = {
    chat: { list: visitors, next: 0 },
    intake: { list: cases, next: 0 },
  }
  const counting = setInterval(() => void stirCounters(database, crowd), COUNTERS_EVERY_MS)
  const http = new Agent({ keepAlive: true, maxSockets: 32 })
  const total = RATE * (WARMUP_SECONDS + SECONDS)
  const startMs = performance.now()
  let cpuAtStart = 0
  let measuredFromMs = 0
  let skipped = 0
  for (let index = 0; index < total; index++) {
    const waitMs = startMs + (index * 1_000) / RATE - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    const measured = index >= RATE * WARMUP_SECONDS
    if (measured && measuredFromMs === 0) {
      measuredFromMs = performance.now()
      cpuAtStart = await cpu()
    }
    if (index % 2 === 0) {
      const visitor = senders.chat.list[senders.chat.next++ % senders.chat.list.length]
      if (visitor === undefined || flights.has(visitor.person.conversationId)) {
        skipped++
        continue
      }
      flights.set(visitor.person.conversationId, { sentMs: performance.now(), measured })
      visitor.say(`Message ${String(index)}`)
    } else {
      const person = senders.intake.list[senders.intake.next++ % senders.intake.list.length]
      if (person === undefined || flights.has(person.conversationId)) {
        skipped++
        continue
      }
      flights.set(person.conversationId, { sentMs: performance.now(), measured })
      post(http, address, crowd.token, person, `Message ${String(index)}`)
    }
  }
  const used = (await cpu()) - cpuAtStart
  const lasted = (performance.now() - measuredFromMs) / 1_000
  clearInterval(counting)
  const endMs = performance.now() + LAST_WAIT_MS
  while (flights.size > 0 && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 20))
  for (const page of pages) page.close()
  for (const visitor of visitors) visitor.close()
  http.destroy()
  if (flights.size > 0) throw new Error(`${String(flights.size)} messages were never heard`)
  if (failures.length > 0) throw new Error(`${String(failures.length)} errors, the first: ${failures[0] ?? ''}`)
  if (skipped > 0)
    stdout.write(`${String(skipped)} sends were left out because their conversation's last message was still under way\n`)
  return { sorted: took.sort((a, b) => a - b), counters, cpu: used / lasted }
}

const failures: string[] = []

const post = (http: Agent, address: string, token: string, person: Person, text: string): void => {
  const body = JSON.stringify({ from: { externalId: person.caseId }, subject: 'Case', text, caseId: person.caseId })
  const sent = request(
    `${address}/api/v1/intake`,
    {
      agent: http,
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'idempotency-key': newId(),
      },
    },
    (response) => {
      if (response.statusCode !== 202) failures.push(`intake answered ${String(response.statusCode)}`)
      response.resume()
    },
  )
  sent.on('error', (error) => failures.push(error.message))
  sent.end(body)
}

interface Visitor {
  readonly person: Person
  say(text: string): void
  close(): void
}

/** Visits whose conversations are those of the first people: made by the API, then put into their hands. */
const openVisitors = async (address: string, database: Database, crowd: Crowd): Promise<Visitor[]> => {
  const visitors: Visitor[] = []
  const people = crowd.people.slice(0, Math.min(VISITORS, Math.floor(crowd.people.length / 2)))
  await eachAtOnce(people, 4, async (person, index) => {
    // Every visitor has an address of its own, told by the proxy that the product trusts.
    const headers = { origin: ORIGIN, 'x-forwarded-for': `10.1.${String(Math.floor(index / 250))}.${String(1 + (index % 250))}` }
    const response = await fetch(`${address}/api/v1/webchat/${crowd.webchatChannelId}/visits`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Visitor', consentVersion: 1, consent: true }),
    })
    if (!response.ok) throw new Error(`a visit was refused: ${await response.text()}`)
    const visit = (await response.json()) as { visitId: string; secret: string }
    await sql`update conversation set channel_id = ${crowd.webchatChannelId}, thread_key = ${visit.visitId}
      where id = ${person.conversationId}`.execute(database.read)
    visitors.push(await openVisitor(address, crowd.webchatChannelId, visit, person, headers))
  })
  return visitors
}

const openVisitor = (
  address: string,
  channelId: string,
  visit: { visitId: string; secret: string },
  person: Person,
  headers: Record<string, string>,
): Promise<Visitor> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${address.replace('http', 'ws')}/api/v1/webchat/${channelId}/socket`, { headers })
    socket.once('error', reject)
    socket.on('open', () => {
      socket.send(JSON.stringify({ kind: 'open', ...visit, afterSequence: 0 }))
    })
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as { kind: string; code?: string }
      if (frame.kind === 'refused') failures.push(`chat refused: ${frame.code ?? ''}`)
      if (frame.kind !== 'opened') return
      resolve({
        person,
        say: (text) => {
          socket.send(JSON.stringify({ kind: 'message', clientKey: newId(), text, uploadIds: [] }))
        },
        close: () => {
          socket.close()
        },
      })
    })
  })

/** One item leaves the line or comes into it, with its live row, so that the counters change. */
const stirCounters = async (database: Database, crowd: Crowd): Promise<void> => {
  try {
    const conversationId = newId()
    await database.transaction(async (tx) => {
      await sql`insert into conversation (id, contact_id, channel_id, subject, started_at, last_message_at, last_message_kind)
        select ${conversationId}, contact_id, ${crowd.intakeChannelId}, 'Waiting', now(), now(), 'inbound' from conversation limit 1`.execute(
        tx,
      )
      await sql`insert into work_item (id, conversation_id, queue_id, channel_kind, priority, weight, enqueued_at, waiting_since)
        select ${newId()}, ${conversationId}, id, 'intake', 1, 10, now(), now() from queue limit 1`.execute(tx)
      await sql`insert into live_event (at, type, queue_id, conversation_id)
        select now(), 'work_item.changed', id, ${conversationId} from queue limit 1`.execute(tx)
      await sql`select pg_notify('oco', 'bench live')`.execute(tx)
    })
  } catch (error) {
    failures.push(String(error))
  }
}

await main().catch((error: unknown) => {
  stdout.write(`live bench failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  exit(1)
})
