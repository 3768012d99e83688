import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type pg from 'pg'
import { messageOf } from '../kernel/errors.ts'
import { StartFault } from '../kernel/start-fault.ts'
import { isPlaced, markPrepared, placeOf, socketFolderOf, type Passwords, type Place } from './embedded-place.ts'
import type { Log } from './log.ts'
import { withClient } from './migrate.ts'
import { embeddedBinaries, SYSTEM_FOLDER, type PostgresBinaries } from './postgres-binaries.ts'
import { initCluster, isRunning, readPidFile, SUPERUSER } from './postgres-cluster.ts'
import { runServer, stopServer, type ServerPlan } from './postgres-process.ts'

const DATABASE = 'oco'
/** Of keys: apart from the data, though on the same server. */
const KEYS_DATABASE = 'oco_keys'
const OWNER_ROLE = 'oco_owner'
const APP_ROLE = 'oco_app'
const WATCH_MS = 1_000

/**
 * For one appliance with a few gigabytes of memory. There is no network listener at all: the socket in the server's own folder is
 * faster, and closed to every other user. Statements and row values stay out of the server's log, because they are people's data.
 */
export const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  port: '5432',
  max_connections: '100',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  max_wal_size: '1GB',
  checkpoint_completion_target: '0.9',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
  idle_in_transaction_session_timeout: '60s',
  update_process_title: 'off',
} as const

interface DatabaseAddresses {
  /** Of the application's role. */
  readonly url: string
  readonly ownerUrl: string
}

export interface EmbeddedDatabase {
  readonly main: DatabaseAddresses
  readonly keys: DatabaseAddresses
  /** Where data lies, and as whom the server runs: null is the user of this process. */
  readonly folder: string
  readonly user: string | null
  /** The server was running already, left by a process that was killed. */
  readonly adopted: boolean
  /** After everything that uses it. A second call with `immediate` hurries the first. */
  stop(how: 'fast' | 'immediate'): Promise<void>
}

/**
 * The database of this data folder: made at the first start, started or adopted at every other. The caller holds the folder's lock.
 * A server that ends by itself while we run is started again.
 */
export const startEmbeddedDatabase = async ({ dataDir, log }: { dataDir: string; log: Log }): Promise<EmbeddedDatabase> => {
  const place = placeOf(dataDir)
  const binaries = embeddedBinaries(place.user, place.user === null ? dataDir : SYSTEM_FOLDER)
  if (!existsSync(place.folder)) await makeCluster(place, binaries)
  requireMajor(place.folder, binaries)
  const plan = planOf(dataDir, place, binaries)
  const { pid, adopted } = await runServer(plan, log)
  const address = (user: string, password: string, database = DATABASE): string =>
    `postgresql://${user}:${password}@${encodeURIComponent(plan.settings['unix_socket_directories'] ?? '')}:5432/${database}`
  const { passwords } = place
  try {
    if (!place.prepared || !place.preparedKeys) {
      await withClient(address(SUPERUSER, passwords.superuser, 'postgres'), (client) => prepare(client, passwords))
      markPrepared(dataDir, place)
    }
  } catch (error) {
    await stopServer(plan, 'fast')
    throw error
  }
  const user = place.user?.name ?? null
  log.info({ pid, folder: place.folder, user, adopted, version: binaries.version }, 'the embedded database is ready')
  const watch = watchServer(plan, log)
  return {
    main: { url: address(APP_ROLE, passwords.app), ownerUrl: address(OWNER_ROLE, passwords.owner) },
    keys: {
      url: address(APP_ROLE, passwords.app, KEYS_DATABASE),
      ownerUrl: address(OWNER_ROLE, passwords.owner, KEYS_DATABASE),
    },
    folder: place.folder,
    user,
    adopted,
    async stop(how) {
      await watch.stop()
      await stopServer(plan, how)
      log.info('the embedded database is stopped')
    },
  }
}

/** Of the database of keys, for a command beside the running product; null where this data folder has none yet. */
export const embeddedKeysAddress = (dataDir: string): string | null => {
  if (!existsSync(dataDir) || !isPlaced(dataDir)) return null
  const place = placeOf(dataDir)
  if (!place.preparedKeys) return null
  return `postgresql://${APP_ROLE}:${place.passwords.app}@${encodeURIComponent(socketFolderOf(place))}:5432/${KEYS_DATABASE}`
}

/** Made beside under a name of its own and renamed: neither a crash nor an initdb that outlived one leaves half a database. */
const makeCluster = async ({ folder, user, passwords }: Place, binaries: PostgresBinaries): Promise<void> => {
  const beside = dirname(folder)
  for (const name of readdirSync(beside)) {
    if (name.startsWith(`${basename(folder)}.new-`)) rmSync(join(beside, name), { recursive: true, force: true })
  }
  const fresh = `${folder}.new-${randomBytes(4).toString('hex')}`
  await initCluster({ binaries, user, folder: fresh, password: passwords.superuser, durable: true })
  renameSync(fresh, folder)
}

const requireMajor = (folder: string, { version }: PostgresBinaries): void => {
  const made = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim()
  if (made === version.split('.')[0]) return
  throw new StartFault('database_version', `the database in ${folder} was made by PostgreSQL ${made}, and here is ${version}`)
}

const planOf = (dataDir: string, place: Place, binaries: PostgresBinaries): ServerPlan => {
  const logFolder = join(dataDir, 'log')
  mkdirSync(logFolder, { recursive: true, mode: 0o700 })
  return {
    binaries,
    user: place.user,
    folder: place.folder,
    settings: { ...SETTINGS, unix_socket_directories: socketFolderOf(place) },
    logFile: join(logFolder, 'postgresql.log'),
  }
}

/** Repeatable: a crash may have come between any two of its statements. */
const prepare = async (client: pg.Client, { owner, app }: Passwords): Promise<void> => {
  for (const [role, password] of [
    [OWNER_ROLE, owner],
    [APP_ROLE, app],
  ] as const) {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role])
    if (rowCount === 0) await client.query(`create role ${role} login`)
    await client.query(`alter role ${role} password ${client.escapeLiteral(password)}`)
  }
  for (const database of [DATABASE, KEYS_DATABASE]) {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
    if (rowCount === 0) await client.query(`create database ${database} owner ${OWNER_ROLE}`)
    await client.query(`revoke all on database ${database} from public`)
    await client.query(`grant connect on database ${database} to ${APP_ROLE}`)
  }
  // Values of statements are wrapped keys there: no log keeps them, whatever else it keeps.
  await client.query(`alter database ${KEYS_DATABASE} set log_parameter_max_length = 0`)
  await client.query(`alter database ${KEYS_DATABASE} set log_parameter_max_length_on_error = 0`)
}

const watchServer = (plan: ServerPlan, log: Log): { stop(): Promise<void> } => {
  let restarting: Promise<void> | null = null
  const look = (): void => {
    const file = readPidFile(plan.folder)
    if (restarting !== null || (file !== null && isRunning(file))) return
    log.error('the embedded database has ended by itself; it is started again')
    restarting = runServer(plan, log)
      .then(({ pid: fresh }) => log.info({ pid: fresh }, 'the embedded database is back'))
      .catch((error: unknown) => log.error({ reason: messageOf(error) }, 'the embedded database is not back yet'))
      .finally(() => (restarting = null))
  }
  const timer = setInterval(look, WATCH_MS)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await restarting
    },
  }
}
