import { env } from 'node:process'
import { pino } from 'pino'
import type { Clock } from '../src/kernel/clock.ts'
import { openDatabase, type Database } from '../src/platform/db.ts'
import type { Log } from '../src/platform/log.ts'
import { KEYS_MIGRATIONS_FOLDER, migrate, MIGRATIONS_FOLDER } from '../src/platform/migrate.ts'
import { startPostgres, type PostgresServer } from './postgres.ts'
import { testVault, type TestVault } from './test-vault.ts'

const TEMPLATE = 'oco_template'
const KEYS_TEMPLATE = 'oco_template_keys'

/** A clock that stands still until a test moves it. Timers are not its business: they run on real time. */
export class TestClock implements Clock {
  #now: Date
  #monotonicMs = 0

  constructor(start: Date = new Date()) {
    this.#now = start
  }

  now(): Date {
    return new Date(this.#now)
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  set(now: Date): void {
    this.#monotonicMs += Math.max(0, now.getTime() - this.#now.getTime())
    this.#now = new Date(now)
  }

  advance(ms: number): void {
    this.set(new Date(this.#now.getTime() + ms))
  }
}

export interface TestDatabase {
  /** Of the application's role, as in production. */
  readonly url: string
  readonly ownerUrl: string
  readonly database: Database
  /** Starts at the true time, because statements may compare with the server's own. */
  readonly clock: TestClock
  /** Of `database`: for others that are opened on the same. */
  readonly vault: TestVault
  /** Its database of keys, made when it is first asked for. */
  keys(): Promise<{ readonly url: string; readonly ownerUrl: string }>
  /** Silent unless OCO_TEST_LOG names a level. */
  readonly log: Log
  /** Closes `database` and drops it, keys and all, whoever is still connected. */
  drop(): Promise<void>
}

export const testLog: Log = pino({ level: env['OCO_TEST_LOG'] ?? 'silent' })

interface Running {
  readonly server: PostgresServer
  made: number
}

let running: Promise<Running> | null = null

/** An own, freshly migrated database, cloned from a template on the one server of this process. */
export const testDatabase = async (): Promise<TestDatabase> => {
  running ??= startServer()
  const state = await running
  const { server } = state
  const name = `oco_test_${String(++state.made)}`
  await server.administer(`create database ${name} template ${TEMPLATE} owner oco_owner`)
  return openTestDatabase(server, name)
}

/** A migrated database of this server as tests use it; its database of keys is made from the template when it is first asked for. */
export const openTestDatabase = (server: PostgresServer, name: string): TestDatabase => {
  const url = server.url('oco_app', name)
  const clock = new TestClock()
  const keysName = `${name}_keys`
  let made: Promise<void> | null = null
  const keys = async (): Promise<{ url: string; ownerUrl: string }> => {
    made ??= server.administer(`create database ${keysName} template ${KEYS_TEMPLATE} owner oco_owner`)
    await made
    return { url: server.url('oco_app', keysName), ownerUrl: server.url('oco_owner', keysName) }
  }
  const vault = testVault(async () => (await keys()).url)
  const database = openDatabase({ url, clock, vault, onWake: () => undefined, onIdleError: () => undefined })
  return {
    url,
    vault,
    keys,
    ownerUrl: server.url('oco_owner', name),
    database,
    clock,
    log: testLog,
    async drop() {
      await database.close()
      await vault.close()
      await server.administer(`drop database ${name} with (force)`)
      if (made !== null) await server.administer(`drop database ${keysName} with (force)`)
    },
  }
}

/** The server of this process, started when first asked for; `OCO_TEST_POSTGRES=15` takes the distribution's. */
export const testServer = async (): Promise<PostgresServer> => {
  running ??= startServer()
  return (await running).server
}

/** Called once by mocha's root hook. Does nothing where no test asked for a database. */
export const stopTestServer = async (): Promise<void> => {
  const state = await running
  running = null
  await state?.server.stop()
}

/** Both databases of an installation, made and migrated. */
export const prepareDatabases = async (server: PostgresServer, { main, keys }: { main: string; keys: string }): Promise<void> => {
  for (const [name, folder] of [
    [main, MIGRATIONS_FOLDER],
    [keys, KEYS_MIGRATIONS_FOLDER],
  ] as const) {
    await server.administer(`create database ${name} owner oco_owner`)
    await migrate({ ownerUrl: server.url('oco_owner', name), appUser: 'oco_app', log: testLog, folder })
  }
}

/** What databases of tests are cloned from. */
export const prepareTemplates = (server: PostgresServer): Promise<void> =>
  prepareDatabases(server, { main: TEMPLATE, keys: KEYS_TEMPLATE })

const startServer = async (): Promise<Running> => {
  const server = await startPostgres({ major: env['OCO_TEST_POSTGRES'] === '15' ? 15 : 18 })
  await prepareTemplates(server)
  return { server, made: 0 }
}
