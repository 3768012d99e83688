import assert from 'node:assert/strict'
import { z } from 'zod'
import type { Endpoint, ResponseOf, SentTo } from '@oco/contract'
import { ANONYMOUS, type Actor, type Origin } from '@oco/security'
import type { Call, Route } from '../src/platform/http.ts'

/** What a test may say of a call; the parts of the request in the form in which a client sends them. */
export type Sent<E extends Endpoint> = Partial<SentTo<E>> & {
  readonly actor?: Actor
  readonly by?: Origin
  readonly secure?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

export interface Called<E extends Endpoint> {
  readonly answer: ResponseOf<E>
  readonly headers: ReadonlyMap<string, string | string[]>
}

/** Calls a route as the server does, without the server: parts parsed by the endpoint's schemas, the answer too. */
export const call = async <E extends Endpoint>(routes: readonly Route[], endpoint: E, sent: Sent<E>): Promise<Called<E>> => {
  const route = routes.find((candidate) => candidate.endpoint === endpoint)
  assert.ok(route, `no route for ${endpoint.method} ${endpoint.path}`)
  const headers = new Map<string, string | string[]>()
  const { request } = endpoint
  const asked = {
    params: request.params?.parse(sent.params),
    query: request.query?.parse(sent.query ?? {}),
    body: request.body === 'raw' ? sent.body : request.body?.parse(sent.body),
    actor: sent.actor ?? ANONYMOUS,
    by: sent.by ?? { subject: { kind: 'anonymous', id: null }, address: null, requestId: 'r-1' },
    address: sent.by?.address ?? null,
    requestId: sent.by?.requestId ?? 'r-1',
    headers: sent.headers ?? {},
    secure: sent.secure ?? false,
    setHeader: (name: string, value: string | string[]) => headers.set(name, value),
  } as unknown as Call
  const answer = await route.handle(asked)
  const parsed = endpoint.response instanceof z.ZodType ? endpoint.response.parse(answer) : answer
  return { answer: parsed as ResponseOf<E>, headers }
}
