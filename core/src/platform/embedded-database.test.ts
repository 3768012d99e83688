import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { testLog } from '../../test/harness.ts'
import { StartFault } from '../kernel/start-fault.ts'
import { startEmbeddedDatabase, type EmbeddedDatabase } from './embedded-database.ts'
import { withClient } from './migrate.ts'
import { argumentsOf, readPidFile } from './postgres-cluster.ts'

const OWNER = fileURLToPath(new URL('../../test/embedded-owner.ts', import.meta.url))
const asRoot = userInfo().uid === 0

const ask = async (url: string, statement: string): Promise<unknown[]> =>
  withClient(url, async (client) => (await client.query<Record<string, unknown>>(statement)).rows)

const makeParent = (mode: number): string => {
  const parent = mkdtempSync(join(tmpdir(), 'oco-embedded-'))
  chmodSync(parent, mode)
  return parent
}

describe('the embedded database', () => {
  let parent: string
  let dataDir: string
  let running: EmbeddedDatabase | null = null

  const start = async (): Promise<EmbeddedDatabase> => (running = await startEmbeddedDatabase({ dataDir, log: testLog }))
  const stop = async (): Promise<void> => {
    await running?.stop('fast')
    running = null
  }
  const serverPid = (): number => readPidFile(join(dataDir, 'postgres'))?.pid ?? 0

  before(() => {
    parent = makeParent(0o711)
    dataDir = join(parent, 'data')
    mkdirSync(dataDir, { mode: 0o711 })
  })
  after(async () => {
    await stop()
    rmSync(parent, { recursive: true })
  })

  it('is made at the first start, with commits on the disk and no listener on any network', async () => {
    const {
      main: { url },
      adopted,
      folder,
    } = await start()
    assert.equal(adopted, false)
    assert.equal(folder, join(dataDir, 'postgres'))
    const [settings] = await ask(
      url,
      `select current_setting('listen_addresses') as listeners, current_setting('fsync') as fsync,
         current_setting('synchronous_commit') as commit, current_setting('server_encoding') as encoding,
         current_setting('data_checksums') as checksums, current_setting('password_encryption') as passwords,
         (select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database()) as locale`,
    )
    assert.deepEqual(settings, {
      listeners: '',
      fsync: 'on',
      commit: 'on',
      encoding: 'UTF8',
      checksums: 'on',
      passwords: 'scram-sha-256',
      locale: 'i ru-RU',
    })
  })

  it('serves the application under a role that may not make anything', async () => {
    const { url, ownerUrl } = (running ?? (await start())).main
    await assert.rejects(ask(url, 'create table own (id integer)'), { code: '42501' })
    await assert.rejects(ask(url, 'create role another'), { code: '42501' })
    await ask(ownerUrl, 'create table own (id integer)')
    await ask(ownerUrl, 'insert into own values (1)')
  })

  it('has a second database for keys, where the application makes nothing either', async () => {
    const { main, keys } = running ?? (await start())
    assert.notEqual(keys.url, main.url)
    await assert.rejects(ask(keys.url, 'create table own (id integer)'), { code: '42501' })
    assert.deepEqual(await ask(keys.ownerUrl, 'select current_database() as name'), [{ name: 'oco_keys' }])
  })

  it('keeps its passwords and its folder from other users', async () => {
    assert.equal(statSync(join(dataDir, 'database.json')).mode & 0o777, 0o600)
    const folder = statSync(join(dataDir, 'postgres'))
    assert.equal(folder.mode & 0o777, 0o700)
    if (asRoot) assert.notEqual(folder.uid, 0)
    await assert.rejects(ask((running ?? (await start())).main.url.replace(/:[0-9a-f]+@/, ':wrong@'), 'select 1'), StartFault)
  })

  it('keeps its data over a stop and a start', async () => {
    await stop()
    assert.equal(serverPid(), 0)
    const {
      main: { ownerUrl },
      adopted,
    } = await start()
    assert.equal(adopted, false)
    assert.deepEqual(await ask(ownerUrl, 'select id from own'), [{ id: 1 }])
  })

  it('is back by itself when the server ends while the product runs', async () => {
    const { ownerUrl } = (running ?? (await start())).main
    const before = serverPid()
    process.kill(before, 'SIGKILL')
    while (serverPid() === before || readPidFile(join(dataDir, 'postgres'))?.ready !== true) await pause(50)
    assert.deepEqual(await ask(ownerUrl, 'select id from own'), [{ id: 1 }])
    await stop()
  })

  it('gets its database of keys at the next start where it was made without one', async () => {
    const file = join(dataDir, 'database.json')
    const { keys } = await start()
    const superuser = (JSON.parse(readFileSync(file, 'utf8')) as { passwords: { superuser: string } }).passwords.superuser
    await ask(
      keys.ownerUrl.replace(/oco_owner:[0-9a-f]+/, `postgres:${superuser}`).replace(/oco_keys$/, 'postgres'),
      'drop database oco_keys',
    )
    await stop()
    const { preparedKeys: _, ...before } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    writeFileSync(file, JSON.stringify(before))
    const again = await start()
    assert.deepEqual(await ask(again.keys.url, 'select 1 as alive'), [{ alive: 1 }])
    assert.deepEqual(await ask(again.main.ownerUrl, 'select id from own'), [{ id: 1 }])
    await stop()
  })

  it('outlives a kill -9 of the process that started it, and is adopted by the next', async () => {
    const owner = spawn(process.execPath, ['--import=tsx', '--conditions=oco-source', OWNER, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const { url } = await firstLine(owner)
    const before = serverPid()
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    assert.deepEqual(await ask(url, 'select 1 as alive'), [{ alive: 1 }])
    const {
      adopted,
      main: { ownerUrl },
    } = await start()
    assert.equal(adopted, true)
    assert.equal(serverPid(), before)
    assert.deepEqual(await ask(ownerUrl, 'select id from own'), [{ id: 1 }])
    await stop()
    assert.deepEqual(argumentsOf(before), [])
  })

  it('moves with its data folder', async () => {
    const moved = join(parent, 'moved')
    renameSync(dataDir, moved)
    dataDir = moved
    const { ownerUrl } = (await start()).main
    assert.deepEqual(await ask(ownerUrl, 'select id from own'), [{ id: 1 }])
    await stop()
  })

  it('refuses to replace a database whose folder or passwords are gone', async () => {
    const [folder, passwords] = [join(dataDir, 'postgres'), join(dataDir, 'database.json')]
    for (const path of [folder, passwords]) {
      renameSync(path, `${path}.away`)
      await assert.rejects(start(), (error: unknown) => error instanceof StartFault && error.code === 'database_folder')
      renameSync(`${path}.away`, path)
    }
  })

  it('has its socket elsewhere when the path of its folder is too long for one', async () => {
    dataDir = join(parent, 'long-'.repeat(20))
    mkdirSync(dataDir, { mode: 0o711 })
    const { url } = (await start()).main
    assert.deepEqual(await ask(url, 'select 1 as alive'), [{ alive: 1 }])
    const socketFolder = decodeURIComponent(/@([^:]+):/.exec(url)?.[1] ?? '')
    assert.notEqual(socketFolder, join(dataDir, 'postgres'))
    assert.equal(statSync(socketFolder).mode & 0o777, 0o700)
    await stop()
    rmSync(socketFolder, { recursive: true })
  })

  ;(asRoot ? it : it.skip)('lies where its plain user can reach it when the data folder is closed to others', async () => {
    const closed = makeParent(0o700)
    dataDir = join(closed, 'data')
    mkdirSync(dataDir)
    const {
      folder,
      main: { url },
    } = await start()
    assert.match(folder, /^\/var\/lib\/oco\/data-[0-9a-f]{12}\/postgres$/)
    assert.deepEqual(await ask(url, 'select 1 as alive'), [{ alive: 1 }])
    await stop()
    assert.equal((await start()).folder, folder)
    await stop()
    for (const path of [closed, dirname(folder)]) rmSync(path, { recursive: true })
  })
})

const firstLine = async (child: ChildProcess): Promise<{ url: string; adopted: boolean }> => {
  assert.ok(child.stdout)
  const [bytes] = (await once(child.stdout, 'data')) as [Buffer]
  return JSON.parse(readLine(bytes)) as { url: string; adopted: boolean }
}

const readLine = (bytes: Buffer): string => bytes.toString('utf8').split('\n')[0] ?? ''
