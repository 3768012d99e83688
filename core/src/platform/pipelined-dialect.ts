import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { assert } from '../kernel/assert.ts'
import { say, type Outcome } from './statement-group.ts'

/** So many different statements are kept prepared on each connection; any further one is sent unprepared. */
const PREPARED_STATEMENTS_MAX = 400

/**
 * Kysely over a pg pool in pipeline mode: what is said to a connection in one turn travels together, so that a step of three
 * statements costs three round trips, not five, and its records cost none of their own. Every statement is prepared once per connection.
 */
export const pipelinedDialect = (pool: Pool): Dialect => ({
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new PipelinedDriver(pool),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
})

const names = new Map<string, string>()

const nameOf = (text: string): string | undefined => {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.size >= PREPARED_STATEMENTS_MAX) return undefined
  const name = `s${String(names.size)}`
  names.set(text, name)
  return name
}

const lastOnes = new WeakSet<CompiledQuery>()

/** Says that nothing but the commit follows this query in its transaction: where nothing precedes it either, it needs no `begin`. */
export const asLast = (query: CompiledQuery): CompiledQuery => {
  lastOnes.add(query)
  return query
}

/**
 * `none`: no transaction. `due`: it begins with the first statement. `begun`: it has begun. `alone`: its only statement has been said, and
 * commits by itself.
 */
type Progress = 'none' | 'due' | 'begun' | 'alone'

class PipelinedConnection implements DatabaseConnection {
  readonly client: PoolClient
  progress: Progress = 'none'
  /** The answer to `begin`, awaited with the commit: a failed begin fails every statement after it as well. */
  begun: Promise<unknown> | null = null

  constructor(client: PoolClient) {
    this.client = client
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    this.#proceed(lastOnes.has(query))
    const { rows, rowCount } = await say(this.client, { name: nameOf(query.sql), text: query.sql, values: query.parameters })
    const result = { rows: rows as unknown as R[] }
    return rowCount === null ? result : { ...result, numAffectedRows: BigInt(rowCount) }
  }

  #proceed(isLast: boolean): void {
    assert(this.progress !== 'alone', 'a statement follows the one that was said to be the last')
    if (this.progress !== 'due') return
    this.progress = isLast ? 'alone' : 'begun'
    if (isLast) return
    this.begun = this.word('begin')
    this.begun.catch(() => undefined)
  }

  word(word: 'begin' | 'commit' | 'rollback'): Promise<Outcome> {
    return say(this.client, { name: word, text: word, values: [] })
  }

  // eslint-disable-next-line require-yield -- the port demands a generator; nothing in the product streams rows
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    await Promise.reject(new Error('rows are not streamed: read pages by their key'))
  }
}

class PipelinedDriver implements Driver {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async init(): Promise<void> {
    // The pool connects by itself.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return new PipelinedConnection(await this.#pool.connect())
  }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    assert(settings.isolationLevel === undefined, 'every transaction is read committed')
    ownOf(connection).progress = 'due'
    return Promise.resolve()
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const own = ownOf(connection)
    if (own.progress !== 'begun') return
    const { command } = await own.word('commit')
    await own.begun
    // A transaction with a failed statement answers a commit with a rollback, not with an error.
    if (command !== 'COMMIT') throw new Error('the transaction was rolled back: a statement in it had failed')
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    const own = ownOf(connection)
    if (own.progress === 'begun') await own.word('rollback')
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    ownOf(connection).client.release()
    return Promise.resolve()
  }

  async destroy(): Promise<void> {
    await this.#pool.end()
  }
}

const ownOf = (connection: DatabaseConnection): PipelinedConnection => {
  assert(connection instanceof PipelinedConnection, 'a connection of another driver')
  return connection
}
