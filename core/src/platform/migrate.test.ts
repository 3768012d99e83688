import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testLog, testServer } from '../../test/harness.ts'
import type { PostgresServer } from '../../test/postgres.ts'
import { StartFault, type StartFaultCode } from '../kernel/start-fault.ts'
import { migrate, MIGRATIONS_FOLDER, planMigrations, requireMigrated, withClient, type Migration } from './migrate.ts'

/** Everything that migrations make, as the server's own catalogue words it. */
const SCHEMA = `
  select 'column' as kind, table_name || '.' || column_name as name,
    concat_ws(' ', data_type, is_nullable, column_default, is_identity, generation_expression) as definition
  from information_schema.columns where table_schema = 'public'
  union all
  select 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
  from pg_constraint where connamespace = 'public'::regnamespace
  union all
  select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
  union all
  select 'function', oid::regprocedure::text, pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
  union all
  select 'relation', oid::regclass::text, concat_ws(' ', relkind, relpersistence, relowner::regrole, relacl, reloptions)
  from pg_class where relnamespace = 'public'::regnamespace
  order by kind, name, definition`

const migration = (name: string, checksum = name): Migration => ({ name, checksum, text: '' })
const known = ['0001_a.sql', '0002_b.sql', '0003_c.sql'].map((name) => migration(name))

const fault = (code: StartFaultCode, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StartFault, String(error))
  assert.equal(error.code, code)
  assert.match(error.message, says)
  assert.doesNotMatch(error.message, /\n/)
  return true
}

describe('the plan of migrations', () => {
  it('is what is known and not applied, in order', () => {
    assert.deepEqual(planMigrations(known, new Map()), known)
    assert.deepEqual(planMigrations(known, new Map([['0001_a.sql', '0001_a.sql']])), known.slice(1))
    assert.deepEqual(planMigrations(known, new Map(known.map(({ name, checksum }) => [name, checksum]))), [])
  })

  it('refuses a database of a newer version, a changed file, and a number that comes too late', () => {
    const plan = (applied: [string, string][]) => () => planMigrations(known, new Map(applied))
    assert.throws(plan([['0004_d.sql', '']]), fault('migration_unknown', /0004_d\.sql/))
    assert.throws(plan([['0001_a.sql', 'other']]), fault('migration_changed', /0001_a\.sql/))
    assert.throws(
      plan([
        ['0001_a.sql', '0001_a.sql'],
        ['0003_c.sql', '0003_c.sql'],
      ]),
      fault('migration_order', /0002_b\.sql comes before 0003_c\.sql/),
    )
  })
})

describe('migrate', () => {
  let server: PostgresServer
  let folder: string
  let database: string
  let ownerUrl: string
  let url: string

  const names = readdirSync(MIGRATIONS_FOLDER).sort()
  const copy = (count: number): void => {
    for (const name of names.slice(0, count)) copyFileSync(join(MIGRATIONS_FOLDER, name), join(folder, name))
  }
  const run = (options: Partial<Parameters<typeof migrate>[0]> = {}): Promise<string[]> =>
    migrate({ ownerUrl, appUser: 'oco_app', log: testLog, ...options })
  const ask = (statement: string, as = ownerUrl): Promise<Record<string, unknown>[]> =>
    withClient(as, async (client) => (await client.query<Record<string, unknown>>(statement)).rows)

  before(async () => {
    server = await testServer()
  })
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oco-migrations-'))
    database = `oco_migrate_${randomBytes(4).toString('hex')}`
    await server.administer(`create database ${database} owner oco_owner`)
    ownerUrl = server.url('oco_owner', database)
    url = server.url('oco_app', database)
  })
  afterEach(async () => {
    rmSync(folder, { recursive: true })
    await server.administer(`drop database ${database} with (force)`)
  })

  it('makes of a fresh database what it makes of the oldest one, step by step', async () => {
    const fresh = `${database}_fresh`
    await server.administer(`create database ${fresh} owner oco_owner`)
    assert.deepEqual(await run({ ownerUrl: server.url('oco_owner', fresh) }), names)
    for (const [index, name] of names.entries()) {
      copy(index + 1)
      assert.deepEqual(await run({ folder }), [name])
    }
    assert.deepEqual(await run({ folder }), [])
    const upgraded = await ask(SCHEMA)
    assert.ok(upgraded.length > 300, `only ${String(upgraded.length)} things were made`)
    assert.deepEqual(upgraded, await ask(SCHEMA, server.url('oco_owner', fresh)))
    await server.administer(`drop database ${fresh} with (force)`)
  })

  it('applies each migration once when several processes start at the same moment', async () => {
    const applied = await Promise.all([run(), run(), run()])
    assert.deepEqual(applied.flat().sort(), names)
    const [{ count } = {}] = await ask('select count(*)::integer as count from schema_migration')
    assert.equal(count, names.length)
  })

  it('keeps what came before a migration that fails, and nothing of the one that failed', async () => {
    copy(1)
    writeFileSync(join(folder, '0002_broken.sql'), 'create table half (id integer); select 1 / 0;')
    await assert.rejects(
      run({ folder }),
      fault('migration_failed', /0002_broken\.sql failed and was rolled back: division by zero/),
    )
    const [state] = await ask(`select to_regclass('person') is not null as before, to_regclass('half') is not null as half`)
    assert.deepEqual(state, { before: true, half: false })
    writeFileSync(join(folder, '0002_broken.sql'), 'create table half (id integer);')
    assert.deepEqual(await run({ folder }), ['0002_broken.sql'])
  })

  it('refuses a file that was changed after it was applied, but not other line ends', async () => {
    writeFileSync(join(folder, '0001_a.sql'), 'create table a (id integer);\ncreate table b (id integer);\n')
    await run({ folder })
    writeFileSync(join(folder, '0001_a.sql'), 'create table a (id integer);\r\ncreate table b (id integer);\r\n')
    assert.deepEqual(await run({ folder }), [])
    writeFileSync(join(folder, '0001_a.sql'), 'create table a (id bigint);\ncreate table b (id integer);\n')
    await assert.rejects(run({ folder }), fault('migration_changed', /0001_a\.sql/))
  })

  it('refuses a file whose place in the order its name does not tell', async () => {
    writeFileSync(join(folder, 'hotfix.sql'), 'select 1')
    await assert.rejects(run({ folder }), fault('migration_unknown', /hotfix\.sql/))
  })

  it('lets a process without the owner in only when nothing is missing', async () => {
    await assert.rejects(requireMigrated(url), fault('migration_missing', new RegExp(`lacks ${String(names.length)} migrations`)))
    await run()
    await requireMigrated(url)
  })

  it('makes the user of the application a member of its role', async () => {
    const user = `oco_user_${randomBytes(4).toString('hex')}`
    await server.administer(`create role ${user} login password 'secret'; grant oco_app to oco_owner with admin option`)
    await run({ appUser: user })
    const [row] = await ask('select count(*)::integer as people from person', url.replace(/\/\/.*@/, `//${user}:secret@`))
    assert.deepEqual(row, { people: 0 })
    await server.administer(`drop role ${user}`)
  })

  it('says what the administrator must run where the owner may not', async () => {
    const user = `oco_user_${randomBytes(4).toString('hex')}`
    await server.administer(`create role ${user} login; revoke oco_app from oco_owner`)
    await assert.rejects(run({ appUser: user }), fault('database_role', new RegExp(`run "grant oco_app to ${user}"`)))
    await server.administer(`drop role ${user}`)
    await assert.rejects(run({ appUser: user }), fault('database_role', new RegExp(`${user} of DATABASE_URL does not exist`)))
  })

  it('names the server that does not answer, and never a password', async () => {
    const says = (what: RegExp) => (error: unknown) => {
      assert.doesNotMatch(String(error), /hidden/)
      return fault('database_unreachable', what)(error)
    }
    const nobody = 'postgresql://someone:hidden@127.0.0.1:1/oco'
    await assert.rejects(run({ ownerUrl: nobody }), says(/127\.0\.0\.1:1, database oco, user someone.*ECONNREFUSED/))
    await assert.rejects(run({ ownerUrl: ownerUrl.replace(/:[0-9a-f]+@/, ':hidden@') }), says(/password authentication failed/))
    await assert.rejects(run({ ownerUrl: server.url('oco_owner', 'nowhere') }), says(/database "nowhere" does not exist/))
  })
})
