import type { Connection, PoolClient, Submittable } from 'pg'
import pg from 'pg'
import { present } from '../kernel/assert.ts'
import { toWire } from './wire-value.ts'

export interface Outcome {
  readonly command: string
  readonly rows: readonly Record<string, unknown>[]
  /** Null for statements that count nothing, such as `begin`. */
  readonly rowCount: number | null
}

interface Field {
  readonly name: string
  readonly parse: (text: string) => unknown
}

interface Part {
  readonly text: string
  /** Kept prepared under this name; absent: parsed every time. */
  readonly name: string | undefined
  readonly values: (string | Buffer | null)[]
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: Error) => void
  /** This part asked the server to prepare its statement. */
  prepares: boolean
  fields: readonly Field[]
  readonly rows: Record<string, unknown>[]
}

/** What the connections of one pool have in common. */
export interface Server {
  /** A connection whose answer is so long in coming is taken for dead. */
  readonly answerTimeoutMs: number
  /** Grows when what was prepared has gone or does not fit any more: then no connection believes what it has prepared. */
  generation: number
}

/** What we know of one connection. */
interface ClientState {
  readonly server: Server
  generation: number
  /** Columns of each statement that is prepared; null until the server has named them. */
  readonly prepared: Map<string, readonly Field[] | null>
  /** Statements that may be prepared or not. */
  readonly doubtful: Set<string>
  /** Said and not sent yet. */
  waiting: Part[]
  /** A group is to be sent in this turn, or its answer is still to come. */
  busy: boolean
  /** Refreshed with each group and each answer; where it runs out while busy, the connection is cut. */
  readonly deadline: NodeJS.Timeout
}

const states = new WeakMap<PoolClient, ClientState>()

/** Must be told of each new client of the pool before anything is said to it. */
export const attend = (client: PoolClient, server: Server): void => {
  const deadline = setTimeout(() => {
    if (!state.busy) return
    const silent = new Error(`the database has not answered within ${String(server.answerTimeoutMs)} ms`)
    wireOf(client).stream.destroy(Object.assign(silent, { code: 'ETIMEDOUT' }))
  }, server.answerTimeoutMs).unref()
  const state: ClientState = {
    server,
    generation: server.generation,
    prepared: new Map(),
    doubtful: new Set(),
    waiting: [],
    busy: false,
    deadline,
  }
  states.set(client, state)
  // A connection that is cut while somebody holds it: what was said fails, which is told enough; unheard, the event would end the process.
  client.on('error', () => undefined)
  client.on('end', () => {
    clearTimeout(deadline)
  })
}

/**
 * feature_not_supported (a cached plan whose result has another type now), invalid_sql_statement_name and duplicate_prepared_statement: a
 * migration of another process, or a pooler between us and the server, has changed what stands behind the names of our statements.
 */
const STALE_SQLSTATES = new Set(['0A000', '26000', '42P05'])

/** True where what was said has not happened, and may be said again as it was: the statements will be prepared anew. */
export const isStale = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code !== undefined && STALE_SQLSTATES.has(error.code)

const doubtEverything = ({ prepared, doubtful }: ClientState): void => {
  for (const name of prepared.keys()) doubtful.add(name)
  prepared.clear()
}

/**
 * Says one statement to the server. All that is said to one client in a turn of the event loop travels as one group: one packet, one
 * synchronisation, one answer; so `begin` costs nothing beside the first statement, nor `commit` beside the last. When one of a group
 * fails, those behind it are not executed and fail with the same error, as they would inside an aborted transaction. What is said while
 * an answer is awaited makes the next group.
 */
export const say = (
  client: PoolClient,
  statement: { readonly text: string; readonly name: string | undefined; readonly values: readonly unknown[] },
): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const state = present(states.get(client), 'a client of this pool')
    const { text, name } = statement
    const values = statement.values.map(toWire)
    state.waiting.push({ text, name, values, resolve, reject, prepares: false, fields: [], rows: [] })
    if (!state.busy) sendThisTurn(client, state)
  })

const sendThisTurn = (client: PoolClient, state: ClientState): void => {
  state.busy = true
  setImmediate(() => {
    const parts = state.waiting
    state.waiting = []
    if (state.generation !== state.server.generation) {
      state.generation = state.server.generation
      doubtEverything(state)
    }
    state.deadline.refresh()
    const done = (): void => {
      state.busy = false
      if (state.waiting.length > 0) sendThisTurn(client, state)
    }
    client.query(new StatementGroup(parts, state, done))
  })
}

/** The messages of the extended protocol that `pg` can send, as it takes them; its typings ask for more than it reads. */
interface Wire {
  parse(query: { name: string; text: string }): void
  bind(config: { statement: string; values: readonly (string | Buffer | null)[] }): void
  describe(message: { type: 'P' | 'S'; name?: string }): void
  execute(config: null): void
  close(message: { type: 'P' | 'S'; name: string }): void
  sync(): void
  readonly stream: Connection['stream']
}

const wireOf = (client: PoolClient): Wire => (client as unknown as { readonly connection: Wire }).connection

/** Handed to `pg` as a query of our own making (its `Submittable`): it sends, and is told of every answer in order. */
class StatementGroup implements Submittable {
  readonly #parts: readonly Part[]
  readonly #state: ClientState
  readonly #done: () => void
  #current = 0

  /** `done` is called once, when the connection may be spoken to again or has ended. */
  constructor(parts: readonly Part[], state: ClientState, done: () => void) {
    this.#parts = parts
    this.#state = state
    this.#done = done
  }

  submit(connection: Connection): null {
    const wire = connection as unknown as Wire
    wire.stream.cork()
    for (const part of this.#parts) this.#submit(wire, part)
    wire.sync()
    wire.stream.uncork()
    return null
  }

  #submit(wire: Wire, part: Part): void {
    const { prepared, doubtful } = this.#state
    const { name = '', text, values } = part
    const known = prepared.get(name)
    if (known === undefined) {
      // To close what is not prepared is no error.
      if (doubtful.delete(name)) wire.close({ type: 'S', name })
      wire.parse({ name, text })
      if (part.name !== undefined) {
        prepared.set(name, null)
        part.prepares = true
      }
    }
    wire.bind({ statement: name, values })
    if (known === undefined || known === null) wire.describe({ type: 'P' })
    else part.fields = known
    wire.execute(null)
  }

  get #part(): Part {
    return present(this.#parts[this.#current], 'the statement that is answered')
  }

  handleRowDescription({ fields }: { fields: readonly { name: string; dataTypeID: number }[] }): void {
    this.#part.fields = fields.map(({ name, dataTypeID }) => ({ name, parse: parserOf(dataTypeID) }))
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const part = this.#part
    const row: Record<string, unknown> = {}
    for (let index = 0; index < fields.length; index++) {
      const field = part.fields[index]
      const text = fields[index]
      if (field !== undefined) row[field.name] = text === null || text === undefined ? null : field.parse(text)
    }
    part.rows.push(row)
  }

  handleCommandComplete({ text }: { text: string }): void {
    const part = this.#part
    this.#state.deadline.refresh()
    if (part.name !== undefined) this.#state.prepared.set(part.name, part.fields)
    this.#current++
    const [command = ''] = text.split(' ')
    const count = /(?<= )\d+$/.exec(text)?.[0]
    part.resolve({ command, rows: part.rows, rowCount: count === undefined ? null : Number(count) })
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' })
  }

  handleReadyForQuery(): void {
    this.#done()
  }

  /** The server's refusal of the current part, or the end of the connection. */
  handleError(error: Error): void {
    const left = this.#parts.slice(this.#current)
    this.#current = this.#parts.length
    for (const part of left) {
      if (part.prepares && part.name !== undefined) {
        this.#state.prepared.delete(part.name)
        this.#state.doubtful.add(part.name)
      }
      part.reject(error)
    }
    if (isStale(error)) {
      doubtEverything(this.#state)
      this.#state.generation = ++this.#state.server.generation
    }
    this.#done()
  }
}

/** By the type's number; the typings know the built-in types alone, for any other the text stays as it is. */
const parserOf = pg.types.getTypeParser as unknown as (typeId: number) => (text: string) => unknown
