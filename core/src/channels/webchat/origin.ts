import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a page may open this chat: its origin is in the list, or it is the product's own. Browsers send `Origin` with everything
 * that a page of another origin asks; only a page of our own may leave it out, and then `Sec-Fetch-Site` says so (Fetch Metadata).
 * Exact comparison, as browsers write origins (RFC 6454, 6.2): no wildcards, no sub-domains.
 */
export const originAllowed = (allowedOrigins: readonly string[], headers: IncomingHttpHeaders): boolean => {
  const { origin, host } = headers
  if (origin === undefined) return headers['sec-fetch-site'] === 'same-origin'
  return isOwn(origin, host) || allowedOrigins.some((allowed) => originOf(allowed) === origin)
}

/** The origin of a setting, which may have a trailing slash; null where it names more than an origin. */
export const originOf = (setting: string): string | null => {
  const url = webUrl(setting)
  if (url === null) return null
  const bare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  return bare ? url.origin : null
}

const isOwn = (origin: string, host: string | undefined): boolean => {
  const url = webUrl(origin)
  return url !== null && url.host === host?.toLowerCase()
}

const webUrl = (text: string): URL | null => {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  return /^https?:$/.test(url.protocol) ? url : null
}
