/**
 * How long a message takes from the first byte sent (to the intake API, or over a visitor's chat socket) until the agent's page has
 * heard of it over its socket: inbox row, story, audit and live row all committed on a durable PostgreSQL in between.
 *
 *   npm run bench:live -- [--sessions 200,2000] [--rate 100] [--seconds 20] [--seed 1]
 *
 * Half of the messages come by intake, half by chat, each at its planned moment, whatever has become of those before. Its time counts
 * from that moment: where the product or this process stands still, all that should have been sent meanwhile has waited. The counters
 * of the queue go to every session all the while: items come into the queue so that there is something to count. A lost message or an
 * error ends the bench with a failure.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, exit, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import type { LiveFrame } from '@oco/contract'
import { newId } from '../src/kernel/ids.ts'
import { sql, type Database } from '../src/platform/db.ts'
import { startPostgres, type PostgresServer } from '../test/postgres.ts'
import { createRandom, type Random } from '../test/random.ts'
import { writeTestRing } from '../test/test-vault.ts'
import { eachAtOnce, openPage, percentile, seedCrowd, type Crowd, type LivePage, type Person } from './crowd.ts'
import { keysDatabaseOf, prepareDatabasesOf, startProduct } from './product.ts'
import { openStore } from './store.ts'
import { openVisitors } from './visitors.ts'

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
const SEED = Number(given.seed)
const VISITORS = 100
const COUNTERS_EVERY_MS = 250
const LAST_WAIT_MS = 30_000
const ASKED_AT_ONCE = 1_000

interface Round {
  readonly sorted: readonly number[]
  /** How long after its planned moment a message was sent, all in order. */
  readonly lateMs: readonly number[]
  readonly counters: number
  readonly cpu: number
}

const main = async (): Promise<void> => {
  const server = await startPostgres({ settings: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' } })
  const folder = await mkdtemp(join(tmpdir(), 'oco-live-'))
  const ringPath = join(folder, 'key-ring.json')
  const parts: string[] = []
  try {
    await writeTestRing(ringPath)
    for (const sessions of given.sessions.split(',').map(Number)) {
      const { sorted, lateMs, counters, cpu } = await measure(server, sessions, ringPath)
      const p50 = percentile(sorted, 0.5).toFixed(1)
      const p99 = percentile(sorted, 0.99).toFixed(1)
      stdout.write(
        `${String(sessions)} sessions: ${String(sorted.length)} messages, p50 ${p50} p95 ${percentile(sorted, 0.95).toFixed(1)} ` +
          `p99 ${p99} max ${(sorted.at(-1) ?? 0).toFixed(1)} ms; sent late by p99 ${percentile(lateMs, 0.99).toFixed(1)} ms; ` +
          `${String(counters)} counters heard; ` +
          `core used ${(cpu * 100).toFixed(0)} % of a core\n`,
      )
      parts.push(`p50 ${p50} ms p99 ${p99} ms at ${String(sessions)}`)
    }
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  stdout.write(`live: ${parts.join('; ')}\n`)
}

const measure = async (server: PostgresServer, sessions: number, ringPath: string): Promise<Round> => {
  const name = `bench_${String(sessions)}`
  await prepareDatabasesOf(server, name)
  const keysUrl = server.url('oco_app', keysDatabaseOf(name))
  const store = await openStore({ url: server.url('oco_owner', name), keysUrl, ringPath })
  const { database } = store
  const crowd = await seedCrowd(database, sessions)
  const product = await startProduct(server, name, { OCO_KEY_RING_FILE: ringPath })
  try {
    const { durable } = (
      await sql<{ durable: string }>`
        select current_setting('fsync') || current_setting('synchronous_commit') as durable`.execute(database.read)
    ).rows[0] ?? { durable: '' }
    if (durable !== 'onon') throw new Error(`not durable: ${durable}`)
    return await load({ address: product.address, database, crowd, cpu: product.cpuSeconds })
  } finally {
    await product.stop()
    await store.close()
  }
}

interface Load {
  readonly address: string
  readonly database: Database
  readonly crowd: Crowd
  readonly cpu: () => Promise<number>
}

const load = async ({ address, database, crowd, cpu }: Load): Promise<Round> => {
  const heard = new Hearing()
  const pages: LivePage[] = []
  await eachAtOnce(crowd.people, 50, async (person) => {
    pages.push(await openPage(address, person, (frame) => heard.note(person, frame)))
  })
  const refused = (code: string): void => void failures.push(`chat refused: ${code}`)
  const count = Math.min(VISITORS, Math.floor(crowd.people.length / 2))
  const visitors = await openVisitors({ address, database, crowd, count, refused })
  const http = new Agent({ keepAlive: true, maxSockets: 32 })
  const counting = setInterval(() => void stirCounters(database, crowd), COUNTERS_EVERY_MS)
  const random = createRandom(SEED)
  const chats = shuffled(visitors, random).map(({ say }) => say)
  const cases = shuffled(crowd.people.slice(count), random).map(
    (person) => (text: string) => post({ http, address, token: crowd.token, person, text }),
  )
  try {
    const warm = await sendAll({ ways: [chats, cases], messages: RATE * WARMUP_SECONDS })
    const [startMs, cpuAtStart] = [performance.now(), await cpu()]
    const measured = await sendAll({ ways: [chats, cases], messages: RATE * SECONDS })
    const used = ((await cpu()) - cpuAtStart) / ((performance.now() - startMs) / 1_000)
    clearInterval(counting)
    await heard.all(warm.length + measured.length)
    if (failures.length > 0) throw new Error(`${String(failures.length)} errors, the first: ${failures[0] ?? ''}`)
    const heardMs = await heard.byExternalId(database)
    const took = measured.map(({ externalId, plannedMs }) => (heardMs.get(externalId) ?? Number.NaN) - plannedMs)
    if (took.some((ms) => Number.isNaN(ms))) throw new Error('a message was heard that was not sent')
    const lateMs = measured.map(({ plannedMs, sentMs }) => sentMs - plannedMs)
    return { sorted: took.sort(ascending), lateMs: lateMs.sort(ascending), counters: heard.counters, cpu: used }
  } finally {
    clearInterval(counting)
    for (const each of [...pages, ...visitors]) each.close()
    http.destroy()
  }
}

const ascending = (a: number, b: number): number => a - b

const shuffled = <T>(list: readonly T[], random: Random): T[] => {
  const left = [...list]
  return list.flatMap(() => left.splice(random.below(left.length), 1))
}

/** What the pages have heard, and when. */
class Hearing {
  readonly #firstMs = new Map<string, number>()
  counters = 0

  /** An event may come twice: its first time counts. */
  note(person: Person, frame: LiveFrame): void {
    if (frame.kind === 'counters') this.counters++
    if (frame.kind !== 'events') return
    for (const { type, conversationId, messageId } of frame.events) {
      if (type !== 'message.added' || conversationId !== person.conversationId || messageId === null) continue
      if (!this.#firstMs.has(messageId)) this.#firstMs.set(messageId, performance.now())
    }
  }

  /** Waits until so many messages were heard. */
  async all(count: number): Promise<void> {
    const endMs = performance.now() + LAST_WAIT_MS
    while (this.#firstMs.size < count && performance.now() < endMs) await pause(20)
    if (this.#firstMs.size !== count) throw new Error(`${String(count)} messages were sent, ${String(this.#firstMs.size)} heard`)
  }

  /** When each was heard, by the id that its sender gave it. */
  async byExternalId(database: Database): Promise<Map<string, number>> {
    const result = new Map<string, number>()
    const ids = [...this.#firstMs.keys()]
    for (let from = 0; from < ids.length; from += ASKED_AT_ONCE) {
      const some = ids.slice(from, from + ASKED_AT_ONCE)
      const rows = await database.read.selectFrom('message').select(['id', 'external_id']).where('id', 'in', some).execute()
      for (const row of rows) result.set(row.external_id ?? '', this.#firstMs.get(row.id) ?? Number.NaN)
    }
    return result
  }
}

interface Sent {
  readonly externalId: string
  readonly plannedMs: number
  readonly sentMs: number
}

/** Sends so many at the rate, by each way in turn and in each way from one conversation after the other; late ones at once. */
const sendAll = async (options: {
  readonly ways: readonly (readonly ((text: string) => string)[])[]
  readonly messages: number
}): Promise<Sent[]> => {
  const { ways, messages } = options
  const sent: Sent[] = []
  const startMs = performance.now()
  for (let index = 0; index < messages; index++) {
    const plannedMs = startMs + (index * 1_000) / RATE
    const waitMs = plannedMs - performance.now()
    if (waitMs > 0) await pause(waitMs)
    const way = ways[index % ways.length] ?? []
    const send = way[Math.floor(index / ways.length) % way.length]
    if (send === undefined) throw new Error('there is nobody who sends')
    const sentMs = performance.now()
    sent.push({ externalId: send(`Message ${String(index)}`), plannedMs, sentMs })
  }
  return sent
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const failures: string[] = []

/** Answers the id under which the product will know the message. */
const post = (options: {
  readonly http: Agent
  readonly address: string
  readonly token: string
  readonly person: Person
  readonly text: string
}): string => {
  const { http, address, token, person, text } = options
  const key = newId()
  const body = JSON.stringify({ from: { externalId: person.caseId }, subject: 'Case', text, caseId: person.caseId })
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'idempotency-key': key,
  }
  const sent = request(`${address}/api/v1/intake`, { agent: http, method: 'POST', headers }, (response) => {
    if (response.statusCode !== 202) failures.push(`intake answered ${String(response.statusCode)}`)
    response.resume()
  })
  sent.on('error', (error) => failures.push(error.message))
  sent.end(body)
  return key
}

/** One item more comes into the line, with its live row, so that the counters change. */
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
