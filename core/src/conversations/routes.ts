import { saveDraft, uploadAttachment } from '@oco/contract'
import { route, type Route } from '../platform/http.ts'
import { createConversationService, type ConversationServiceOptions } from './conversation-service.ts'

export const conversationRoutes = (options: ConversationServiceOptions): Route[] => {
  const conversations = createConversationService(options)
  return [
    route(saveDraft, ({ actor, by, params, body }) =>
      conversations.saveDraft(actor, by, { conversationId: params.id, kind: params.kind, ...body }),
    ),
    route(uploadAttachment, ({ actor, query, body }) => conversations.keepFile(actor, { name: query.fileName, bytes: body })),
  ]
}
