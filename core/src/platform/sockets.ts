import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { ERRORS } from '@oco/contract'
import { newId } from '../kernel/ids.ts'
import { Failure } from '../kernel/errors.ts'
import type { Arrival } from './arrival.ts'
import { PROBLEM_TYPE, problemOf } from './http-problem.ts'
import type { Socket, SocketRoute } from './http.ts'
import type { Log } from './log.ts'

/** A page that does not take its frames is closed before it costs memory; it comes back and resumes. */
export const BUFFERED_BYTES_MAX = 4 * 1024 * 1024
/** Dead connections are found within two of these. */
const HEARTBEAT_MS = 20_000
const CLOSE_GOING_AWAY = 1001
const CLOSE_SLOW = 1013
const CLOSE_GRACE_MS = 1_000

export interface Sockets {
  close(): Promise<void>
}

export interface SocketsOptions {
  readonly server: Server
  readonly routes: readonly SocketRoute[]
  readonly arrive: (request: IncomingMessage) => Promise<Arrival>
  readonly admit: (route: SocketRoute, arrival: Arrival) => Promise<void>
  readonly log: Log
}

/** WebSockets (RFC 6455) of the declared routes; every other upgrade is refused. */
export const attachSockets = (options: SocketsOptions): Sockets => {
  const servers = new Map<SocketRoute, WebSocketServer>()
  for (const route of options.routes) {
    servers.set(route, new WebSocketServer({ noServer: true, maxPayload: route.frameBytesMax, perMessageDeflate: false }))
  }
  const alive = new WeakMap<WebSocket, boolean>()

  const upgrade = async (request: IncomingMessage, duplex: Duplex, head: Buffer): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://host')
    const found = match(options.routes, url.pathname)
    if (found === null) throw new Failure('not_found')
    const { route, params } = found
    const arrival = await options.arrive(request)
    await options.admit(route, arrival)
    const take = await route.open({
      params,
      query: url.searchParams,
      headers: request.headers,
      origin: request.headers.origin ?? null,
      address: arrival.address,
      requestId: arrival.requestId,
      actor: arrival.actor,
      by: arrival.by,
    })
    servers.get(route)?.handleUpgrade(request, duplex, head, (ws) => {
      alive.set(ws, true)
      ws.on('pong', () => alive.set(ws, true))
      // A frame over the limit or a broken one closes the socket; there is nothing else to do about it.
      ws.on('error', () => undefined)
      take(socketOf(ws))
    })
  }

  options.server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    duplex.on('error', () => undefined)
    upgrade(request, duplex, head).catch((error: unknown) => {
      if (!(error instanceof Failure)) options.log.error({ err: error }, 'an upgrade failed')
      refuse(duplex, error)
    })
  })

  const heartbeat = setInterval(() => {
    for (const server of servers.values()) {
      for (const ws of server.clients) {
        if (alive.get(ws) === false) ws.terminate()
        alive.set(ws, false)
        ws.ping()
      }
    }
  }, HEARTBEAT_MS)
  heartbeat.unref()

  return {
    async close() {
      clearInterval(heartbeat)
      const open = [...servers.values()].flatMap((server) => [...server.clients])
      for (const ws of open) ws.close(CLOSE_GOING_AWAY, 'shutting down')
      if (open.length > 0) await Promise.race([Promise.all(open.map(ended)), delay(CLOSE_GRACE_MS)])
      for (const ws of open) ws.terminate()
    },
  }
}

const ended = (ws: WebSocket): Promise<void> =>
  new Promise((resolve) => {
    if (ws.readyState === ws.CLOSED) resolve()
    else
      ws.once('close', () => {
        resolve()
      })
  })

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())

const socketOf = (ws: WebSocket): Socket => ({
  send(text) {
    if (ws.readyState !== ws.OPEN) return
    if (ws.bufferedAmount > BUFFERED_BYTES_MAX) ws.close(CLOSE_SLOW, 'too slow')
    else ws.send(text)
  },
  get bufferedBytes() {
    return ws.bufferedAmount
  },
  onText(act) {
    ws.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) act(data.toString('utf8'))
    })
  },
  onClose(act) {
    ws.once('close', act)
  },
  close(code, reason) {
    ws.close(code, reason)
  },
})

const match = (routes: readonly SocketRoute[], path: string): { route: SocketRoute; params: Record<string, string> } | null => {
  const given = path.split('/')
  for (const route of routes) {
    const wanted = route.path.split('/')
    if (wanted.length !== given.length) continue
    if (!wanted.every((part, index) => part.startsWith(':') || part === given[index])) continue
    const params: Record<string, string> = {}
    wanted.forEach((part, index) => {
      if (part.startsWith(':')) params[part.slice(1)] = given[index] ?? ''
    })
    return { route, params }
  }
  return null
}

const refuse = (duplex: Duplex, error: unknown): void => {
  const problem = problemOf(error, newId())
  const body = JSON.stringify(problem)
  const status = ERRORS[problem.code].status
  duplex.end(
    `HTTP/1.1 ${String(status)} ${problem.title}\r\nconnection: close\r\ncontent-type: ${PROBLEM_TYPE}\r\n` +
      `content-length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`,
  )
}
