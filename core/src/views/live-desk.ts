import { type LiveEvent, type LiveFrame, pageFrame } from '@oco/contract'
import { can } from '@oco/security'
import { Failure } from '../kernel/errors.ts'
import { parseJson } from '../kernel/json.ts'
import { maySeeConversation } from '../conversations/index.ts'
import { sql, type Database, type Db } from '../platform/db.ts'
import { personOf, type Socket, type SocketRoute, type Upgrade } from '../platform/http.ts'
import type { Audience, Live } from '../platform/live.ts'
import type { Log } from '../platform/log.ts'
import { queueCounters } from '../work-items/index.ts'
import type { Signals } from '../platform/signals.ts'

const FRAME_BYTES_MAX = 4_096
/** Counters go out at most so often. */
const COUNTERS_MS = 250
const CLOSE_SESSION_ENDED = 4401

export interface LiveDesk {
  readonly database: Database
  readonly live: Live
  readonly signals: Signals
  readonly log: Log
  /** The page of an agent has come or gone. */
  readonly onConnected: (personId: string) => void
  readonly onDisconnected: (personId: string) => void
}

export interface LiveDeskRoute {
  readonly route: SocketRoute
  stop(): void
  /** Pages that are connected to this process. */
  sessions(): number
}

interface Page {
  readonly socket: Socket
  readonly personId: string
  readonly displayName: string
  audience: Audience
  watched: readonly string[]
  /** Counts what the page has asked to watch: an answer that comes late, or after the page's end, changes nothing. */
  asked: number
}

export const liveDesk = (options: LiveDesk): LiveDeskRoute => {
  const { database, live, signals } = options
  const pages = new Set<Page>()
  let counting: NodeJS.Timeout | null = null
  let lastCounters = ''

  const open = async (upgrade: Upgrade): Promise<(socket: Socket) => void> => {
    checkOrigin(upgrade)
    const { personId } = personOf(upgrade.actor)
    const seesAll = can(upgrade.actor, 'conversation.read_all')
    const [queueIds, displayName, counters] = await Promise.all([
      queueIdsOf(database.read, personId),
      displayNameOf(database.read, personId),
      queueCounters(database.read),
    ])
    const audience: Audience = { personId, queueIds, seesAll }
    const given = upgrade.query.get('cursor')
    // Taken before the page is attached: what is told in between is told twice, never not at all.
    const cursor = live.cursor()
    const missed = given === null ? [] : await live.since(given, audience)

    return (socket) => {
      const page: Page = { socket, personId, displayName, audience, watched: [], asked: 0 }
      const attached = live.attach({
        audience: () => page.audience,
        onEvents: (events, at) => {
          deliver(page, events, at)
        },
        onReload: (at) => send(page, { kind: 'reload', cursor: at }),
      })
      pages.add(page)
      options.onConnected(personId)
      send(page, missed === null ? { kind: 'reload', cursor } : { kind: 'hello', cursor })
      if (missed !== null && missed.length > 0) send(page, { kind: 'events', cursor, events: [...missed] })
      send(page, { kind: 'counters', waiting: Object.fromEntries(counters) })
      socket.onText((text) => {
        hear(page, upgrade, attached, text)
      })
      socket.onClose(() => {
        page.asked++
        attached.detach()
        pages.delete(page)
        signals.view(page, [])
        options.onDisconnected(personId)
      })
    }
  }

  const hear = (page: Page, upgrade: Upgrade, attached: { watch(ids: readonly string[]): void }, text: string): void => {
    const parsed = pageFrame.safeParse(parseJson(text))
    if (!parsed.success) return
    const frame = parsed.data
    switch (frame.kind) {
      case 'ping':
        send(page, { kind: 'pong' })
        return
      case 'typing':
        if (page.watched.includes(frame.conversationId)) {
          signals.typing({ conversationId: frame.conversationId, author: page.displayName, personId: page.personId })
        }
        return
      case 'watch': {
        const asked = ++page.asked
        void allowed(upgrade, frame.conversationIds).then(
          (ids) => {
            if (page.asked !== asked) return
            page.watched = ids
            attached.watch(ids)
            signals.view(page, ids)
          },
          (error: unknown) => {
            options.log.warn({ err: error }, 'the right to see could not be checked')
          },
        )
      }
    }
  }

  const allowed = async (upgrade: Upgrade, ids: readonly string[]): Promise<string[]> => {
    const seen: string[] = []
    for (const id of ids) if (await maySeeConversation(database.read, upgrade.actor, id)) seen.push(id)
    return seen
  }

  const deliver = (page: Page, events: readonly LiveEvent[], cursor: string): void => {
    send(page, { kind: 'events', cursor, events: [...events] })
    if (events.some((event) => event.type === 'session.ended' && event.personId === page.personId)) {
      page.socket.close(CLOSE_SESSION_ENDED, 'the session has ended')
    }
  }

  const count = (): void => {
    counting ??= setTimeout(() => {
      counting = null
      void countNow()
    }, COUNTERS_MS)
  }

  const countNow = async (): Promise<void> => {
    if (pages.size === 0) return
    try {
      const text = JSON.stringify({ kind: 'counters', waiting: Object.fromEntries(await queueCounters(database.read)) })
      if (text === lastCounters) return
      lastCounters = text
      for (const page of pages) page.socket.send(text)
    } catch (error) {
      options.log.warn({ err: error }, 'the counters could not be read')
    }
  }

  live.onEvent((event) => {
    if (event.type === 'work_item.changed') count()
  })
  signals.onTyping(({ conversationId, author, personId }) => {
    for (const page of pages) {
      if (page.personId !== personId && page.watched.includes(conversationId)) {
        send(page, { kind: 'typing', conversationId, author, personId })
      }
    }
  })
  signals.onViewers((conversationId, people) => {
    for (const page of pages) {
      if (page.watched.includes(conversationId)) send(page, { kind: 'viewers', conversationId, people: [...people] })
    }
  })

  /** Memberships change seldom; a page learns of its own within this. */
  const refresh = setInterval(() => {
    for (const page of pages) {
      queueIdsOf(database.read, page.personId)
        .then((queueIds) => {
          page.audience = { ...page.audience, queueIds }
        })
        .catch(() => undefined)
    }
  }, AUDIENCE_REFRESH_MS)
  refresh.unref()

  return {
    route: { path: '/api/v1/live', permission: 'session.own', frameBytesMax: FRAME_BYTES_MAX, open },
    stop() {
      clearInterval(refresh)
      if (counting !== null) clearTimeout(counting)
    },
    sessions: () => pages.size,
  }
}

/** A page of another site, even of a neighbouring name to which the browser would lend the cookie, hears nothing. */
const checkOrigin = ({ origin, headers }: Upgrade): void => {
  if (origin === null) return
  if (!URL.canParse(origin) || new URL(origin).host !== headers.host) throw new Failure('origin_not_allowed')
}

const AUDIENCE_REFRESH_MS = 60_000

const send = (page: Page, frame: LiveFrame): void => {
  page.socket.send(JSON.stringify(frame))
}

const queueIdsOf = async (db: Db, personId: string): Promise<ReadonlySet<string>> => {
  const rows = await db.selectFrom('queue_member').select('queue_id').where('person_id', '=', personId).execute()
  return new Set(rows.map((row) => row.queue_id))
}

const displayNameOf = async (db: Db, personId: string): Promise<string> => {
  const { rows } = await sql<{ display_name: string }>`select display_name from person where id = ${personId}`.execute(db)
  return rows[0]?.display_name ?? ''
}
