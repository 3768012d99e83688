import pg from 'pg'
import { messageOf } from '../kernel/errors.ts'
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_AFTER_MS } from './connection-limits.ts'
import { TOPICS, type Topic } from './db.ts'
import type { Log } from './log.ts'

const CHANNEL = 'oco'
const SIGNAL_CHANNEL = 'oco_signal'
/** NOTIFY takes less than 8,000 bytes. */
export const SIGNAL_BYTES_MAX = 7_000
/** More signals than that wait only while the connection is gone, and are worth nothing when it is back. */
const SIGNALS_WAITING_MAX = 200
const NOTIFY = 'select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as notice (channel, payload)'
const RECONNECT_MS = 1_000
/** A notice that is not taken within this has nobody to take it: the connection is made anew. */
const NOTICE_TIMEOUT_MS = 10_000
/** After a notice, later wakes of this process are gathered for so long; the first one goes at once. */
const GATHER_MS = 10

export interface Wake {
  /** Wakes this process now, and the others by one NOTIFY that later wakes may join. Never throws. */
  wake(topics: Iterable<Topic>): void
  on(topic: Topic, act: () => void): void
  /** Tells the other processes something that is true for seconds and stored nowhere. May be lost; at most `SIGNAL_BYTES_MAX`. */
  signal(payload: string): void
  onSignal(act: (payload: string) => void): void
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * Wakes the stages of all processes. NOTIFY runs on a connection of its own, after the commit and coalesced: inside transactions it
 * serialises commits. A notice may be lost when a process dies in between; each stage's sweep covers that.
 */
export const createWake = (options: { url: string; node: string; log: Log }): Wake => {
  const acts = new Map<Topic, (() => void)[]>()
  const signalActs: ((payload: string) => void)[] = []
  const pending = new Set<Topic>()
  const signals: string[] = []
  let client: pg.Client | null = null
  let sending = false
  let stopped = false
  let timer: NodeJS.Timeout | null = null

  const here = (topic: Topic): void => {
    for (const act of acts.get(topic) ?? []) act()
  }

  const send = async (): Promise<void> => {
    if (sending || client === null || pending.size + signals.length === 0) return
    sending = true
    const listener = client
    const notices = signals.splice(0).map((payload): [string, string] => [SIGNAL_CHANNEL, `${options.node} ${payload}`])
    if (pending.size > 0) notices.push([CHANNEL, `${options.node} ${[...pending].join(' ')}`])
    pending.clear()
    try {
      const values = [notices.map(([channel]) => channel), notices.map(([, payload]) => payload)]
      await listener.query({ name: 'wake', text: NOTIFY, values })
    } catch (error) {
      options.log.warn({ reason: messageOf(error) }, 'a wake was not sent; the sweep covers it')
      void listener.end().catch(() => undefined)
    }
    setTimeout(() => {
      sending = false
      void send()
    }, GATHER_MS)
  }

  const hear = (payload: string): void => {
    const [node, ...topics] = payload.split(' ')
    if (node === options.node) return
    for (const topic of TOPICS) if (topics.includes(topic)) here(topic)
  }

  const hearSignal = (payload: string): void => {
    const end = payload.indexOf(' ')
    if (payload.slice(0, end) === options.node) return
    for (const act of signalActs) act(payload.slice(end + 1))
  }

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({
      connectionString: options.url,
      application_name: 'oco wake',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: NOTICE_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    })
    fresh.on('notification', (notice) => {
      if (notice.channel === SIGNAL_CHANNEL) hearSignal(notice.payload ?? '')
      else hear(notice.payload ?? '')
    })
    fresh.on('error', (error) => {
      options.log.warn({ reason: error.message }, 'the connection for wakes was lost')
    })
    fresh.on('end', () => {
      if (client === fresh) client = null
      if (!stopped && timer === null) timer = setTimeout(reconnect, RECONNECT_MS)
    })
    try {
      await fresh.connect()
      await fresh.query(`listen ${CHANNEL}`)
      await fresh.query(`listen ${SIGNAL_CHANNEL}`)
    } catch (error) {
      void fresh.end().catch(() => undefined)
      throw error
    }
    client = fresh
    // Whatever was missed while nobody listened.
    for (const topic of TOPICS) here(topic)
  }

  const reconnect = (): void => {
    timer = null
    connect().catch((error: unknown) => {
      options.log.warn({ reason: messageOf(error) }, 'the connection for wakes is not back yet')
      if (!stopped && timer === null) timer = setTimeout(reconnect, RECONNECT_MS)
    })
  }

  return {
    wake(topics) {
      for (const topic of topics) {
        here(topic)
        pending.add(topic)
      }
      void send()
    },
    on(topic, act) {
      acts.set(topic, [...(acts.get(topic) ?? []), act])
    },
    signal(payload) {
      if (signals.length >= SIGNALS_WAITING_MAX || Buffer.byteLength(payload) > SIGNAL_BYTES_MAX) return
      signals.push(payload)
      void send()
    },
    onSignal(act) {
      signalActs.push(act)
    },
    start: connect,
    async stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      await client?.end()
    },
  }
}
