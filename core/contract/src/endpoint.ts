import type { z } from 'zod'
import type { AuditAction, ErrorCode, Permission } from './names.ts'

/**
 * One endpoint of the API as data. Routes are made from it, the OpenAPI file is generated from it, the page's client takes its types.
 * `path` has Koa's `:name` parameters. `permission` is compulsory: without one an endpoint does not compile.
 * `audit` names the event that a success writes, or null where the story itself decides what to write. What one session reads of one
 * thing within a few minutes may stand under one event.
 */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: `/${string}`
  readonly summary: string
  readonly permission: Permission
  readonly audit: AuditAction | null
  readonly request: {
    readonly params?: z.ZodType
    readonly query?: z.ZodType
    /** `'raw'`: any bytes up to the route's own limit. */
    readonly body?: z.ZodType | 'raw'
  }
  /** `'stream'`: bytes with their own content type. `'none'`: 204 without a body. */
  readonly response: z.ZodType | 'stream' | 'none'
  /** Status of a success with a body; absent: 200. */
  readonly status?: 202
  /** Coded failures beyond those that every endpoint may give (bad_request, unauthenticated, forbidden, rate_limited, internal). */
  readonly errors: readonly ErrorCode[]
}

export const endpoint = <const E extends Endpoint>(definition: E): E => definition

type Parsed<T> = T extends z.ZodType ? z.output<T> : T extends 'raw' ? AsyncIterable<Uint8Array> : undefined
type Sent<T> = T extends z.ZodType ? z.input<T> : T extends 'raw' ? ArrayBuffer | Uint8Array : undefined
type Part<E extends Endpoint, K extends 'params' | 'query' | 'body'> = K extends keyof E['request'] ? E['request'][K] : undefined

/** What a handler receives, after parsing. */
export interface RequestOf<E extends Endpoint> {
  readonly params: Parsed<Part<E, 'params'>>
  readonly query: Parsed<Part<E, 'query'>>
  readonly body: Parsed<Part<E, 'body'>>
}

/** What a client sends, before parsing. */
export interface SentTo<E extends Endpoint> {
  readonly params: Sent<Part<E, 'params'>>
  readonly query: Sent<Part<E, 'query'>>
  readonly body: Sent<Part<E, 'body'>>
}

export type ResponseOf<E extends Endpoint> = E['response'] extends z.ZodType ? z.output<E['response']> : undefined
