import type { Endpoints, ResponseOf, SentTo } from '@oco/contract'
import { ENDPOINTS, type CalledEndpoint } from './endpoint-table.ts'
import { ApiProblem, readProblem } from './problem.ts'

type Sent<N extends CalledEndpoint> = SentTo<Endpoints[N]>
type Given<T> = { [K in keyof T as T[K] extends undefined ? never : K]: T[K] }
type MayBeEmpty<T> = object extends T ? true : false
type Loose<T> = { [K in keyof T as MayBeEmpty<T[K]> extends true ? K : never]?: T[K] } & {
  [K in keyof T as MayBeEmpty<T[K]> extends true ? never : K]: T[K]
}
/** params, query and body of an endpoint: only those that it has, and optional where all their fields are. */
export type CallInput<N extends CalledEndpoint> = Loose<Given<Sent<N>>>
type InputArguments<N extends CalledEndpoint> =
  object extends CallInput<N>
    ? [input?: CallInput<N> | undefined, options?: CallOptions]
    : [input: CallInput<N>, options?: CallOptions]

export interface CallOptions {
  signal?: AbortSignal
  headers?: Record<string, string>
}

type QueryValue = string | number | boolean | null | undefined

interface LooseInput {
  params?: Record<string, unknown>
  query?: Record<string, QueryValue>
  body?: unknown
}

let onSignedOut: () => void = () => undefined

/** Called once for every answer that says the session has ended; the caller of the endpoint still gets its failure. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act
}

/** Calls an endpoint of the contract by its name. Throws ApiProblem. */
export async function call<N extends CalledEndpoint>(
  name: N,
  ...[input, options]: InputArguments<N>
): Promise<ResponseOf<Endpoints[N]>> {
  const response = await send(name, input ?? {}, options ?? {})
  if (!response.ok) {
    const problem = await readProblem(response)
    if (problem.code === 'unauthenticated' && name !== 'readSession') onSignedOut()
    throw problem
  }
  if (response.status === 204) return undefined as ResponseOf<Endpoints[N]>
  try {
    return (await response.json()) as ResponseOf<Endpoints[N]>
  } catch {
    throw new ApiProblem('bad_answer', response.status)
  }
}

/** Address of an endpoint whose bytes the browser itself fetches (an attachment, a letter's page). */
export function addressOf<N extends CalledEndpoint>(name: N, input: CallInput<N>): string {
  const { params, query } = input as LooseInput
  const path = ENDPOINTS[name].split(' ')[1] ?? ''
  return fillPath(path, params ?? {}) + fillQuery(query ?? {})
}

async function send(name: CalledEndpoint, input: LooseInput, options: CallOptions): Promise<Response> {
  const [method = 'GET', path = ''] = ENDPOINTS[name].split(' ')
  const raw = input.body instanceof ArrayBuffer || ArrayBuffer.isView(input.body)
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers }
  if (input.body !== undefined) headers['content-type'] = raw ? 'application/octet-stream' : 'application/json'
  if (method !== 'GET') headers['x-csrf-token'] = readCookie('oco_csrf')
  const request: RequestInit = { method, headers, credentials: 'same-origin' }
  if (input.body !== undefined) request.body = raw ? (input.body as BodyInit) : JSON.stringify(input.body)
  if (options.signal) request.signal = options.signal
  try {
    return await fetch(fillPath(path, input.params ?? {}) + fillQuery(input.query ?? {}), request)
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new ApiProblem('unreachable', 0)
  }
}

const fillPath = (path: string, params: Record<string, unknown>): string =>
  path.replace(/:([a-zA-Z]+)/g, (_, key: string) => encodeURIComponent(String(params[key])))

function fillQuery(query: Record<string, QueryValue>): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value))
  }
  const text = search.toString()
  return text ? `?${text}` : ''
}

export function readCookie(name: string): string {
  const pair = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`))
  return pair ? decodeURIComponent(pair.slice(name.length + 1)) : ''
}
