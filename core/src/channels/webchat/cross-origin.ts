import type { CrossOrigin } from '../../platform/http.ts'
import type { Chats } from './chats.ts'
import { originAllowed } from './origin.ts'

const PATH = /^\/api\/v1\/webchat\/([0-9a-f-]{36})(?:\/|$)/
const PREFLIGHT_MAX_AGE_S = 600

/**
 * Cross-origin answers (Fetch, CORS protocol) for the pages of a chat's allowed origins, failures included, so that the widget can
 * read why. No credentials: the visitor's secret travels in a header, never in a cookie.
 */
export const webchatCrossOrigin =
  (chats: Chats): CrossOrigin =>
  (path, headers) => {
    const channelId = PATH.exec(path)?.[1]
    if (channelId === undefined || headers.origin === undefined) return null
    const chat = chats.find(channelId)
    if (chat === null || !originAllowed(chat.settings.allowedOrigins, headers)) return null
    return {
      'access-control-allow-origin': headers.origin,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-expose-headers': 'retry-after',
      'access-control-max-age': String(PREFLIGHT_MAX_AGE_S),
      vary: 'Origin',
    }
  }
