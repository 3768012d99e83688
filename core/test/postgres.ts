import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import pg from 'pg'
import { assert } from '../src/kernel/assert.ts'
import {
  embeddedBinaries,
  identityOf,
  serverUser,
  SYSTEM_FOLDER,
  type PlainUser,
  type PostgresBinaries,
} from '../src/platform/postgres-binaries.ts'
import type { NeededProgram } from './peers/debian-packages.ts'
import { initCluster, SERVER_ENVIRONMENT, SUPERUSER } from '../src/platform/postgres-cluster.ts'

/** What Debian 12 installs. */
export const DISTRIBUTION_MAJOR = '15'
export const DISTRIBUTION_POSTGRES: NeededProgram = {
  path: `/usr/lib/postgresql/${DISTRIBUTION_MAJOR}/bin/postgres`,
  package: `postgresql-${DISTRIBUTION_MAJOR}`,
}

/** 18 is the embedded one, 15 is Debian 12's own. */
export type PostgresMajor = 15 | 18

export interface PostgresOptions {
  readonly major?: PostgresMajor
  /** Lines of postgresql.conf over the defaults for tests, which lose everything in a power cut; `DURABLE` undoes that. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Settings under which a figure counts: every commit is on the disk. */
export const DURABLE = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' } as const

export interface PostgresServer {
  readonly major: PostgresMajor
  readonly port: number
  readonly folder: string
  readonly binFolder: string
  /** Role and password of the three users. The superuser is only for what tests do to the server itself. */
  url(user: 'postgres' | 'oco_owner' | 'oco_app', database: string): string
  /** One statement, or several separated by semicolons, as superuser. */
  administer(statements: string, database?: string): Promise<void>
  /** Ends the server at once and removes its folder. The same happens by itself when this process dies, however it dies. */
  stop(): Promise<void>
}

const FOR_TESTS = {
  listen_addresses: `'127.0.0.1'`,
  max_connections: '200',
  shared_buffers: '128MB',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum_naptime: '10s',
  max_wal_size: '1GB',
  jit: 'off',
  timezone: `'UTC'`,
} as const

/**
 * Waits on standard input, which closes when the process that started it ends, even by kill -9; then ends the server. It runs as the
 * server's user and in a process group of its own, so that neither Ctrl-C nor mocha's own handling of it gets ahead of it.
 */
const KEEPER = `
if "$1/pg_ctl" start --pgdata="$2/cluster" --log="$2/log" --wait --timeout=60 --silent; then echo ready; else echo failed; fi
read -r _
"$1/pg_ctl" stop --pgdata="$2/cluster" --mode=immediate --silent
rm -rf "$2"`

const TRIES = 3

/** A real server of its own on a free port of the loopback, in a temporary folder. */
export const startPostgres = async (options: PostgresOptions = {}): Promise<PostgresServer> => {
  const major = options.major ?? 18
  const user = serverUser('')
  const binaries = major === 18 ? embeddedBinaries(user, SYSTEM_FOLDER) : debianBinaries(major)
  const passwords = { postgres: newPassword(), oco_owner: newPassword(), oco_app: newPassword() }
  for (let attempt = 1; ; attempt++) {
    const folder = makeFolder(user)
    await initCluster({ binaries, user, folder: join(folder, 'cluster'), password: passwords.postgres, durable: false })
    const port = await freePort()
    const settings = { ...FOR_TESTS, unix_socket_directories: `'${folder}'`, port: String(port), ...options.settings }
    appendFileSync(join(folder, 'cluster', 'postgresql.conf'), linesOf(settings))
    const stop = await keep(binaries, user, folder)
    // Another process may have taken the port since it was found free.
    if (stop === null && attempt < TRIES) continue
    assert(stop !== null, `PostgreSQL ${String(major)} did not start`)
    const url: PostgresServer['url'] = (role, database) =>
      `postgresql://${role}:${passwords[role]}@127.0.0.1:${String(port)}/${database}`
    const administer = (statements: string, database = 'postgres') => runAs(url(SUPERUSER, database), statements)
    await administer(
      `create role oco_owner login password '${passwords.oco_owner}'; create role oco_app login password '${passwords.oco_app}'`,
    )
    return { major, port, folder, binFolder: binaries.binFolder, url, administer, stop }
  }
}

const debianBinaries = (major: PostgresMajor): PostgresBinaries => {
  const binFolder = `/usr/lib/postgresql/${String(major)}/bin`
  assert(existsSync(join(binFolder, 'postgres')), `PostgreSQL ${String(major)} of the distribution is not installed`)
  return { binFolder, version: String(major) }
}

const newPassword = (): string => randomBytes(12).toString('hex')

const makeFolder = (user: PlainUser | null): string => {
  const folder = mkdtempSync(join(tmpdir(), 'oco-test-'))
  chmodSync(folder, 0o700)
  if (user !== null) chownSync(folder, user.uid, user.gid)
  return folder
}

const linesOf = (settings: Readonly<Record<string, string>>): string =>
  `\n${Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('')}`

/** Null: the server did not start, and its folder is gone. */
const keep = async (
  binaries: PostgresBinaries,
  user: PlainUser | null,
  folder: string,
): Promise<(() => Promise<void>) | null> => {
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'sh', binaries.binFolder, folder], {
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    ...identityOf(user),
  })
  const ended = once(keeper, 'exit')
  const [said] = (await Promise.race([once(keeper.stdout, 'data'), ended])) as unknown[]
  const stop = async (): Promise<void> => {
    keeper.ref()
    keeper.stdin.end()
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  if (String(said).trim() !== 'ready') {
    const log = existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8') : ''
    await stop()
    if (/could not bind|Address already in use/.test(log)) return null
    throw new Error(`PostgreSQL did not start: ${log.slice(-2_000)}`)
  }
  // A script that forgets to stop the server still ends, and the keeper sees it end.
  keeper.unref()
  keeper.stdout.destroy()
  return stop
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null, 'a listening server has an address')
  server.close()
  await once(server, 'close')
  return address.port
}

const runAs = async (connectionString: string, statements: string): Promise<void> => {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    for (const statement of statements.split(';')) await client.query(statement)
  } finally {
    await client.end()
  }
}
