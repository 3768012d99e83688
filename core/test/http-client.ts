import {
  endpoints,
  type Endpoint,
  type EndpointName,
  type Endpoints,
  type Problem,
  type ResponseOf,
  type SentTo,
} from '@oco/contract'

type Given<E extends Endpoint> = { [K in keyof SentTo<E> as SentTo<E>[K] extends undefined ? never : K]: SentTo<E>[K] }
type Arguments<E extends Endpoint> = keyof Given<E> extends never ? [] : [request: Partial<Given<E>>]

/** An answer that was a problem. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail ?? ''} ${JSON.stringify(problem.fields ?? {})}`)
    this.problem = problem
  }
}

/** The API as a browser or another system calls it: over HTTP, with cookies and the value against forgery. */
export class HttpClient {
  readonly address: string
  readonly #cookies = new Map<string, string>()
  #headers: Record<string, string> = {}

  constructor(address: string) {
    this.address = address
  }

  withHeaders(headers: Record<string, string>): this {
    this.#headers = { ...this.#headers, ...headers }
    return this
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async signIn(login: string, password: string): Promise<this> {
    await this.call('startSession', { body: { login, password } })
    return this
  }

  /** Throws a `ProblemError` for a problem. */
  async call<N extends EndpointName>(name: N, ...[request]: Arguments<Endpoints[N]>): Promise<ResponseOf<Endpoints[N]>> {
    const response = await this.send(name, request ?? {})
    if (response.status === 204) return undefined as ResponseOf<Endpoints[N]>
    const body: unknown = await response.json()
    if (!response.ok) throw new ProblemError(body as Problem)
    return body as ResponseOf<Endpoints[N]>
  }

  /** The bare answer, whatever its status. */
  async send(name: EndpointName, request: { params?: unknown; query?: unknown; body?: unknown }): Promise<Response> {
    const endpoint: Endpoint = endpoints[name]
    const params = (request.params ?? {}) as Record<string, string>
    const path = endpoint.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key] ?? ''))
    const url = new URL(path, this.address)
    for (const [key, value] of Object.entries((request.query ?? {}) as Record<string, string | number | undefined>)) {
      if (value !== undefined) url.searchParams.set(key, String(value))
    }
    const raw = endpoint.request.body === 'raw'
    const csrf = this.#cookies.get('oco_csrf')
    const response = await fetch(url, {
      method: endpoint.method,
      redirect: 'manual',
      headers: {
        ...(this.#cookies.size > 0 ? { cookie: this.cookie } : {}),
        ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }),
        ...(request.body === undefined || raw ? {} : { 'content-type': 'application/json' }),
        ...this.#headers,
      },
      ...(request.body === undefined
        ? {}
        : { body: raw ? (request.body as Uint8Array<ArrayBuffer>) : JSON.stringify(request.body) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const [key = '', value = ''] = pair.split('=')
      if (value === '') this.#cookies.delete(key)
      else this.#cookies.set(key, value)
    }
    return response
  }
}
