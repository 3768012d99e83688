/** Carries the session's token; no script can read it. */
export const SESSION_COOKIE = 'oco_session'
/** Repeats the session's CSRF value for the page, which sends it back in a header. */
export const CSRF_COOKIE = 'oco_csrf'
/** A longer header of cookies is none of ours. */
const COOKIE_HEADER_LENGTH_MAX = 8_192

export interface SessionCookies {
  readonly token: string
  readonly csrfToken: string
  readonly maxAgeMs: number
  readonly secure: boolean
}

/** Values of `Set-Cookie` (RFC 6265, 4.1). */
export const cookiesOf = (session: SessionCookies): string[] => {
  const shared = `; Path=/; Max-Age=${Math.floor(session.maxAgeMs / 1_000)}; SameSite=Lax${session.secure ? '; Secure' : ''}`
  return [`${SESSION_COOKIE}=${session.token}${shared}; HttpOnly`, `${CSRF_COOKIE}=${session.csrfToken}${shared}`]
}

export const noCookies = (secure: boolean): string[] => cookiesOf({ token: '', csrfToken: '', maxAgeMs: 0, secure })

/** The first cookie of that name, as browsers send the most specific first; null where there is none. */
export const readCookie = (header: string | undefined, name: string): string | null => {
  if (header === undefined || header.length > COOKIE_HEADER_LENGTH_MAX) return null
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return null
}
