import { addNote as addNoteEndpoint, replyToConversation } from '@oco/contract'
import { route, type Route } from '../platform/http.ts'
import { addNote, sendReply, type SendReply } from './send-reply.ts'

export const writingRoutes = (deps: SendReply): Route[] => [
  route(replyToConversation, ({ actor, by, params, body }) => sendReply(deps, { actor, by, conversationId: params.id, ...body })),
  route(addNoteEndpoint, ({ actor, by, params, body }) => addNote(deps, { actor, by, conversationId: params.id, ...body })),
]
