import { sql, type CompiledQuery, type Kysely, type QueryResult, type Transaction } from 'kysely'
import pg from 'pg'
import type { AuditEvent } from '@oco/security'
import { assert, present } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_AFTER_MS, STATEMENT_TIMEOUT_MS } from './connection-limits.ts'
import { asLast, pipelineOver } from './pipeline.ts'
import { isStale } from './statement-group.ts'
import { recordsQuery, type LiveRow, type Records } from './records.ts'
import type { DB } from './tables.ts'
import type { Vault } from './vault/vault.ts'

export { sql, type RawBuilder } from 'kysely'
export { LIVE_INTO, type LiveRow } from './records.ts'

/** Whatever can run statements: a transaction, or the pool for single reads. */
export type Db = Kysely<DB>
export type Tx = Transaction<DB>

export const POOL_SIZE_DEFAULT = 20
/** A new connection has nothing prepared and nothing cached: those of a busy hour are kept over its pauses. */
const IDLE_TIMEOUT_MS = 10 * 60_000
const TRANSACTION_TRIES = 4
/** deadlock_detected, serialization_failure: the server chose this transaction to lose; the same one may succeed now. */
const RETRYABLE_SQLSTATES = new Set(['40P01', '40001'])

/** What wakes when a transaction has been committed; `platform/wake.ts` carries it to other processes. */
export const TOPICS = ['inbox', 'outbox', 'offers', 'deadlines', 'live', 'agents', 'channels', 'sessions'] as const
export type Topic = (typeof TOPICS)[number]

export interface Database {
  /** Single statements outside a transaction. */
  readonly read: Db
  /**
   * Runs one step: its changes, its audit events and its live rows commit together or not at all. Wakes and `afterCommit`
   * happen only after the commit. A deadlock or a stale plan runs `work` again, so it must have no effect outside of `tx`.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Answers at once when the server does. */
  ping(): Promise<void>
  close(): Promise<void>
}

interface Step {
  /** The last statement has been said, with which everything is committed that will be. */
  closed: boolean
  /** Statements whose answers nobody awaits. */
  readonly written: Promise<unknown>[]
  readonly audit: AuditEvent[]
  readonly live: LiveRow[]
  readonly topics: Set<Topic>
  readonly afterCommit: (() => void)[]
}

const newStep = (): Step => ({ closed: false, written: [], audit: [], live: [], topics: new Set(), afterCommit: [] })

const steps = new WeakMap<Tx, Step>()
const stepOf = (tx: Tx): Step => present(steps.get(tx), 'the step of this transaction')
const openStepOf = (tx: Tx): Step => {
  const step = stepOf(tx)
  assert(!step.closed, 'a record comes after the last statement of its transaction')
  return step
}

const vaults = new WeakMap<Db, Vault>()
/** What seals and opens the texts of this database's rows. */
export const vaultOf = (db: Db): Vault => present(vaults.get(db), 'the vault of this database')

/** Adds audit events to this transaction: written in one statement with its commit, or the step fails. */
export const audit = (tx: Tx, ...events: AuditEvent[]): void => {
  openStepOf(tx).audit.push(...events)
}

/** Adds live rows to this transaction and wakes those who deliver them after its commit. */
export const live = (tx: Tx, ...rows: LiveRow[]): void => {
  const step = openStepOf(tx)
  step.live.push(...rows)
  step.topics.add('live')
}

export const wake = (tx: Tx, topic: Topic): void => {
  stepOf(tx).topics.add(topic)
}

/**
 * The last statement of this transaction, which writes its own records: no other statement, `audit` or `live` may follow. Where it is the
 * first one as well, it commits by itself, without `begin` and `commit`; so the work must not fail any more once it has changed something.
 */
export const executeLast = <R>(tx: Tx, query: CompiledQuery): Promise<QueryResult<R>> => {
  const step = stepOf(tx)
  const recordsFollow = step.audit.length + step.live.length > 0
  step.closed = true
  return tx.executeQuery<R>(recordsFollow ? query : asLast(query))
}

/**
 * A statement whose answer nobody needs: it travels with whatever this transaction says next, at the latest with its commit. Its
 * failure is the transaction's.
 */
export const write = (tx: Tx, query: CompiledQuery): void => {
  sayTo(openStepOf(tx), tx, query)
}

const sayTo = (step: Step, tx: Tx, query: CompiledQuery): void => {
  const written = tx.executeQuery(query)
  written.catch(() => undefined)
  step.written.push(written)
}

/** For caches of this process; must not throw. Other processes learn of it by a topic. */
export const afterCommit = (tx: Tx, act: () => void): void => {
  stepOf(tx).afterCommit.push(act)
}

/** What a transaction has asked for beside its statements. */
export interface OpenStep {
  readonly records: Records
  readonly topics: ReadonlySet<Topic>
  readonly afterCommit: readonly (() => void)[]
}

/** Makes `audit`, `live`, `wake` and `afterCommit` possible over `tx`; what they ask for is to be done with its commit. */
export const openStep = (tx: Tx): OpenStep => {
  const step = newStep()
  steps.set(tx, step)
  return { records: step, topics: step.topics, afterCommit: step.afterCommit }
}

export interface DatabaseOptions {
  readonly url: string
  readonly clock: Clock
  readonly poolSize?: number
  readonly applicationName?: string
  /** For whoever reads or writes what people wrote. */
  readonly vault?: Vault
  readonly onWake: (topics: ReadonlySet<Topic>) => void
  readonly onIdleError: (error: Error) => void
}

pg.types.setTypeParser(pg.types.builtins.INT8, Number)

export const openDatabase = (options: DatabaseOptions): Database => {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? POOL_SIZE_DEFAULT,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: options.applicationName ?? 'oco',
  })
  pool.on('error', options.onIdleError)
  const { kysely, transaction } = pipelineOver<DB>(pool)
  if (options.vault !== undefined) vaults.set(kysely, options.vault)

  const once = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const step = newStep()
    let result: T
    try {
      result = await transaction(async (tx) => {
        steps.set(tx, step)
        if (options.vault !== undefined) vaults.set(tx, options.vault)
        const value = await work(tx)
        const records = recordsQuery(step, options.clock.now())
        if (records !== null) sayTo(step, tx, records)
        return value
      })
    } catch (error) {
      // The first of them that failed says why; what came after it knows only that the transaction was lost.
      for (const written of step.written) await written
      throw error
    }
    for (const act of step.afterCommit) act()
    if (step.topics.size > 0) options.onWake(step.topics)
    return result
  }

  return {
    read: kysely,
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await once(work)
        } catch (error) {
          if (attempt >= TRANSACTION_TRIES || !isRetryable(error)) throw error
        }
      }
    },
    async ping() {
      await sql`select 1`.execute(kysely)
    },
    close: () => kysely.destroy(),
  }
}

const isRetryable = (error: unknown): boolean =>
  isStale(error) || (error instanceof pg.DatabaseError && error.code !== undefined && RETRYABLE_SQLSTATES.has(error.code))

/** True where a unique constraint of this name refused the row. */
export const violates = (error: unknown, constraint: string): boolean =>
  error instanceof Error && 'constraint' in error && error.constraint === constraint
