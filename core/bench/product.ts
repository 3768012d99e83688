import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { prepareDatabases } from '../test/harness.ts'
import type { PostgresServer } from '../test/postgres.ts'

/** The compiled product, as `npm start` runs it: with the same flags of Node. */
const MAIN = fileURLToPath(new URL('../dist/product/main.js', import.meta.url))
const PACKAGE = new URL('../../package.json', import.meta.url)
const READY_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 2

export interface Product {
  readonly address: string
  readonly pid: number
  /** From the start of the process until `ready` answered 200. */
  readonly readyMs: number
  /** Resident memory now, in bytes. */
  residentBytes(): Promise<number>
  /** CPU that it has used so far, in seconds. */
  cpuSeconds(): Promise<number>
  stop(): Promise<void>
}

export const keysDatabaseOf = (database: string): string => `${database}_keys`

/** The database of this name and its database of keys, migrated. */
export const prepareDatabasesOf = (server: PostgresServer, database: string): Promise<void> =>
  prepareDatabases(server, { main: database, keys: keysDatabaseOf(database) })

/** Starts the product as a process of its own on a server with databases that were prepared under this name. */
export const startProduct = async (
  server: PostgresServer,
  database: string,
  more: Record<string, string> = {},
): Promise<Product> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'oco-bench-'))
  const port = await freePort()
  const startedMs = performance.now()
  const child = spawn(execPath, [...(await nodeFlags()), MAIN], {
    env: {
      PATH: env['PATH'] ?? '',
      OCO_DATA_DIR: dataDir,
      OCO_PORT: String(port),
      OCO_LOG_LEVEL: 'warn',
      OCO_LOG: 'stdout',
      OCO_TRUSTED_PROXIES: '127.0.0.1',
      DATABASE_URL: server.url('oco_app', database),
      DATABASE_OWNER_URL: server.url('oco_owner', database),
      KEYS_DATABASE_URL: server.url('oco_app', keysDatabaseOf(database)),
      KEYS_DATABASE_OWNER_URL: server.url('oco_owner', keysDatabaseOf(database)),
      ...more,
    },
    stdio: ['ignore', env['OCO_BENCH_LOG'] === undefined ? 'ignore' : 'inherit', 'inherit'],
  })
  const address = `http://127.0.0.1:${String(port)}`
  await ready(address, child)
  const readyMs = performance.now() - startedMs
  const pid = child.pid ?? 0
  return {
    address,
    pid,
    readyMs,
    residentBytes: () => residentBytes(pid),
    cpuSeconds: () => cpuSeconds(pid),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const nodeFlags = async (): Promise<string[]> => {
  const { scripts } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { scripts: { start: string } }
  const flags = /^exec node (.*)core\/tools\/start\.mjs$/.exec(scripts.start)?.[1]
  if (flags === undefined) throw new Error(`the start command is not known: ${scripts.start}`)
  return flags.split(' ').filter((flag) => flag !== '')
}

const ready = async (address: string, child: ChildProcess): Promise<void> => {
  const endMs = performance.now() + READY_WITHIN_MS
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the product ended with ${String(child.exitCode)}`)
    const status = await fetch(`${address}/api/v1/health`).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) return
    if (performance.now() > endMs) throw new Error('the product did not become ready')
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => {
        resolve(port)
      })
    })
  })

const residentBytes = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1_024
}

/** Linux counts CPU in hundredths of a second. */
const TICKS_PER_SECOND = 100

const cpuSeconds = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
