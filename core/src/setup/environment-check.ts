import { statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import type { z } from 'zod'
import type { checkSetup } from '@oco/contract'
import type { Clock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/errors.ts'
import { sql, type Database } from '../platform/db.ts'

type Check = z.output<(typeof checkSetup)['response']>['checks'][number]

const DISK_FREE_BYTES_MIN = 2 * 1024 ** 3
const DISK_FREE_BYTES_GOOD = 20 * 1024 ** 3
const MEMORY_BYTES_GOOD = 4 * 1024 ** 3
const CLOCK_DRIFT_MS_MAX = 2_000
const POSTGRES_MAJOR_MIN = 15

export interface Environment {
  readonly database: Database
  readonly dataDir: string
  readonly host: string
  readonly clock: Clock
}

/** What the wizard shows first. Never throws: a check that cannot be made has failed and says why. */
export const checkEnvironment = (environment: Environment): Promise<Check[]> =>
  Promise.all([
    attempt('database', () => databaseCheck(environment)),
    attempt('migrations', () => migrationsCheck(environment)),
    attempt('data_folder', () => Promise.resolve({ level: 'ok', detail: environment.dataDir })),
    attempt('disk_space', () => diskCheck(environment)),
    attempt('clock', () => clockCheck(environment)),
    attempt('address', () => Promise.resolve(addressCheck(environment))),
    attempt('memory', () => Promise.resolve(memoryCheck())),
  ])

type Finding = Omit<Check, 'name'>

const attempt = async (name: Check['name'], look: () => Promise<Finding>): Promise<Check> => {
  try {
    return { name, ...(await look()) }
  } catch (error) {
    return { name, level: 'failed', detail: messageOf(error) }
  }
}

const databaseCheck = async ({ database }: Environment): Promise<Finding> => {
  const { rows } = await sql<{ version: string; number: number; durable: string }>`
    select current_setting('server_version') as version, current_setting('server_version_num')::integer as number,
      current_setting('fsync') as durable`.execute(database.read)
  const row = rows[0]
  const detail = `PostgreSQL ${row?.version ?? ''}`
  if ((row?.number ?? 0) < POSTGRES_MAJOR_MIN * 10_000) return { level: 'failed', detail }
  return { level: row?.durable === 'on' ? 'ok' : 'warning', detail: row?.durable === 'on' ? detail : `${detail}, fsync off` }
}

const migrationsCheck = async ({ database }: Environment): Promise<Finding> => {
  const { rows } = await sql<{ tables: number }>`
    select count(*) as tables from pg_tables where schemaname = 'public'`.execute(database.read)
  return { level: 'ok', detail: String(rows[0]?.tables ?? 0) }
}

const diskCheck = async ({ dataDir }: Environment): Promise<Finding> => {
  const { bavail, bsize } = await statfs(dataDir)
  const free = bavail * bsize
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB`
  if (free < DISK_FREE_BYTES_MIN) return { level: 'failed', detail }
  return { level: free < DISK_FREE_BYTES_GOOD ? 'warning' : 'ok', detail }
}

const clockCheck = async ({ database, clock }: Environment): Promise<Finding> => {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(database.read)
  const driftMs = Math.abs((rows[0]?.now.getTime() ?? 0) - clock.now().getTime())
  return { level: driftMs > CLOCK_DRIFT_MS_MAX ? 'warning' : 'ok', detail: clock.now().toISOString() }
}

const addressCheck = ({ host }: Environment): Finding => {
  const loopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
  return { level: loopback ? 'warning' : 'ok', detail: host }
}

const memoryCheck = (): Finding => ({
  level: totalmem() < MEMORY_BYTES_GOOD ? 'warning' : 'ok',
  detail: `${(totalmem() / 1024 ** 3).toFixed(1)} GiB`,
})
