import { ANONYMOUS, TOKEN_PERMISSIONS, type Actor } from '@oco/security'
import { Failure } from '../src/kernel/errors.ts'
import { newId } from '../src/kernel/ids.ts'
import { createHttpServer } from '../src/platform/http-server.ts'
import type { Route, SocketRoute } from '../src/platform/http.ts'
import { createMetrics } from '../src/platform/metrics.ts'
import { withTheRest } from './chat-world.ts'
import { testLog, type TestClock } from './harness.ts'

/** The product's own HTTP server around the routes of one adapter. `Bearer good` is a token of this channel. */
export const serveAdapter = async (options: {
  routes: readonly Route[]
  sockets: readonly SocketRoute[]
  channelId: string
  clock: TestClock
}): Promise<{ base: string; close(): Promise<void> }> => {
  const token: Actor = { kind: 'token', tokenId: newId(), channelId: options.channelId, permissions: TOKEN_PERMISSIONS }
  const server = createHttpServer({
    routes: withTheRest(options.routes),
    sockets: options.sockets,
    pages: { serve: () => Promise.reject(new Failure('not_found')) },
    authenticate: ({ authorization }) => Promise.resolve(authorization === 'Bearer good' ? token : ANONYMOUS),
    onRefused: () => Promise.resolve(),
    trustedProxies: [],
    metrics: createMetrics('test'),
    clock: options.clock,
    log: testLog,
    checkAnswers: true,
  })
  const { port } = await server.listen('127.0.0.1', 0)
  return { base: `http://127.0.0.1:${port}`, close: () => server.close() }
}
