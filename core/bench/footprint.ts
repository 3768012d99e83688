/**
 * What one core process costs: how long from its start until it is ready and has served a signed-in list, on a migrated database, and
 * how much memory it holds with live sessions at work while mail (IMAP on a real Dovecot, letters going in) and web chat run (visitors
 * who write and are answered).
 *
 *   npm run bench:footprint -- [--sessions 200] [--starts 7] [--seconds 30]
 *
 * The start is the median of `--starts`, the memory the highest resident size that was seen while the load ran. An act that fails, a
 * letter that is not taken in or an answer that no visitor sees ends it with a failure.
 */
import { argv, exit, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/kernel/clock.ts'
import { newId } from '../src/kernel/ids.ts'
import { createSecretBox } from '@oco/security'
import { createChannelStore } from '../src/channels/index.ts'
import { openDatabase, sql, type Database } from '../src/platform/db.ts'
import { withoutPrograms } from '../test/peers/debian-packages.ts'
import { MAIL_PEER_PROGRAMS, startMailPeer, SUPPORT, type MailPeer } from '../test/peers/mail-peer.ts'
import { startPostgres, type PostgresServer } from '../test/postgres.ts'
import { writeTestRing } from '../test/test-vault.ts'
import { eachAtOnce, openPage, percentile, seedCrowd, type Crowd, type LivePage, type Person } from './crowd.ts'
import { keysDatabaseOf, prepareDatabasesOf, startProduct, type Product } from './product.ts'
import { openStore } from './store.ts'
import { openVisitors, type Visitor } from './visitors.ts'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const { values: given } = parseArgs({
  args: argv.slice(2),
  options: {
    sessions: { type: 'string', default: '200' },
    starts: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '30' },
  },
})
const SESSIONS = Number(given.sessions)
const STARTS = Number(given.starts)
const SECONDS = Number(given.seconds)
const DATABASE = 'bench_footprint'
/** Each session does something so often: looks at its list, opens its conversation, writes a note, and answers a visitor. */
const ACT_EVERY_MS = 4_000
/** Half of the sessions at most: the others have conversations of the intake. */
const VISITORS = 50
const LETTER_EVERY_MS = 500
const LOOK_EVERY_MS = 250
const LAST_WAIT_MS = 30_000
const MEBIBYTE = 1024 ** 2

const main = async (): Promise<void> => {
  const missing = await withoutPrograms(MAIL_PEER_PROGRAMS)
  if (missing !== null) throw new Error(missing)
  const server = await startPostgres({ settings: { fsync: 'on', synchronous_commit: 'on' } })
  const mail = await startMailPeer()
  const folder = await mkdtemp(join(tmpdir(), 'oco-footprint-'))
  const key = randomBytes(32)
  const keyFile = join(folder, 'secret.key')
  try {
    await writeFile(keyFile, key, { mode: 0o600 })
    const ringPath = join(folder, 'key-ring.json')
    await writeTestRing(ringPath)
    const crowd = await prepare(server, mail, { key, ringPath })
    const env = { OCO_SECRET_KEY_FILE: keyFile, OCO_KEY_RING_FILE: ringPath }
    const readyMs: number[] = []
    for (let start = 0; start < STARTS; start++) readyMs.push(await startOnce(server, crowd, env))
    const sorted = readyMs.sort((a, b) => a - b)
    stdout.write(
      `start: ${sorted.map((ms) => (ms / 1_000).toFixed(3)).join(' ')} s until ready and a signed-in list (sorted, ${String(STARTS)} starts)\n`,
    )
    const product = await startProduct(server, DATABASE, env)
    const database = openOwn(server)
    const memory = await atWork({ product, database, mail, crowd }).finally(async () => {
      await database.close()
      await product.stop()
    })
    const megabytes = (memory.peakBytes / MEBIBYTE).toFixed(1)
    stdout.write(
      `memory: ${(memory.idleBytes / MEBIBYTE).toFixed(1)} MB before the sessions, median ${(memory.medianBytes / MEBIBYTE).toFixed(1)} MB, ` +
        `highest ${megabytes} MB in ${String(SECONDS)} s; ${String(memory.acts)} times list, conversation and note, ${String(memory.said)} messages of ` +
        `${String(memory.visitors)} visitors, ${String(memory.answers)} answers seen by them, ${String(memory.letters)} letters\n`,
    )
    stdout.write(
      `footprint: ${megabytes} MB at ${String(SESSIONS)} sessions, ready in ${(percentile(sorted, 0.5) / 1_000).toFixed(3)} s\n`,
    )
  } finally {
    await mail.stop()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const prepare = async (
  server: PostgresServer,
  mail: MailPeer,
  { key, ringPath }: { key: Buffer; ringPath: string },
): Promise<Crowd> => {
  await prepareDatabasesOf(server, DATABASE)
  const keysUrl = server.url('oco_app', keysDatabaseOf(DATABASE))
  const store = await openStore({ url: server.url('oco_owner', DATABASE), keysUrl, ringPath })
  const { database } = store
  try {
    const crowd = await seedCrowd(database, SESSIONS)
    const { id: queueId } = await database.read.selectFrom('queue').select('id').executeTakeFirstOrThrow()
    await database.transaction((tx) =>
      createChannelStore(createSecretBox(key)).create(tx, {
        name: 'Mail',
        queueId,
        enabled: true,
        demo: false,
        now: systemClock.now(),
        settings: {
          kind: 'email',
          address: SUPPORT.address,
          senderName: 'Support',
          allowUntrustedCertificates: true,
          signature: '',
          imap: {
            host: mail.host,
            port: mail.imapsPort,
            tls: 'tls',
            user: SUPPORT.address,
            mailbox: 'INBOX',
            password: SUPPORT.password,
          },
          smtp: {
            host: mail.host,
            port: mail.submissionPort,
            tls: 'starttls',
            user: SUPPORT.address,
            password: SUPPORT.password,
          },
        },
      }),
    )
    return crowd
  } finally {
    await store.close()
  }
}

const openOwn = (server: PostgresServer): Database =>
  openDatabase({
    url: server.url('oco_owner', DATABASE),
    clock: systemClock,
    poolSize: 2,
    onWake: () => undefined,
    onIdleError: () => undefined,
  })

/** Milliseconds from the start of the process until the list of a signed-in agent has been served. */
const startOnce = async (server: PostgresServer, crowd: Crowd, env: Record<string, string>): Promise<number> => {
  const startedMs = performance.now()
  const product = await startProduct(server, DATABASE, env)
  try {
    const person = crowd.people[0]
    if (person === undefined) throw new Error('there is nobody')
    const response = await fetch(`${product.address}/api/v1/conversations?view=mine`, { headers: { cookie: person.cookie } })
    const { rows } = (await response.json()) as { rows: unknown[] }
    if (rows.length !== 1) throw new Error('the list was not served')
    return performance.now() - startedMs
  } finally {
    await product.stop()
  }
}

interface Memory {
  readonly idleBytes: number
  readonly peakBytes: number
  readonly medianBytes: number
  readonly acts: number
  readonly visitors: number
  readonly said: number
  readonly answers: number
  readonly letters: number
}

interface Work {
  readonly product: Product
  readonly database: Database
  readonly mail: MailPeer
  readonly crowd: Crowd
}

const atWork = async ({ product, database, mail, crowd }: Work): Promise<Memory> => {
  const { address } = product
  const idleBytes = await product.residentBytes()
  const pages: LivePage[] = []
  await eachAtOnce(crowd.people, 20, async (person) => {
    pages.push(await openPage(address, person, () => undefined))
  })
  let answersSeen = 0
  const visitors = await openVisitors({
    address,
    database,
    crowd,
    count: Math.min(VISITORS, Math.floor(crowd.people.length / 2)),
    refused: (code) => faults.push(`the chat refused a message: ${code}`),
    answered: () => answersSeen++,
  })
  const visitorOf = new Map(visitors.map((visitor) => [visitor.person, visitor]))
  const sizes: number[] = []
  const looking = setInterval(() => {
    product.residentBytes().then((bytes) => sizes.push(bytes), note)
  }, LOOK_EVERY_MS)
  let letters = 0
  const writing = setInterval(() => {
    writeLetter(mail, ++letters).catch(note)
  }, LETTER_EVERY_MS)
  const endMs = performance.now() + SECONDS * 1_000
  let [acts, said, answers] = [0, 0, 0]
  const work = async (person: Person, index: number): Promise<void> => {
    const visitor = visitorOf.get(person)
    await pause((index / crowd.people.length) * ACT_EVERY_MS)
    while (performance.now() < endMs) {
      if (visitor !== undefined) said += speak(visitor, acts)
      await act(address, person)
      if (visitor !== undefined) answers += await answer(address, person)
      acts++
      await pause(ACT_EVERY_MS)
    }
  }
  try {
    await Promise.all(crowd.people.map(work))
    clearInterval(writing)
    await until('an answer was not seen by its visitor', () => Promise.resolve(answersSeen >= answers))
    await until('a letter was not taken in', async () => (await lettersIn(database)) >= letters)
    await until('a message of a visitor was not taken in', async () => (await messagesIn(database, crowd)) >= said)
  } finally {
    clearInterval(looking)
    clearInterval(writing)
    for (const each of [...pages, ...visitors]) each.close()
  }
  if (faults.length > 0) throw new Error(`${String(faults.length)} faults, the first: ${faults[0] ?? ''}`)
  const sorted = sizes.sort((a, b) => a - b)
  const memory = { idleBytes, peakBytes: sorted.at(-1) ?? 0, medianBytes: percentile(sorted, 0.5) }
  return { ...memory, acts, visitors: visitors.length, said, answers, letters }
}

const faults: string[] = []
const note = (error: unknown): void => void faults.push(String(error))

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const until = async (otherwise: string, holds: () => Promise<boolean>): Promise<void> => {
  const endMs = performance.now() + LAST_WAIT_MS
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(otherwise)
    await pause(LOOK_EVERY_MS)
  }
}

const inbound = async (database: Database, channelId: string): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from message
    join conversation on conversation.id = conversation_id
    where kind = 'inbound' and conversation.channel_id = ${channelId}`.execute(database.read)
  return rows[0]?.count ?? 0
}
const messagesIn = (database: Database, crowd: Crowd): Promise<number> => inbound(database, crowd.webchatChannelId)
const lettersIn = async (database: Database): Promise<number> => {
  const { id } = await database.read.selectFrom('channel').select('id').where('kind', '=', 'email').executeTakeFirstOrThrow()
  return inbound(database, id)
}

const writeLetter = (mail: MailPeer, number: number): Promise<unknown> =>
  mail.send({
    from: `client${String(number)}@example.test`,
    to: SUPPORT.address,
    subject: `Letter ${String(number)}`,
    text: 'Good day! '.repeat(200),
  })

const speak = (visitor: Visitor, number: number): number => {
  visitor.say(`Message ${String(number)}: ${'where is my order? '.repeat(5)}`)
  return 1
}

const call = async (address: string, person: Person, path: string, body?: object): Promise<void> => {
  const response = await fetch(`${address}/api/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { cookie: person.cookie, 'x-csrf-token': person.csrf, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${path} answered ${String(response.status)}: ${await response.text()}`)
  await response.arrayBuffer()
}

const act = async (address: string, person: Person): Promise<void> => {
  const conversation = `conversations/${person.conversationId}`
  await call(address, person, 'conversations?view=mine')
  await call(address, person, conversation)
  await call(address, person, 'desk')
  await call(address, person, `${conversation}/notes`, { text: 'Called back, nobody at home.', idempotencyKey: newId() })
}

const answer = async (address: string, person: Person): Promise<number> => {
  const body = { text: 'Good day! It is on its way.', idempotencyKey: newId() }
  await call(address, person, `conversations/${person.conversationId}/replies`, body)
  return 1
}

await main().catch((error: unknown) => {
  stdout.write(`footprint bench failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  exit(1)
})
