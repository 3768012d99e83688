import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import Koa from 'koa'
import { endpoints, type Endpoint } from '@oco/contract'
import { addressKey, apiHeaders, can, type Actor, type Origin } from '@oco/security'
import { assert } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure, isFailure, messageOf } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import type { Arrival, Knock } from './arrival.ts'
import { clientAddress, trustedProxies } from './client-address.ts'
import { readParts } from './http-body.ts'
import { answerWith } from './http-answer.ts'
import { PROBLEM_TYPE, problemOf } from './http-problem.ts'
import type { Call, CrossOrigin, Route, SocketRoute } from './http.ts'
import type { Log } from './log.ts'
import type { HttpMetrics } from './metrics.ts'
import type { Pages } from './pages.ts'
import { createRateLimiter, type Rate } from './rate-limit.ts'
import { attachSockets, type Sockets } from './sockets.ts'

/** By address while nobody is known, then by session or token. */
export const ANONYMOUS_RATE: Rate = { perSecond: 30, burst: 150 }
export const PERSON_RATE: Rate = { perSecond: 50, burst: 300 }
export const TOKEN_RATE: Rate = { perSecond: 1_000, burst: 2_000 }
const HEADERS_TIMEOUT_MS = 20_000
const REQUEST_TIMEOUT_MS = 120_000
const KEEP_ALIVE_MS = 65_000
/** Whoever sends one of these speaks for somebody else, whether we believe whom it names or not. */
const FORWARDING_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'] as const
const UNSAFE_METHODS = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

export interface Credentials {
  readonly cookie: string | undefined
  readonly authorization: string | undefined
  readonly address: string | null
  /** True where the request came from that address itself, with no header that says it was forwarded. */
  readonly direct: boolean
}

export interface HttpServerOptions {
  readonly routes: readonly Route[]
  readonly sockets: readonly SocketRoute[]
  readonly pages: Pages
  /** Throws `rate_limited` where an address shows too much that nobody knows; asked for endpoints and sockets alone. */
  readonly authenticate: (credentials: Credentials) => Promise<Actor>
  /** Called for a refused permission: the audit's event, before the answer. */
  readonly onRefused: (by: Origin, endpoint: Endpoint | SocketRoute) => Promise<void>
  /** Paths that pages of other origins may ask; absent: none. */
  readonly crossOrigin?: CrossOrigin
  readonly trustedProxies: readonly string[]
  readonly metrics: HttpMetrics
  readonly clock: Clock
  readonly log: Log
  /** Parses each answer by its schema too: for tests and development. */
  readonly checkAnswers: boolean
}

export interface HttpServer {
  listen(host: string, port: number): Promise<{ port: number }>
  /** Takes no new request, lets the ones in flight end, closes the sockets. */
  close(): Promise<void>
}

export const createHttpServer = (options: HttpServerOptions): HttpServer => {
  checkRoutes(options.routes)
  const trusted = trustedProxies(options.trustedProxies)
  const limiter = createRateLimiter(() => options.clock.monotonicMs())

  const knock = (request: IncomingMessage): Knock => {
    const peer = request.socket.remoteAddress
    const believed = peer !== undefined && trusted.has(clientAddress(peer, undefined, { has: () => false }) ?? '')
    const address = clientAddress(peer, header(request, 'x-forwarded-for'), trusted)
    const requestId = (believed ? header(request, 'x-request-id')?.slice(0, 100) : undefined) ?? newId(options.clock.now())
    return { requestId, address, secure: believed && header(request, 'x-forwarded-proto') === 'https' }
  }

  const arrive = async (request: IncomingMessage, known: Knock): Promise<Arrival> => {
    const { requestId, address } = known
    const { cookie, authorization } = request.headers
    const direct = FORWARDING_HEADERS.every((name) => request.headers[name] === undefined)
    const actor = await options.authenticate({ cookie, authorization, address, direct })
    return { ...known, actor, by: originOf(actor, address, requestId) }
  }

  const app = new Koa()
  app.on('error', (error: Error) => {
    options.log.warn({ reason: error.message }, 'an answer could not be finished')
  })
  app.use(async (ctx, next) => {
    const startedMs = options.clock.monotonicMs()
    let requestId = newId(options.clock.now())
    const shared = options.crossOrigin?.(ctx.path, ctx.req.headers) ?? null
    if (shared !== null) ctx.set({ ...shared })
    try {
      if (shared !== null && ctx.method === 'OPTIONS') {
        ctx.status = 204
        return
      }
      const known = knock(ctx.req)
      requestId = known.requestId
      ctx.state['knock'] = known
      ctx.set('x-request-id', requestId)
      await next()
    } catch (error) {
      refuse(ctx, error, requestId, options.log)
    } finally {
      options.metrics.observe(ctx.method, routeLabel(ctx), ctx.status, options.clock.monotonicMs() - startedMs)
    }
  })

  const router = new Router()
  for (const { endpoint, handle } of options.routes) {
    router.register(endpoint.path, [endpoint.method], async (ctx) => {
      const arrival = await arrive(ctx.req, knockOf(ctx))
      await admit(endpoint, arrival, ctx.req)
      const parts = await readParts(endpoint, ctx.req, { params: ctx.params, query: { ...ctx.query } })
      const own: { status?: number } = {}
      const call = {
        ...parts,
        ...arrival,
        headers: ctx.req.headers,
        setHeader: (name: string, value: string | string[]) => {
          ctx.set(name, value)
        },
        setStatus: (status: number) => {
          own.status = status
        },
      } as Call
      ctx.set(apiHeaders(arrival))
      await answerWith(ctx, endpoint, await handle(call), options.checkAnswers)
      if (own.status !== undefined) ctx.status = own.status
    })
  }
  app.use(router.routes())
  app.use(async (ctx) => {
    if (ctx.path.startsWith('/api/')) throw notFoundOrMethod(options.routes, ctx.path)
    await options.pages.serve(ctx, knockOf(ctx).secure)
  })

  const limit = (arrival: Arrival): void => {
    const [caller, rate] = callerOf(arrival)
    const waitMs = limiter.take(caller, rate)
    if (waitMs > 0) throw new Failure('rate_limited', { retryAfterSeconds: Math.ceil(waitMs / 1_000) })
  }

  const admit = async (endpoint: Endpoint, arrival: Arrival, request: IncomingMessage): Promise<void> => {
    limit(arrival)
    if (!can(arrival.actor, endpoint.permission)) await turnAway(endpoint, arrival)
    if (UNSAFE_METHODS.has(endpoint.method)) checkForgery(arrival.actor, request)
  }

  const turnAway = async (endpoint: Endpoint | SocketRoute, arrival: Arrival): Promise<never> => {
    if (arrival.actor.kind === 'anonymous') throw new Failure('unauthenticated')
    await options.onRefused(arrival.by, endpoint)
    throw new Failure('forbidden')
  }

  const callback = app.callback()
  const server: Server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      void callback(request, response)
    },
  )
  const sockets: Sockets = attachSockets({
    server,
    routes: options.sockets,
    arrive: (request) => arrive(request, knock(request)),
    admit: async (socketRoute, arrival) => {
      limit(arrival)
      if (!can(arrival.actor, socketRoute.permission)) await turnAway(socketRoute, arrival)
    },
    log: options.log,
  })

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          resolve({ port: (server.address() as AddressInfo).port })
        })
      }),
    async close() {
      const ended = new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
      })
      server.closeIdleConnections()
      await sockets.close()
      server.closeIdleConnections()
      await ended
    },
  }
}

/** Every endpoint of the contract has exactly one route, or the product does not start. */
const checkRoutes = (routes: readonly Route[]): void => {
  const bound = new Set<Endpoint>()
  for (const { endpoint } of routes) {
    assert(!bound.has(endpoint), `two routes for ${endpoint.method} ${endpoint.path}`)
    bound.add(endpoint)
  }
  for (const [name, endpoint] of Object.entries<Endpoint>(endpoints)) assert(bound.has(endpoint), `no route for ${name}`)
}

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

/** What the first of our handlers left for the later ones. */
const knockOf = (ctx: Koa.Context): Knock => ctx.state['knock'] as Knock

const originOf = (actor: Actor, address: string | null, requestId: string): Origin => {
  const id = actor.kind === 'person' ? actor.personId : actor.kind === 'token' ? actor.tokenId : null
  return { subject: { kind: actor.kind, id }, address, requestId }
}

const callerOf = ({ actor, address }: Arrival): [string, Rate] => {
  if (actor.kind === 'person') return [`session:${actor.sessionId}`, PERSON_RATE]
  if (actor.kind === 'token') return [`token:${actor.tokenId}`, TOKEN_RATE]
  return [addressKey(address), ANONYMOUS_RATE]
}

/**
 * A page of another site can send the cookie, but neither read the value that the header must repeat nor hide its own origin.
 */
const checkForgery = (actor: Actor, request: IncomingMessage): void => {
  if (actor.kind === 'person' && header(request, 'x-csrf-token') !== actor.csrfToken) throw new Failure('csrf_mismatch')
}

const notFoundOrMethod = (routes: readonly Route[], path: string): Failure => {
  const segments = path.split('/')
  const known = routes.some(({ endpoint }) => {
    const wanted = endpoint.path.split('/')
    return wanted.length === segments.length && wanted.every((part, index) => part.startsWith(':') || part === segments[index])
  })
  return new Failure(known ? 'method_not_allowed' : 'not_found')
}

const routeLabel = (ctx: Koa.Context): string => (ctx as { _matchedRoute?: string })._matchedRoute ?? 'page'

const refuse = (ctx: Koa.Context, error: unknown, requestId: string, log: Log): void => {
  const problem = problemOf(error, requestId)
  if (!isFailure(error) && problem.code === 'internal') log.error({ err: error, requestId, path: ctx.path }, 'a request failed')
  else if (problem.status >= 500) log.warn({ requestId, path: ctx.path, reason: messageOf(error) }, 'a request was refused')
  const known = ctx.state['knock'] as Knock | undefined
  ctx.set(apiHeaders({ secure: known?.secure ?? false }))
  ctx.set('x-request-id', requestId)
  if (problem.retryAfterSeconds !== undefined) ctx.set('retry-after', String(problem.retryAfterSeconds))
  ctx.status = problem.status
  ctx.body = JSON.stringify(problem)
  ctx.type = PROBLEM_TYPE
  // Whatever of the body was not read must not be taken for the next request.
  if (!ctx.req.complete) ctx.set('connection', 'close')
}
