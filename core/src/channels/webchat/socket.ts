import { CHAT_FRAME_BYTES_MAX } from '@oco/contract'
import { Failure } from '../../kernel/errors.ts'
import type { SocketRoute } from '../../platform/http.ts'
import { runChatSession, type SessionDeps } from './chat-session.ts'
import type { Chats } from './chats.ts'

/** The visitor's socket: origin and flood are checked before the upgrade, the visit's secret in its first frame. */
export const webchatSocket = (deps: SessionDeps, chats: Chats): SocketRoute => ({
  path: '/api/v1/webchat/:id/socket',
  permission: 'webchat.visit',
  frameBytesMax: CHAT_FRAME_BYTES_MAX,
  async open({ params, headers, address, by }) {
    const chat = chats.admit(params['id'] ?? '', headers)
    const waitS = deps.gate('socket', { address })
    if (waitS > 0) throw new Failure('rate_limited', { retryAfterSeconds: waitS })
    return (socket) => runChatSession(deps, chat, by, socket)
  },
})
