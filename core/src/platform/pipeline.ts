import { createHash } from 'node:crypto'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  Transaction,
} from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { assert } from '../kernel/assert.ts'
import { attend, isStale, say, type Outcome } from './statement-group.ts'

/** So many different statements are kept prepared on each connection; any further one is sent unprepared. */
const PREPARED_STATEMENTS_MAX = 400
/** Beyond the server's own limit of a statement (STATEMENT_TIMEOUT_MS), so that it cuts only what has no server any more. */
export const ANSWER_TIMEOUT_MS = 40_000

export interface Pipeline<DB> {
  /** For single statements; its own transactions are refused. */
  readonly kysely: Kysely<DB>
  /**
   * Runs `work` in a transaction that is read committed; it ends with `work`, whatever becomes of that. Nothing may be said over `tx`
   * after the end.
   */
  transaction<T>(work: (tx: Transaction<DB>) => Promise<T>): Promise<T>
}

/**
 * Kysely over a pg pool: what is said to a connection in one turn travels together, even where each waits for its own answer; so a step
 * of three statements costs three round trips, not five, and its records cost none of their own. Every statement is prepared once per
 * connection. Kysely's own transactions put several layers around every statement; what they guard is guarded by the connection here.
 */
export const pipelineOver = <DB>(pool: Pool, { answerTimeoutMs = ANSWER_TIMEOUT_MS } = {}): Pipeline<DB> => {
  const server = { answerTimeoutMs, generation: 0 }
  pool.on('connect', (client) => {
    attend(client, server)
  })
  const driver = new PipelinedDriver(pool)
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
  const kysely = new Kysely<DB>({ dialect })
  const transactionOn = (connection: PipelinedConnection): Transaction<DB> => {
    const executor = kysely.getExecutor().withConnectionProvider({ provideConnection: (consumer) => consumer(connection) })
    return new Transaction<DB>({ config: { dialect }, dialect, driver, executor })
  }
  return {
    kysely,
    async transaction(work) {
      const connection = new PipelinedConnection(await pool.connect(), 'due')
      let isBroken = false
      try {
        const value = await work(transactionOn(connection))
        await connection.commit()
        return value
      } catch (error) {
        isBroken = !(await connection.rollback())
        throw error
      } finally {
        connection.end(isBroken)
      }
    },
  }
}

const names = new Map<string, string>()

const nameOf = (text: string): string | undefined => {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.size >= PREPARED_STATEMENTS_MAX) return undefined
  // By the text, not by a number: behind a pooler another process may have prepared statements on the same connection of the server.
  const name = createHash('sha256').update(text).digest('base64url')
  names.set(text, name)
  return name
}

const lastOnes = new WeakSet<CompiledQuery>()

/**
 * Says that nothing but the commit follows this query in its transaction: the commit travels with it; where nothing precedes it either,
 * it needs no transaction at all.
 */
export const asLast = (query: CompiledQuery): CompiledQuery => {
  lastOnes.add(query)
  return query
}

/**
 * `single`: every statement is for itself. `due`: a transaction begins with the first statement. `begun`: it has begun. `committing`: its
 * commit has been said. `alone`: its only statement has been said, and commits by itself. `ended`: somebody else has the client.
 */
type Progress = 'single' | 'due' | 'begun' | 'committing' | 'alone' | 'ended'

class PipelinedConnection implements DatabaseConnection {
  readonly #client: PoolClient
  #progress: Progress
  /** The answer to `begin`, awaited with the commit: a failed begin fails every statement after it as well. */
  #begun: Promise<unknown> | null = null
  #committed: Promise<void> | null = null

  constructor(client: PoolClient, progress: Progress) {
    this.#client = client
    this.#progress = progress
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const isLast = lastOnes.has(query)
    this.#proceed(isLast)
    const commitsItself = this.#progress === 'single' || this.#progress === 'alone'
    const said = this.#say(query)
    if (isLast && this.#progress === 'begun') void this.#sayCommit()
    const { rows, rowCount } = await said.catch((error: unknown) => {
      // Within a transaction the whole of it must be said again, which its caller does.
      if (commitsItself && isStale(error)) return this.#say(query)
      throw error
    })
    const result = { rows: rows as unknown as R[] }
    return rowCount === null ? result : { ...result, numAffectedRows: BigInt(rowCount) }
  }

  #say({ sql, parameters }: CompiledQuery): Promise<Outcome> {
    return say(this.#client, { name: nameOf(sql), text: sql, values: parameters })
  }

  #proceed(isLast: boolean): void {
    const open = this.#progress !== 'alone' && this.#progress !== 'committing'
    assert(open, 'a statement follows the one that was said to be the last')
    assert(this.#progress !== 'ended', 'a statement comes after the end of its transaction')
    if (this.#progress !== 'due') return
    this.#progress = isLast ? 'alone' : 'begun'
    if (isLast) return
    this.#begun = this.#word('begin')
    this.#begun.catch(() => undefined)
  }

  #sayCommit(): Promise<void> {
    this.#progress = 'committing'
    const committed = this.#word('commit').then(async ({ command }) => {
      await this.#begun
      // A transaction with a failed statement answers a commit with a rollback, not with an error.
      if (command !== 'COMMIT') throw new Error('the transaction was rolled back: a statement in it had failed')
    })
    committed.catch(() => undefined)
    this.#committed = committed
    return committed
  }

  async commit(): Promise<void> {
    if (this.#progress === 'begun') await this.#sayCommit()
    else await this.#committed
  }

  /** False where not even that was possible: the client is of no use any more. */
  async rollback(): Promise<boolean> {
    if (this.#progress !== 'begun' && this.#progress !== 'committing') return true
    // From here on nobody may speak: a sibling's statement would commit by itself behind the rollback.
    this.#progress = 'ended'
    try {
      // After a commit that was answered it says nothing that matters.
      await this.#word('rollback')
      return true
    } catch {
      return false
    }
  }

  /** Gives the client back; a broken one goes for good. */
  end(isBroken = false): void {
    this.#progress = 'ended'
    this.#client.release(isBroken)
  }

  #word(word: 'begin' | 'commit' | 'rollback'): Promise<Outcome> {
    return say(this.#client, { name: word, text: word, values: [] })
  }

  // eslint-disable-next-line require-yield -- the port demands a generator; nothing in the product streams rows
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    await Promise.reject(new Error('rows are not streamed: read pages by their key'))
  }
}

/** For single statements: transactions are `inTransaction`. */
class PipelinedDriver implements Driver {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async init(): Promise<void> {
    // The pool connects by itself.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return new PipelinedConnection(await this.#pool.connect(), 'single')
  }

  beginTransaction(): Promise<void> {
    return Promise.reject(new Error('a transaction is a step: database.transaction'))
  }

  commitTransaction(): Promise<void> {
    return this.beginTransaction()
  }

  rollbackTransaction(): Promise<void> {
    return this.beginTransaction()
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    assert(connection instanceof PipelinedConnection, 'a connection of another driver')
    connection.end()
    return Promise.resolve()
  }

  async destroy(): Promise<void> {
    await this.#pool.end()
  }
}
