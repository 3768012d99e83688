import { z } from 'zod'
import { id } from './common.ts'

export const LIVE_EVENT_TYPES = [
  'conversation.changed',
  'message.added',
  'message.changed',
  'work_item.changed',
  'offer.made',
  'offer.withdrawn',
  'agent_state.changed',
  'channel.changed',
  'settings.changed',
  'session.ended',
] as const

/** Ids only, never text: the page fetches what it may see. Delivered at once, unordered, and now and then twice. */
export const liveEvent = z.object({
  id: z.string(),
  type: z.enum(LIVE_EVENT_TYPES),
  conversationId: id.nullable(),
  workItemId: id.nullable(),
  queueId: id.nullable(),
  personId: id.nullable(),
  messageId: id.nullable(),
})
export type LiveEvent = z.output<typeof liveEvent>

/** Server to page, over the socket `/api/v1/live?cursor=…`. */
export const liveFrame = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), cursor: z.string() }),
  /** `cursor` is where to resume; events that follow it may have been seen already. */
  z.object({ kind: z.literal('events'), cursor: z.string(), events: z.array(liveEvent) }),
  /** At most four times a second: waiting items by queue. */
  z.object({ kind: z.literal('counters'), waiting: z.record(z.string(), z.int()) }),
  z.object({ kind: z.literal('typing'), conversationId: id, author: z.string(), personId: id.nullable() }),
  z.object({ kind: z.literal('viewers'), conversationId: id, people: z.array(z.object({ id, displayName: z.string() })) }),
  /** More has happened than is told one by one, or the cursor is too old: fetch everything anew. */
  z.object({ kind: z.literal('reload'), cursor: z.string() }),
  z.object({ kind: z.literal('pong') }),
])
export type LiveFrame = z.output<typeof liveFrame>

/** Page to server. */
export const pageFrame = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('watch'), conversationIds: z.array(id).max(20) }),
  z.object({ kind: z.literal('typing'), conversationId: id }),
  z.object({ kind: z.literal('ping') }),
])
export type PageFrame = z.output<typeof pageFrame>
