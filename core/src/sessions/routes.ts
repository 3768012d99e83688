import { changeOwnLocale, changeOwnPassword, endSession, readSession, startSession } from '@oco/contract'
import { personOf, route, type Route } from '../platform/http.ts'
import { cookiesOf, noCookies } from './cookies.ts'
import type { Sessions } from './sessions-service.ts'

export const sessionRoutes = (sessions: Sessions): Route[] => [
  route(startSession, async (call) => {
    const { view, ...session } = await sessions.start(call.by, {
      ...call.body,
      userAgent: call.headers['user-agent'] ?? '',
      replaces: call.actor.kind === 'person' ? call.actor.sessionId : null,
    })
    call.setHeader('set-cookie', cookiesOf({ ...session, secure: call.secure }))
    return view
  }),
  route(readSession, (call) => sessions.read(personOf(call.actor))),
  route(endSession, async (call) => {
    await sessions.end(call.by, personOf(call.actor))
    call.setHeader('set-cookie', noCookies(call.secure))
  }),
  route(changeOwnPassword, (call) => sessions.changePassword(call.by, personOf(call.actor), call.body)),
  route(changeOwnLocale, (call) => sessions.changeLocale(call.by, personOf(call.actor), call.body.locale)),
]
