import type { LiveEvent } from '@oco/contract'
import type { Clock } from '../kernel/clock.ts'
import { sql, type Database } from './db.ts'
import type { Log } from './log.ts'
import type { Wake } from './wake.ts'

/** Rows live so long; a page that was away longer loads everything anew. */
export const LIVE_RETENTION_MS = 10 * 60_000
/** Events that concern many pages (a queue's, a supervisor's) are gathered for so long. */
export const GATHER_MS = 250
/** So many events are told to a page one by one; beyond, it is told to load everything anew. */
export const EVENTS_TOLD_MAX = 500
/** So many missed rows are looked through for a page that comes back. */
const MISSED_ROWS_MAX = 10_000
const SWEEP_MS = 1_000
const CURSOR_MARGIN_MS = 30_000

export interface Audience {
  readonly personId: string
  readonly queueIds: ReadonlySet<string>
  /** May see every conversation. */
  readonly seesAll: boolean
}

export interface Viewer {
  audience(): Audience
  /** Events for this page, framed: `cursor` is where to resume. Must not throw. */
  onEvents(events: readonly LiveEvent[], cursor: string): void
  /** In place of more events than `EVENTS_TOLD_MAX`: the page loads everything anew. Must not throw. */
  onReload(cursor: string): void
}

export interface Attached {
  /** The conversations that this page has open, each of which its person may see. */
  watch(conversationIds: readonly string[]): void
  detach(): void
}

export interface Live {
  start(): Promise<void>
  stop(): void
  /** Where a page that starts now may resume later. */
  cursor(): string
  attach(viewer: Viewer): Attached
  /** What a page has missed since its cursor; null where that is too much to tell, or the cursor is too old, foreign or broken. */
  since(cursor: string, audience: Audience): Promise<readonly LiveEvent[] | null>
  /** Every event of one conversation, as soon as this process hears of it. */
  watchConversation(conversationId: string, act: (event: LiveEvent) => void): () => void
  /** Every event, as soon as this process hears of it: for caches. */
  onEvent(act: (event: LiveEvent) => void): void
}

interface Row {
  readonly xmin: string
  readonly server_started_at: Date
  readonly id: number | null
  readonly transaction_id: string
  readonly type: LiveEvent['type']
  readonly conversation_id: string | null
  readonly work_item_id: string | null
  readonly queue_id: string | null
  readonly person_id: string | null
  readonly message_id: string | null
}

/**
 * Delivers live rows to the pages of this process. Ids are given out before commits, so rows do not appear in their order: each
 * look reads all rows of transactions that were not finished at the look before, and passes over those already told. The cursor
 * is the oldest transaction in flight, so that nothing can ever appear behind it; what comes after it may be told twice.
 */
export const createLive = (options: { database: Database; wake: Wake; clock: Clock; log: Log }): Live => {
  const viewers = new Set<Viewer>()
  const byPerson = new Map<string, Set<Viewer>>()
  const watchers = new Map<string, Set<Viewer>>()
  const acts = new Map<string, Set<(event: LiveEvent) => void>>()
  const listeners: ((event: LiveEvent) => void)[] = []
  const gathered = new Map<string, LiveEvent>()
  /** Rows told already whose transactions are not behind the cursor yet. */
  const told = new Map<number, bigint>()
  let position = 0n
  let serverStartedAt = new Date(0)
  let looking = false
  let lookAgain = false
  let sweep: NodeJS.Timeout | null = null
  let gather: NodeJS.Timeout | null = null

  const cursor = (): string => `${String(position)}.${String(options.clock.now().getTime())}`

  const tell = (events: readonly LiveEvent[]): void => {
    const at = cursor()
    const mail = new Map<Viewer, LiveEvent[]>()
    const post = (viewer: Viewer, event: LiveEvent): void => {
      const events = mail.get(viewer)
      if (events === undefined) mail.set(viewer, [event])
      else if (!events.includes(event)) events.push(event)
    }
    for (const event of events) {
      for (const act of listeners) act(event)
      if (event.conversationId !== null) {
        for (const viewer of watchers.get(event.conversationId) ?? []) post(viewer, event)
        for (const act of acts.get(event.conversationId) ?? []) act(event)
      }
      if (event.personId !== null) for (const viewer of byPerson.get(event.personId) ?? []) post(viewer, event)
      gathered.set(gatheringKeyOf(event), event)
    }
    for (const [viewer, own] of mail) viewer.onEvents(own, at)
    if (gathered.size > 0 && gather === null) gather = setTimeout(flush, GATHER_MS)
  }

  /** The slower post: one pass over the pages for everything of the last moments. */
  const flush = (): void => {
    gather = null
    const events = [...gathered.values()]
    gathered.clear()
    const at = cursor()
    for (const viewer of viewers) {
      const audience = viewer.audience()
      const own = events.filter((event) => concerns(event, audience) && event.personId !== audience.personId)
      if (own.length > EVENTS_TOLD_MAX) viewer.onReload(at)
      else if (own.length > 0) viewer.onEvents(own, at)
    }
  }

  const look = async (): Promise<void> => {
    if (looking) {
      lookAgain = true
      return
    }
    looking = true
    try {
      do {
        lookAgain = false
        await lookOnce()
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set by other callers while this one waited
      } while (lookAgain)
    } catch (error) {
      options.log.warn({ err: error }, 'live rows could not be read; the sweep tries again')
    } finally {
      looking = false
    }
  }

  const lookOnce = async (): Promise<void> => {
    const rows = await read(position, null)
    const fresh: LiveEvent[] = []
    for (const row of rows) {
      if (row.id === null || told.has(row.id)) continue
      told.set(row.id, BigInt(row.transaction_id))
      fresh.push(eventOf(row))
    }
    const first = rows[0]
    if (first !== undefined) {
      serverStartedAt = first.server_started_at
      const xmin = BigInt(first.xmin)
      if (xmin > position) {
        position = xmin
        for (const [id, transaction] of told) if (transaction < xmin) told.delete(id)
      }
    }
    if (fresh.length > 0) tell(fresh)
  }

  /** `limit` null: all of them. */
  const read = async (from: bigint, limit: number | null): Promise<readonly Row[]> => {
    const { rows } = await sql<Row>`
      select pg_snapshot_xmin(pg_current_snapshot())::text as xmin, pg_postmaster_start_time() as server_started_at,
        event.id, event.transaction_id::text as transaction_id, event.type, event.conversation_id, event.work_item_id,
        event.queue_id, event.person_id, event.message_id
      from (values (true)) as one (row)
      left join live_event as event on event.transaction_id >= ${String(from)}::text::xid8
      order by event.id
      limit ${limit}`.execute(options.database.read)
    return rows
  }

  return {
    async start() {
      const { rows } = await sql<{ xmin: string }>`
        select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`.execute(options.database.read)
      position = BigInt(rows[0]?.xmin ?? '0')
      options.wake.on('live', () => void look())
      sweep = setInterval(() => void look(), SWEEP_MS)
      await look()
    },
    stop() {
      if (sweep !== null) clearInterval(sweep)
      if (gather !== null) clearTimeout(gather)
    },
    cursor,
    attach(viewer) {
      const { personId } = viewer.audience()
      let open: readonly string[] = []
      viewers.add(viewer)
      addTo(byPerson, personId, viewer)
      return {
        watch(conversationIds) {
          for (const id of open) removeFrom(watchers, id, viewer)
          open = [...conversationIds]
          for (const id of open) addTo(watchers, id, viewer)
        },
        detach() {
          for (const id of open) removeFrom(watchers, id, viewer)
          removeFrom(byPerson, personId, viewer)
          viewers.delete(viewer)
        },
      }
    },
    async since(given, audience) {
      const parsed = parseCursor(given)
      if (parsed === null) return null
      const now = options.clock.now().getTime()
      const tooOld = now - parsed.atMs > LIVE_RETENTION_MS - CURSOR_MARGIN_MS
      // A crashed server has emptied the table: what was in it cannot be told any more.
      if (tooOld || parsed.atMs > now + CURSOR_MARGIN_MS || parsed.atMs < serverStartedAt.getTime()) return null
      const rows = await read(parsed.position, MISSED_ROWS_MAX + 1)
      if (rows.length > MISSED_ROWS_MAX) return null
      const events = rows
        .filter((row) => row.id !== null)
        .map(eventOf)
        .filter((event) => event.personId === audience.personId || concerns(event, audience))
      return events.length > EVENTS_TOLD_MAX ? null : events
    },
    watchConversation(conversationId, act) {
      addTo(acts, conversationId, act)
      return () => {
        removeFrom(acts, conversationId, act)
      }
    },
    onEvent(act) {
      listeners.push(act)
    },
  }
}

/** Deletes rows that are too old to be resumed from. */
export const purgeLiveRows = async (database: Database, now: Date): Promise<void> => {
  await database.read
    .deleteFrom('live_event')
    .where('at', '<', new Date(now.getTime() - LIVE_RETENTION_MS))
    .execute()
}

/** Events for everybody who works with the thing, beside those who are named or have it open. */
const concerns = (event: LiveEvent, audience: Audience): boolean => {
  switch (event.type) {
    case 'session.ended':
    case 'offer.made':
    case 'offer.withdrawn':
      return false
    case 'settings.changed':
    case 'channel.changed':
      return true
    case 'agent_state.changed':
      return audience.seesAll
    case 'conversation.changed':
    case 'message.added':
    case 'message.changed':
    case 'work_item.changed':
      return audience.seesAll || (event.queueId !== null && audience.queueIds.has(event.queueId))
  }
}

/** Of several events about one thing, those who work with it need the last; a transfer has one for each of its two queues. */
const gatheringKeyOf = (event: LiveEvent): string =>
  `${event.type} ${event.workItemId ?? event.conversationId ?? event.personId ?? ''} ${event.queueId ?? ''}`

const parseCursor = (cursor: string): { position: bigint; atMs: number } | null => {
  const found = /^(\d{1,20})\.(\d{1,15})$/.exec(cursor)
  return found === null ? null : { position: BigInt(found[1] ?? '0'), atMs: Number(found[2]) }
}

const eventOf = (row: Row): LiveEvent => ({
  id: String(row.id),
  type: row.type,
  conversationId: row.conversation_id,
  workItemId: row.work_item_id,
  queueId: row.queue_id,
  personId: row.person_id,
  messageId: row.message_id,
})

const addTo = <K, V>(map: Map<K, Set<V>>, key: K, value: V): void => {
  const set = map.get(key)
  if (set === undefined) map.set(key, new Set([value]))
  else set.add(value)
}

const removeFrom = <K, V>(map: Map<K, Set<V>>, key: K, value: V): void => {
  const set = map.get(key)
  set?.delete(value)
  if (set?.size === 0) map.delete(key)
}
