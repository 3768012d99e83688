import assert from 'node:assert/strict'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { Db } from '../src/platform/db.ts'
import { SETTINGS } from '../src/platform/embedded-database.ts'
import { migrate } from '../src/platform/migrate.ts'
import { testLog } from '../test/harness.ts'
import { DURABLE, startPostgres, type PostgresServer } from '../test/postgres.ts'
import { createRandom, type Random } from '../test/random.ts'
import { startOurs } from './queue/ours.ts'
import { startGraphileWorker, startPgBoss } from './queue/peers.ts'
import { startRaw } from './queue/raw.ts'
import { makeWorld, type Contender, type Round } from './queue/world.ts'

/**
 * Items a second through enqueue, offer, accept and complete, beside two peers that add, fetch and complete one job at a time, and
 * beside a raw loop that writes the same rows. All on one PostgreSQL with every commit on the disk, in turns; ratios are of the same turn.
 */

const WARM_UP_ITEMS = 1_000

const options = (): { items: number; rounds: number; seed: number | undefined } => {
  const { values } = parseArgs({
    options: { items: { type: 'string' }, rounds: { type: 'string' }, seed: { type: 'string' } },
  })
  const number = (text: string | undefined, otherwise: number): number => {
    const value = text === undefined ? otherwise : Number(text)
    assert.ok(Number.isInteger(value) && value > 0, `${String(text)} is no positive whole number`)
    return value
  }
  const seed = values.seed === undefined ? undefined : number(values.seed, 1)
  return { items: number(values.items, 3_000), rounds: number(values.rounds, 5), seed }
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** The server is set up as the product sets up its own. */
const startServer = (): Promise<PostgresServer> => {
  const { listen_addresses: _addresses, port: _port, unix_socket_permissions: _socket, ...shipped } = SETTINGS
  const quoted = Object.entries(shipped).map(([name, value]) => [name, `'${value}'`])
  // Not as often as tests have it.
  const usual = { autovacuum_naptime: '1min' }
  return startPostgres({ settings: { ...(Object.fromEntries(quoted) as Record<string, string>), ...usual, ...DURABLE } })
}

/** By the socket in the server's folder, as the product reaches its own. */
const overSocket = (server: PostgresServer, role: 'oco_app' | 'oco_owner', database: string): string =>
  server.url(role, database).replace('127.0.0.1', encodeURIComponent(server.folder))

const assertDurable = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const { rows } = await client.query<Record<string, string>>(`show ${setting}`)
    assert.equal(rows[0]?.[setting], 'on', `${setting} is on`)
  }
  await client.end()
}

interface Contenders {
  readonly ours: Contender
  readonly raw: Contender
  readonly boss: Contender
  readonly graphile: Contender
}
type Name = keyof Contenders
const NAMES: readonly Name[] = ['ours', 'raw', 'boss', 'graphile']

/** Each goes to `started` as soon as it can be stopped. */
const startAll = async (server: PostgresServer, random: Random, started: Contender[]): Promise<Contenders> => {
  const noted = <C extends Contender>(contender: C): C => {
    started.push(contender)
    return contender
  }
  for (const name of ['oco', 'raw', 'boss', 'graphile']) await server.administer(`create database ${name} owner oco_owner`)
  for (const name of ['oco', 'raw']) await migrate({ ownerUrl: server.url('oco_owner', name), appUser: 'oco_app', log: testLog })
  const url = overSocket(server, 'oco_app', 'oco')
  const rawUrl = overSocket(server, 'oco_app', 'raw')
  const bossUrl = overSocket(server, 'oco_owner', 'boss')
  const graphileUrl = overSocket(server, 'oco_owner', 'graphile')
  for (const each of [url, rawUrl, bossUrl, graphileUrl]) await assertDurable(each)
  const makeSame = (db: Db) => makeWorld(db, createRandom(random.seed))
  const ours = noted(await startOurs(url, makeSame))
  let batch = 1
  return {
    ours: {
      ...ours,
      run: async (items) => {
        const round = await ours.run(items)
        batch = items / round.offerCommits
        return round
      },
    },
    raw: noted(await startRaw(rawUrl, makeSame, () => batch)),
    boss: noted(await startPgBoss(bossUrl)),
    graphile: noted(await startGraphileWorker(graphileUrl)),
  }
}

/** Ours first, because the raw loop commits as often as ours did in the same turn; the others before or after it, as it falls. */
const orderOf = (random: Random): Name[] => {
  const order: Name[] = ['ours', 'raw']
  for (const name of ['boss', 'graphile'] as const) order.splice(random.below(2) * order.length, 0, name)
  return order
}

type Rates = Readonly<Record<Name, number[]>>

const race = async (contenders: Contenders, server: PostgresServer, { items, rounds, random }: Race): Promise<Rates> => {
  for (const name of NAMES) await contenders[name].run(Math.min(items, WARM_UP_ITEMS))
  const rates: Rates = { ours: [], raw: [], boss: [], graphile: [] }
  for (let round = 1; round <= rounds; round++) {
    const parts = []
    for (const name of orderOf(random)) {
      // Nobody pays for what another has left to be written.
      await server.administer('checkpoint')
      const { seconds, offerCommits }: Round = await contenders[name].run(items)
      rates[name].push(items / seconds)
      parts.push(`${name} ${(items / seconds).toFixed(0)}/s${offerCommits > 0 ? ` (${offerCommits} offer commits)` : ''}`)
    }
    console.log(`round ${round}: ${parts.join(', ')}`)
  }
  return rates
}

interface Race {
  readonly items: number
  readonly rounds: number
  readonly random: Random
}

const main = async (): Promise<void> => {
  const { items, rounds, seed } = options()
  const random = createRandom(seed)
  console.log(`${items} items a round, ${rounds} rounds, seed ${random.seed}`)
  const server = await startServer()
  const started: Contender[] = []
  let rates: Rates
  let ends: PromiseSettledResult<void>[] = []
  try {
    rates = await race(await startAll(server, random, started), server, { items, rounds, random })
  } finally {
    // They first: their connections do not bear the end of the server.
    ends = await Promise.allSettled(started.map((contender) => contender.stop()))
    await server.stop()
  }
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  const ratioTo = (name: Name): string =>
    median(rates.ours.map((rate, round) => rate / (rates[name][round] ?? Number.NaN))).toFixed(2)
  console.log(
    `queue: ${median(rates.ours).toFixed(0)} items/s, ${ratioTo('raw')} of raw, ${ratioTo('boss')} of pg-boss, ${ratioTo('graphile')} of graphile-worker`,
  )
}

await main()
