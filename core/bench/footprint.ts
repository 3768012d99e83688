/**
 * What one core process costs: how long from its start until it is ready and has served a signed-in list, on a migrated database, and
 * how much memory it holds with live sessions at work while mail (IMAP on a real Dovecot, letters going in) and web chat run.
 *
 *   npm run bench:footprint -- [--sessions 200] [--starts 7] [--seconds 30]
 *
 * The start is the median of `--starts`, the memory the highest resident size that was seen while the load ran.
 */
import { argv, exit, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { systemClock } from '../src/kernel/clock.ts'
import { newId } from '../src/kernel/ids.ts'
import { createSecretBox } from '@oco/security'
import { createChannelStore } from '../src/channels/index.ts'
import { openDatabase, type Database } from '../src/platform/db.ts'
import { migrate } from '../src/platform/migrate.ts'
import { testLog } from '../test/harness.ts'
import { withoutPrograms } from '../test/peers/debian-packages.ts'
import { MAIL_PEER_PROGRAMS, startMailPeer, SUPPORT, type MailPeer } from '../test/peers/mail-peer.ts'
import { startPostgres, type PostgresServer } from '../test/postgres.ts'
import { eachAtOnce, openPage, percentile, seedCrowd, type Crowd, type LivePage } from './crowd.ts'
import { startProduct, type Product } from './product.ts'
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
/** Each session does something so often: opens its conversation, writes a note, looks at its list. */
const ACT_EVERY_MS = 4_000
const LETTER_EVERY_MS = 500
const LOOK_EVERY_MS = 250
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
    const crowd = await prepare(server, mail, key)
    const env = { OCO_SECRET_KEY_FILE: keyFile }
    const readyMs: number[] = []
    for (let start = 0; start < STARTS; start++) readyMs.push(await startOnce(server, crowd, env))
    const sorted = readyMs.sort((a, b) => a - b)
    stdout.write(
      `start: ${sorted.map((ms) => (ms / 1_000).toFixed(3)).join(' ')} s until ready and a signed-in list (sorted, ${String(STARTS)} starts)\n`,
    )
    const product = await startProduct(server, DATABASE, env)
    const memory = await atWork(product, mail, crowd).finally(() => product.stop())
    const megabytes = (memory.peakBytes / MEBIBYTE).toFixed(1)
    stdout.write(
      `memory: ${(memory.idleBytes / MEBIBYTE).toFixed(1)} MB before the sessions, median ${(memory.medianBytes / MEBIBYTE).toFixed(1)} MB, ` +
        `highest ${megabytes} MB in ${String(SECONDS)} s; ${String(memory.acts)} acts, ${String(memory.letters)} letters\n`,
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

const prepare = async (server: PostgresServer, mail: MailPeer, key: Buffer): Promise<Crowd> => {
  await server.administer(`create database ${DATABASE} owner oco_owner`)
  await migrate({ ownerUrl: server.url('oco_owner', DATABASE), appUser: 'oco_app', log: testLog })
  const database: Database = openDatabase({
    url: server.url('oco_owner', DATABASE),
    clock: systemClock,
    poolSize: 2,
    onWake: () => undefined,
    onIdleError: () => undefined,
  })
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
    await database.close()
  }
}

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
  readonly letters: number
}

const atWork = async (product: Product, mail: MailPeer, crowd: Crowd): Promise<Memory> => {
  const idleBytes = await product.residentBytes()
  const pages: LivePage[] = []
  await eachAtOnce(crowd.people, 20, async (person) => {
    pages.push(await openPage(product.address, person, () => undefined))
  })
  const sizes: number[] = []
  const looking = setInterval(() => {
    void product.residentBytes().then((bytes) => sizes.push(bytes))
  }, LOOK_EVERY_MS)
  let letters = 0
  const writing = setInterval(() => {
    letters++
    void mail.send({
      from: `client${String(letters)}@example.test`,
      to: SUPPORT.address,
      subject: `Letter ${String(letters)}`,
      text: 'Good day! '.repeat(200),
    })
  }, LETTER_EVERY_MS)
  const endMs = performance.now() + SECONDS * 1_000
  let acts = 0
  await Promise.all(
    crowd.people.map(async (person, index) => {
      await pause((index / crowd.people.length) * ACT_EVERY_MS)
      while (performance.now() < endMs) {
        await act(product.address, person.cookie, person.conversationId)
        acts++
        await pause(ACT_EVERY_MS)
      }
    }),
  )
  clearInterval(looking)
  clearInterval(writing)
  for (const page of pages) page.close()
  const sorted = sizes.sort((a, b) => a - b)
  return { idleBytes, peakBytes: sorted.at(-1) ?? 0, medianBytes: percentile(sorted, 0.5), acts, letters }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const act = async (address: string, cookie: string, conversationId: string): Promise<void> => {
  const get = async (path: string): Promise<void> => {
    const response = await fetch(`${address}/api/v1/${path}`, { headers: { cookie } })
    if (!response.ok) throw new Error(`${path} answered ${String(response.status)}`)
    await response.arrayBuffer()
  }
  await get('conversations?view=mine')
  await get(`conversations/${conversationId}`)
  await get(`desk?${newId()}`)
}

await main().catch((error: unknown) => {
  stdout.write(`footprint bench failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  exit(1)
})
