import pg from 'pg'
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_AFTER_MS, STATEMENT_TIMEOUT_MS } from '../connection-limits.ts'

/** Whose key it is: a contact's, one of a blind index and epoch, one of a day's coming in. */
export const KEY_KINDS = ['subject', 'index', 'intake'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

export interface KeyName {
  readonly kind: KeyKind
  readonly name: string
}

export interface WrappedKey extends KeyName {
  readonly wrapped: Buffer
}

export interface Epochs {
  readonly current: number
  /** Oldest first. */
  readonly living: readonly number[]
  /** Since when the current one is. */
  readonly currentAt: Date
}

export interface KeyCounts {
  /** Living keys by the version of the key-encryption key that wraps them. */
  readonly byRingVersion: ReadonlyMap<number, number>
  readonly destroyed: number
}

/** The keys database, statement by statement: each commits by itself. */
export interface DataKeyStore {
  /** Those of the names that are there and not destroyed. */
  read(names: readonly KeyName[]): Promise<WrappedKey[]>
  /** The same without the keys themselves. */
  living(names: readonly KeyName[]): Promise<KeyName[]>
  /** Names of this kind with a living key, in order, that come before the given one; at most so many. */
  namesBefore(kind: KeyKind, name: string, atMost: number): Promise<string[]>
  /** All names of subjects whose key was destroyed. */
  destroyedSubjects(): Promise<string[]>
  /** Of each name that has none yet, which it returns; whoever comes second has to take the first one's. */
  insert(keys: readonly WrappedKey[], ringVersion: number, now: Date): Promise<KeyName[]>
  /** Those that were destroyed by this call. */
  destroy(names: readonly KeyName[], now: Date): Promise<KeyName[]>
  /** Leaves nothing of what was destroyed in the pages of the table's part in which the name lies. */
  rewrite(name: string): Promise<void>
  /**
   * Gives `rewrap` some of the keys that an older version wraps, locked, and stores what it answers; the number of them, 0 when there
   * are none.
   */
  rewrapSome(ringVersion: number, atMost: number, rewrap: (wrapped: Buffer) => Buffer): Promise<number>
  counts(): Promise<KeyCounts>
  /** Fingerprints of the versions of the key-encryption key that have been in use here. */
  ringVersions(): Promise<ReadonlyMap<number, string>>
  /** Adds those that are not known yet. */
  addRingVersions(fingerprints: ReadonlyMap<number, string>, now: Date): Promise<void>
  /** Epochs of the blind indexes. */
  epochs(): Promise<Epochs>
  /** The next epoch, from now on looked under; its number, or null where one is on its way already. */
  announceEpoch(): Promise<number | null>
  /** Makes the announced epoch current once it was announced so long ago; whether there was one. */
  settleEpoch(afterMs: number): Promise<boolean>
  /**
   * Nobody looks under what is older than the current epoch any more, once that has been current for so long. Answers the dropped ones
   * that have keys still, which may go when that was so long ago.
   */
  dropEpochs(afterMs: number): Promise<readonly { readonly epoch: number; readonly mayGo: boolean }[]>
  /** Whether the server writes values of statements into its log: these are wrapped keys, and the log a backup of them. */
  logsValues(): Promise<boolean>
  ping(): Promise<void>
  close(): Promise<void>
}

/** A page asks for its keys in one statement, and all pages of one moment in one: few connections do. */
const POOL_SIZE = 4

interface KeyRow {
  readonly kind: KeyKind
  readonly name: string
  readonly wrapped: Buffer
}

export const openDataKeyStore = ({ url, onIdleError }: { url: string; onIdleError: (error: Error) => void }): DataKeyStore => {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'oco keys',
  })
  pool.on('error', onIdleError)
  const arraysOf = (names: readonly KeyName[]): [string[], string[]] => [
    names.map(({ kind }) => kind),
    names.map(({ name }) => name),
  ]

  return {
    async read(names) {
      const { rows } = await pool.query<KeyRow>({
        name: 'read',
        text: `select kind, name, wrapped from data_key
          where (kind, name) in (select * from unnest($1::text[], $2::text[])) and wrapped is not null`,
        values: arraysOf(names),
      })
      return rows
    },

    async living(names) {
      const { rows } = await pool.query<KeyName>({
        name: 'living',
        text: `select kind, name from data_key
          where (kind, name) in (select * from unnest($1::text[], $2::text[])) and wrapped is not null`,
        values: arraysOf(names),
      })
      return rows
    },

    async namesBefore(kind, name, atMost) {
      const { rows } = await pool.query<{ name: string }>(
        'select name from data_key where kind = $1 and name < $2 and wrapped is not null order by name limit $3',
        [kind, name, atMost],
      )
      return rows.map((row) => row.name)
    },

    async destroyedSubjects() {
      const { rows } = await pool.query<{ name: string }>("select name from data_key where kind = 'subject' and wrapped is null")
      return rows.map((row) => row.name)
    },

    async insert(keys, ringVersion, now) {
      const { rows } = await pool.query<KeyName>({
        name: 'insert',
        text: `insert into data_key (kind, name, wrapped, ring_version, created_at)
          select kind, name, wrapped, $4, $5 from unnest($1::text[], $2::text[], $3::bytea[]) as given (kind, name, wrapped)
          on conflict do nothing
          returning kind, name`,
        values: [...arraysOf(keys), keys.map(({ wrapped }) => wrapped), ringVersion, now],
      })
      return rows
    },

    async destroy(names, now) {
      const { rows } = await pool.query<KeyName>(
        `update data_key set wrapped = null, ring_version = null, destroyed_at = $3
          where (kind, name) in (select * from unnest($1::text[], $2::text[])) and wrapped is not null
          returning kind, name`,
        [...arraysOf(names), now],
      )
      return rows
    },

    async rewrite(name) {
      await pool.query('select rewrite_data_keys($1)', [name])
    },

    rewrapSome: (ringVersion, atMost, rewrap) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<KeyRow>(
          `select kind, name, wrapped from data_key where wrapped is not null and ring_version < $1
            order by ring_version limit $2 for update skip locked`,
          [ringVersion, atMost],
        )
        await client.query(
          `update data_key set wrapped = fresh.wrapped, ring_version = $4
            from unnest($1::text[], $2::text[], $3::bytea[]) as fresh (kind, name, wrapped)
            where data_key.kind = fresh.kind and data_key.name = fresh.name`,
          [...arraysOf(rows), rows.map(({ wrapped }) => rewrap(wrapped)), ringVersion],
        )
        return rows.length
      }),

    async counts() {
      const { rows } = await pool.query<{ ring_version: number | null; keys: number }>(
        'select ring_version, count(*)::integer as keys from data_key group by 1',
      )
      return {
        byRingVersion: new Map(rows.flatMap(({ ring_version, keys }) => (ring_version === null ? [] : [[ring_version, keys]]))),
        destroyed: rows.find(({ ring_version }) => ring_version === null)?.keys ?? 0,
      }
    },

    async ringVersions() {
      const { rows } = await pool.query<{ version: number; fingerprint: string }>(
        'select version, fingerprint from key_ring_version',
      )
      return new Map(rows.map(({ version, fingerprint }) => [version, fingerprint]))
    },

    async addRingVersions(fingerprints, now) {
      await pool.query(
        `insert into key_ring_version (version, fingerprint, added_at)
          select version, fingerprint, $3 from unnest($1::integer[], $2::text[]) as given (version, fingerprint)
          on conflict do nothing`,
        [[...fingerprints.keys()], [...fingerprints.values()], now],
      )
    },

    async epochs() {
      const { rows } = await pool.query<{ epoch: number; current_at: Date | null }>({
        name: 'epochs',
        text: 'select epoch, current_at from index_epoch where dropped_at is null order by epoch',
      })
      const current = rows.findLast(({ current_at: at }) => at !== null)
      if (current?.current_at == null) throw new Error('the database of keys has no epoch of the indexes')
      return { current: current.epoch, currentAt: current.current_at, living: rows.map(({ epoch }) => epoch) }
    },

    async announceEpoch() {
      const { rows } = await pool.query<{ epoch: number }>(
        `insert into index_epoch (epoch, announced_at)
          select max(epoch) + 1, now() from index_epoch having bool_and(current_at is not null)
          on conflict do nothing
          returning epoch`,
      )
      return rows[0]?.epoch ?? null
    },

    async settleEpoch(afterMs) {
      const { rowCount } = await pool.query(
        `update index_epoch set current_at = now()
          where current_at is null and announced_at <= now() - $1 * interval '1 millisecond'`,
        [afterMs],
      )
      return rowCount !== 0
    },

    async dropEpochs(afterMs) {
      await pool.query(
        `update index_epoch set dropped_at = now()
          where dropped_at is null
            and epoch < (select max(epoch) from index_epoch where current_at <= now() - $1 * interval '1 millisecond')`,
        [afterMs],
      )
      const { rows } = await pool.query<{ epoch: number; may_go: boolean }>(
        `select epoch, dropped_at <= now() - $1 * interval '1 millisecond' as may_go from index_epoch
          where dropped_at is not null and exists (
            select from data_key where kind = 'index' and name like '%:' || epoch and wrapped is not null)`,
        [afterMs],
      )
      return rows.map((row) => ({ epoch: row.epoch, mayGo: row.may_go }))
    },

    async logsValues() {
      const { rows } = await pool.query<{ logs: boolean }>(
        `select current_setting('log_parameter_max_length') <> '0'
          and (current_setting('log_statement') in ('mod', 'all') or current_setting('log_min_duration_statement') <> '-1') as logs`,
      )
      return rows[0]?.logs ?? false
    },

    async ping() {
      await pool.query('select 1')
    },

    close: () => pool.end(),
  }
}

const inTransaction = async <T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const value = await work(client)
    await client.query('commit')
    client.release()
    return value
  } catch (error) {
    // A connection whose transaction did not end in order is not used again.
    client.release(true)
    throw error
  }
}
