import { z } from 'zod'
import { instant } from './common.ts'
import { endpoint } from './endpoint.ts'

export const cryptoProviderView = z.object({
  id: z.string(),
  version: z.string(),
  /** What stands behind it; null: it is no certified СКЗИ. `validTo` is a day. */
  certificate: z.object({ class: z.string(), number: z.string(), validTo: z.string() }).nullable(),
  /** What it has and has not shown of itself at this start. */
  failed: z.array(z.object({ algorithm: z.string(), reason: z.string() })),
  lacks: z.array(z.string()),
  /** The key that it keeps and wraps others under; null: none. */
  outsideKey: z.object({ name: z.string(), mechanism: z.string() }).nullable(),
})
export type CryptoProviderView = z.output<typeof cryptoProviderView>

export const cryptoStatusView = z.object({
  /** When this process tried every known answer: at its start. */
  testedAt: instant,
  /** `provider` does it; `others` passed as well and would take its place. */
  algorithms: z.array(z.object({ algorithm: z.string(), provider: z.string(), others: z.array(z.string()) })),
  providers: z.array(cryptoProviderView),
})
export type CryptoStatusView = z.output<typeof cryptoStatusView>

export const readCryptoStatus = endpoint({
  method: 'GET',
  path: '/api/v1/crypto',
  summary: 'Which provider does which algorithm in this process, what each lacks, and what is certified',
  permission: 'crypto.read',
  audit: null,
  request: {},
  response: cryptoStatusView,
  errors: [],
})
