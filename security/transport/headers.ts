import { randomBytes } from 'node:crypto'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import helmet, { contentSecurityPolicy, type HelmetOptions } from 'helmet'

export type Headers = Readonly<Record<string, string>>

/** `secure`: the request came over TLS, to us or to a trusted front. */
export interface Transport {
  readonly secure: boolean
}

export interface Page extends Transport {
  /** Of this response alone; the served page carries it on each script and style. */
  readonly nonce: string
  /** Constant styles that a library adds without a nonce, as `sha256-…`, found at build time. */
  readonly styleHashes?: readonly string[]
}

export const newNonce = (): string => randomBytes(NONCE_BYTES).toString('base64')

/** A page of the product: runs and paints only what the server marked with this response's nonce, and speaks to nobody else. */
export const pageHeaders = (page: Page): Headers => {
  const styles = (page.styleHashes ?? []).map((hash) => ` '${hash}'`).join('')
  const policy = PAGE_POLICY.replaceAll(NONCE_PLACE, page.nonce).replace(HASHES_PLACE, styles)
  return {
    ...shared(page, 'same-origin'),
    'content-security-policy': policy,
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
  }
}

/** Answers of the API and attachments: inert even where a browser shows one as a page. */
export const apiHeaders = (transport: Transport): Headers => ({
  ...shared(transport, 'same-origin'),
  'content-security-policy': API_POLICY,
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
})

/**
 * A letter's own page in a frame of ours. No script, no form, nothing from outside. `allow-same-origin` lets the frame fetch the
 * letter's pictures with the session (an opaque origin would send no SameSite cookie); without `allow-scripts` it opens nothing else.
 */
export const letterHeaders = (transport: Transport): Headers => ({
  ...shared(transport, 'same-origin'),
  'content-security-policy': LETTER_POLICY,
  'x-frame-options': 'SAMEORIGIN',
  'cache-control': 'private, no-store',
})

/** Files of the bundle. `embeddable`: pages of other sites load it as well (the web chat's script). */
export const assetHeaders = (asset: Transport & { readonly embeddable: boolean }): Headers =>
  shared(asset, asset.embeddable ? 'cross-origin' : 'same-origin')

const NONCE_BYTES = 16
const HSTS_MAX_AGE_SECONDS = 365 * 86_400
const NONCE_PLACE = '{nonce}'
const HASHES_PLACE = '{hashes}'

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** What a middleware writes, without a request: its options are constant, so its headers are as well. */
const writtenBy = (middleware: Middleware): Headers => {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  middleware(request, response, () => undefined)
  return Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]))
}

const policyOf = (directives: Record<string, readonly string[]>): string =>
  writtenBy(contentSecurityPolicy({ useDefaults: false, directives }))['content-security-policy'] ?? ''

const PAGE_POLICY = policyOf({
  'default-src': ["'none'"],
  'script-src': [`'nonce-${NONCE_PLACE}'`],
  'style-src': [`'nonce-${NONCE_PLACE}'${HASHES_PLACE}`],
  'img-src': ["'self'", 'data:', 'blob:'],
  'font-src': ["'self'"],
  'media-src': ["'self'", 'blob:'],
  'connect-src': ["'self'"],
  'frame-src': ["'self'"],
  'worker-src': ["'self'"],
  'manifest-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
})

const API_POLICY = policyOf({
  'default-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
  sandbox: [],
})

const LETTER_POLICY = policyOf({
  'default-src': ["'none'"],
  'style-src': ["'unsafe-inline'"],
  'img-src': ['data:', "'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'self'"],
  sandbox: ['allow-same-origin', 'allow-popups', 'allow-popups-to-escape-sandbox'],
})

const PLAIN: HelmetOptions = {
  contentSecurityPolicy: false,
  crossOriginResourcePolicy: false,
  xFrameOptions: false,
  // Browsers ignore these three on addresses without TLS, and some complain.
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
}
const OVER_PLAIN = writtenBy(helmet(PLAIN))
const OVER_TLS = writtenBy(
  helmet({
    ...PLAIN,
    strictTransportSecurity: { maxAge: HSTS_MAX_AGE_SECONDS, includeSubDomains: false },
    crossOriginOpenerPolicy: true,
    originAgentCluster: true,
  }),
)

const shared = (transport: Transport, resourcePolicy: 'same-origin' | 'cross-origin'): Record<string, string> => ({
  ...(transport.secure ? OVER_TLS : OVER_PLAIN),
  'cross-origin-resource-policy': resourcePolicy,
})
