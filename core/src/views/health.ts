import { readHealth, readMetrics } from '@oco/contract'
import type { Registry } from '../channels/index.ts'
import { hasStrayAuditEvents } from '../platform/audit-partitions.ts'
import { sql, type Database } from '../platform/db.ts'
import { route, type Route } from '../platform/http.ts'
import type { Metrics } from '../platform/metrics.ts'
import { safeReason } from '../platform/safe-error.ts'

export interface Health {
  readonly database: Database
  /** The keys of data: without them nothing of it can be read. */
  readonly keys: { ping(): Promise<void> }
  readonly registry: Registry
  readonly metrics: Metrics
  readonly version: string
  /** False while the product starts or stops. */
  readonly serving: () => boolean
}

/** A failing channel does not make the product unready: its requests wait, and all else goes on. */
export const healthRoutes = (health: Health): Route[] => [
  route(readHealth, async ({ setStatus }) => {
    const [database, keys] = await Promise.all([stateOf('database', health.database), stateOf('keys', health.keys)])
    const channels = health.registry.states()
    const ready = health.serving() && database.ok && keys.ok
    if (!ready) setStatus(503)
    return {
      live: true as const,
      ready,
      version: health.version,
      dependencies: [database, keys, ...channels.map(({ name, ok }) => ({ name: `channel:${name}`, ok, detail: '' }))],
    }
  }),
  route(readMetrics, async () => ({ contentType: health.metrics.contentType, body: await health.metrics.text() })),
]

const stateOf = async (
  name: string,
  server: { ping(): Promise<void> },
): Promise<{ name: string; ok: boolean; detail: string }> => {
  try {
    await server.ping()
    return { name, ok: true, detail: '' }
  } catch (error) {
    return { name, ok: false, detail: safeReason(error) }
  }
}

/** Figures that are counted in the database at each scrape. */
export const queueFigures = ({ database, metrics }: Pick<Health, 'database' | 'metrics'>): void => {
  metrics.gauge('oco_work_items', 'Open work items by queue and state', ['queue', 'state'], async () => {
    const { rows } = await sql<{ queue: string; state: string; items: number }>`
      select queue_id as queue, state, count(*) as items from work_item where state <> 'resolved' group by 1, 2`.execute(
      database.read,
    )
    return rows.map(({ queue, state, items }) => ({ labels: { queue, state }, value: items }))
  })
  metrics.gauge('oco_agents', 'Agents by state', ['state'], async () => {
    const { rows } = await sql<{ state: string; agents: number }>`
      select state, count(*) as agents from agent group by 1`.execute(database.read)
    return rows.map(({ state, agents }) => ({ labels: { state }, value: agents }))
  })
  metrics.gauge('oco_stage_rows', 'Rows that wait between stages', ['stage'], async () => {
    const { rows } = await sql<{ stage: string; waiting: number }>`
      select 'inbox' as stage, count(*) as waiting from inbox where state = 'new'
      union all select 'set_aside', count(*) from inbox where state = 'set_aside'
      union all select 'outbox', count(*) from outbox where state = 'queued'`.execute(database.read)
    return rows.map(({ stage, waiting }) => ({ labels: { stage }, value: waiting }))
  })
  metrics.gauge('oco_audit_stray', '1 where audit events fell outside of all months', [], async () => [
    { labels: {}, value: (await hasStrayAuditEvents(database.read)) ? 1 : 0 },
  ])
}
