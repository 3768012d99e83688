import { createToken, listTokens, revokeToken } from '@oco/contract'
import { route, type Route } from '../platform/http.ts'
import type { Tokens } from './tokens-service.ts'

export const tokenRoutes = (tokens: Tokens): Route[] => [
  route(listTokens, async () => ({ rows: await tokens.list() })),
  route(createToken, (call) => tokens.create(call.by, call.body)),
  route(revokeToken, (call) => tokens.revoke(call.by, call.params.id)),
]
