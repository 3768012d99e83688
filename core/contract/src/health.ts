import { z } from 'zod'
import { endpoint } from './endpoint.ts'

export const readHealth = endpoint({
  method: 'GET',
  path: '/api/v1/health',
  summary: 'live: the process answers; ready: it can do its work; and each dependency',
  permission: 'public',
  audit: null,
  request: {},
  response: z.object({
    live: z.literal(true),
    ready: z.boolean(),
    version: z.string(),
    dependencies: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  }),
  errors: ['not_ready'],
})

export const readMetrics = endpoint({
  method: 'GET',
  path: '/metrics',
  summary: 'Figures in the Prometheus text format, for this host and trusted proxies alone',
  permission: 'metrics.read',
  audit: null,
  request: {},
  response: 'stream',
  errors: [],
})
