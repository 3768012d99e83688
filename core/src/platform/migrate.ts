import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { present } from '../kernel/assert.ts'
import { messageOf } from '../kernel/errors.ts'
import { StartFault } from '../kernel/start-fault.ts'
import { CONNECT_TIMEOUT_MS } from './connection-limits.ts'
import type { Log } from './log.ts'

export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations/main', import.meta.url))
/** Of the database of keys. */
export const KEYS_MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations/keys', import.meta.url))
/** The role that the migrations grant rights to; whoever runs the product is it or a member of it. */
export const APP_ROLE = 'oco_app'
/** PostgreSQL 15: what Debian 12 brings. */
const SERVER_VERSION_MIN = 150_000
/** Any fixed number that nothing else on this server locks. */
const LOCK_KEY = 7_305_001_814
const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/
const DUPLICATE_OBJECT = '42710'
const UNIQUE_VIOLATION = '23505'
const INSUFFICIENT_PRIVILEGE = '42501'

export interface MigrateOptions {
  /** Of the database's owner, who migrates and is not used afterwards. */
  readonly ownerUrl: string
  /** The role that will run the product, by its login name. */
  readonly appUser: string
  readonly log: Log
  readonly folder?: string
}

export interface Migration {
  readonly name: string
  readonly checksum: string
  readonly text: string
}

/**
 * Brings the database up to date; returns the names of what it applied, in order. Each migration commits together with its row in
 * `schema_migration`, so that a crash goes on where it was. A second process that migrates at the same moment waits and finds nothing to do.
 * Throws a StartFault where the database holds what this version does not know, or something else than it knows.
 */
export const migrate = async ({ ownerUrl, appUser, log, folder = MIGRATIONS_FOLDER }: MigrateOptions): Promise<string[]> => {
  const migrations = readMigrations(folder)
  return await withClient(ownerUrl, async (client) => {
    await requireVersion(client)
    await client.query('select pg_advisory_lock($1)', [LOCK_KEY])
    await makeAppRole(client)
    await makeTable(client)
    const pending = planMigrations(migrations, await readApplied(client))
    for (const migration of pending) {
      await apply(client, migration)
      log.info({ migration: migration.name }, 'migrated')
    }
    await makeMember(client, appUser)
    return pending.map(({ name }) => name)
  })
}

/** For a process that was given no owner: refuses a database that is not exactly at this version. */
export const requireMigrated = async (url: string, folder = MIGRATIONS_FOLDER): Promise<void> => {
  const migrations = readMigrations(folder)
  const pending = await withClient(url, async (client) => {
    await requireVersion(client)
    const made = await client.query<{ made: boolean }>(`select to_regclass('public.schema_migration') is not null as made`)
    return planMigrations(migrations, made.rows[0]?.made === true ? await readApplied(client) : new Map())
  })
  const [first] = pending
  if (first === undefined) return
  const count = String(pending.length)
  throw new StartFault(
    'migration_missing',
    `the database lacks ${count} migrations, first ${first.name}: set DATABASE_OWNER_URL to migrate`,
  )
}

export const readMigrations = (folder: string): Migration[] => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  const wrong = names.find((name) => !FILE_NAME.test(name))
  if (wrong !== undefined) throw new StartFault('migration_unknown', `${wrong} is not named like 0001_what_it_does.sql`)
  return names.sort().map((name) => {
    // A checkout may have changed the line ends, which change nothing.
    const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n')
    return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
  })
}

/** What is still to apply. `applied` maps names to checksums. Throws where the two histories have parted. */
export const planMigrations = (known: readonly Migration[], applied: ReadonlyMap<string, string>): Migration[] => {
  const names = new Set(known.map(({ name }) => name))
  const unknown = [...applied.keys()].sort().find((name) => !names.has(name))
  if (unknown !== undefined) {
    throw new StartFault(
      'migration_unknown',
      `the database holds migration ${unknown}, unknown to this version: start a newer version on it`,
    )
  }
  const changed = known.find(({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum)
  if (changed !== undefined) {
    throw new StartFault(
      'migration_changed',
      `migration ${changed.name} is not the one that this database was made with: restore the file`,
    )
  }
  const pending = known.filter(({ name }) => !applied.has(name))
  const latest = [...applied.keys()].sort().at(-1)
  const [first] = pending
  if (first !== undefined && latest !== undefined && first.name < latest) {
    throw new StartFault(
      'migration_order',
      `migration ${first.name} comes before ${latest}, which is applied: give it a later number`,
    )
  }
  return pending
}

const apply = async (client: pg.Client, { name, checksum, text }: Migration): Promise<void> => {
  try {
    await client.query('begin')
    await client.query(text)
    await client.query('insert into schema_migration (name, checksum) values ($1, $2)', [name, checksum])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new StartFault('migration_failed', `migration ${name} failed and was rolled back: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

const readApplied = async (client: pg.Client): Promise<Map<string, string>> => {
  const { rows } = await client.query<{ name: string; checksum: string }>('select name, checksum from schema_migration')
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

const makeTable = async (client: pg.Client): Promise<void> => {
  await client.query(`create table if not exists schema_migration (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`)
  await client.query(`grant select on schema_migration to ${APP_ROLE}`)
}

const requireVersion = async (client: pg.Client): Promise<void> => {
  const { rows } = await client.query<{ number: number }>(`select current_setting('server_version_num')::integer as number`)
  const { number } = present(rows[0], 'the version of the server')
  if (number < SERVER_VERSION_MIN) {
    throw new StartFault(
      'database_version',
      `the database server is PostgreSQL ${String(Math.trunc(number / 10_000))}, at least 15 is needed`,
    )
  }
}

/** Roles belong to the whole server, so another database's migration may make it between the look and the making. */
const makeAppRole = async (client: pg.Client): Promise<void> => {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [APP_ROLE])
  if (rowCount === 1) return
  try {
    await client.query(`create role ${APP_ROLE} nologin`)
  } catch (error) {
    const code = sqlStateOf(error)
    if (code === DUPLICATE_OBJECT || code === UNIQUE_VIOLATION) return
    if (code !== INSUFFICIENT_PRIVILEGE) throw error
    throw new StartFault(
      'database_role',
      `the user of DATABASE_OWNER_URL may not make roles: as administrator run "create role ${APP_ROLE}"`,
    )
  }
}

const makeMember = async (client: pg.Client, appUser: string): Promise<void> => {
  const found = await client.query<{ member: boolean }>(
    `select pg_has_role(oid, $2, 'usage') as member from pg_roles where rolname = $1`,
    [appUser, APP_ROLE],
  )
  const [role] = found.rows
  if (role === undefined)
    throw new StartFault('database_role', `the user ${appUser} of DATABASE_URL does not exist on the database server`)
  if (role.member) return
  const grant = `grant ${APP_ROLE} to ${client.escapeIdentifier(appUser)}`
  try {
    await client.query(grant)
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error
    throw new StartFault(
      'database_role',
      `the user ${appUser} of DATABASE_URL has no rights: as administrator run "${grant.replaceAll('"', '')}"`,
    )
  }
}

const sqlStateOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null

/** One connection for `work`; a server that does not answer, or refuses, is a StartFault that names its address and no password. */
export const withClient = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'oco migrate',
  })
  // A connection that breaks fails the statement in flight; without a listener it would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    const where = `${client.host}:${String(client.port)}, database ${client.database ?? ''}, user ${client.user ?? ''}`
    throw new StartFault('database_unreachable', `the database (${where}) does not answer: ${reasonOf(error)}`, { cause: error })
  }
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Node gathers the failures of several addresses in one error that says nothing by itself. */
const reasonOf = (error: unknown): string =>
  error instanceof AggregateError ? error.errors.map(messageOf).join(', ') : messageOf(error)
