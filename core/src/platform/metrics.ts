import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export interface HttpMetrics {
  observe(method: string, route: string, status: number, durationMs: number): void
}

export interface Metrics extends HttpMetrics {
  /** Adds a figure that is asked for at each scrape; a failing one is left out of that scrape. */
  gauge(name: string, help: string, labels: readonly string[], read: () => Promise<readonly Reading[]>): void
  counter(name: string, help: string): { add(by?: number): void }
  /** Prometheus' text format, version 0.0.4. */
  text(): Promise<string>
  readonly contentType: string
}

export interface Reading {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export const createMetrics = (version: string): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'oco_' })
  new Gauge({ name: 'oco_build_info', help: 'The running version', labelNames: ['version'], registers: [registry] }).set(
    { version },
    1,
  )
  const requests = new Histogram({
    name: 'oco_http_request_seconds',
    help: 'HTTP requests by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [registry],
  })

  return {
    observe(method, route, status, durationMs) {
      requests.observe({ method, route, status: String(status) }, durationMs / 1_000)
    },
    gauge(name, help, labels, read) {
      new Gauge({
        name,
        help,
        labelNames: labels,
        registers: [registry],
        async collect() {
          this.reset()
          const readings = await read().catch(() => [])
          for (const { labels: values, value } of readings) this.set({ ...values }, value)
        },
      })
    },
    counter(name, help) {
      const counter = new Counter({ name, help, registers: [registry] })
      return {
        add(by = 1) {
          counter.inc(by)
        },
      }
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
