import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { Endpoint, RequestOf, ResponseOf } from '@oco/contract'
import type { Actor, Origin } from '@oco/security'
import { assert } from '../kernel/assert.ts'

/**
 * What slices see of HTTP: an endpoint of the contract is bound to its handler here, and nothing else of the web reaches them.
 * The server behind it is `http-server.ts`.
 */

export interface Call<E extends Endpoint = Endpoint> extends RequestOf<E> {
  readonly actor: Actor
  /** Who acts, from where, in which request: the audit's subject. */
  readonly by: Origin
  readonly address: string | null
  readonly requestId: string
  readonly headers: IncomingHttpHeaders
  /** True where the request came over TLS, to us or to a trusted front. */
  readonly secure: boolean
  setHeader(name: string, value: string | string[]): void
  /** For the few answers whose status tells more than their success (health). */
  setStatus(status: number): void
}

export interface StreamAnswer {
  readonly contentType: string
  readonly body: Readable | Uint8Array | string
  /** Offered as the name of the file; absent: no Content-Disposition. */
  readonly fileName?: string
  /** True: shown in place; false: saved. */
  readonly inline?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

export type Answer<E extends Endpoint> = E['response'] extends 'none'
  ? undefined
  : E['response'] extends 'stream'
    ? StreamAnswer
    : ResponseOf<E>

export interface Route {
  readonly endpoint: Endpoint
  readonly handle: (call: Call) => Promise<unknown>
}

/** Binds an endpoint to its handler. What the handler throws as a `Failure` becomes its problem document; anything else is a bug: 500. */
export const route = <const E extends Endpoint>(
  endpoint: E,
  handle: (call: Call<E>) => Promise<E['response'] extends 'none' ? unknown : Answer<E>>,
): Route => ({
  endpoint,
  // The server parses every part by the endpoint's own schemas before it calls: the one place where the type is regained.
  handle: (call) => handle(call as unknown as Call<E>),
})

export type PersonActor = Extract<Actor, { kind: 'person' }>
export type TokenActor = Extract<Actor, { kind: 'token' }>

/** The signed-in person of a call whose permission no one else can hold. */
export const personOf = (actor: Actor): PersonActor => {
  assert(actor.kind === 'person', 'this endpoint is for people')
  return actor
}

export const tokenOf = (actor: Actor): TokenActor => {
  assert(actor.kind === 'token', 'this endpoint is for tokens')
  return actor
}

export interface Upgrade {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly origin: string | null
  readonly address: string | null
  readonly requestId: string
  readonly actor: Actor
  readonly by: Origin
}

/** A socket of text frames. After `close` or the other side's end nothing is delivered any more, and `send` does nothing. */
export interface Socket {
  send(text: string): void
  /** Bytes that the other side has not taken yet. */
  readonly bufferedBytes: number
  onText(act: (text: string) => void): void
  onClose(act: () => void): void
  close(code: number, reason: string): void
}

export interface SocketRoute {
  /** With `:name` parameters, as an endpoint's path. */
  readonly path: `/${string}`
  readonly permission: Endpoint['permission']
  readonly frameBytesMax: number
  /** Decides before the upgrade: a thrown `Failure` becomes the HTTP answer. Returns what takes the socket. */
  open(upgrade: Upgrade): Promise<(socket: Socket) => void>
}

/** Headers that let a page of another origin ask this path (Fetch, CORS protocol); null where none may. Set on failures too. */
export type CrossOrigin = (path: string, headers: IncomingHttpHeaders) => Readonly<Record<string, string>> | null
