import { z } from 'zod'
import { byId, id, instant, name, TEXT_LENGTH_MAX } from './common.ts'
import { endpoint } from './endpoint.ts'

export const CHAT_TEXT_LENGTH_MAX = Math.min(8_000, TEXT_LENGTH_MAX)

/** What the widget needs before a visitor has written anything. */
export const readWebchat = endpoint({
  method: 'GET',
  path: '/api/v1/webchat/:id',
  summary: 'Title, greeting, form and consent text of a web chat, for pages of its allowed origins',
  permission: 'webchat.visit',
  audit: null,
  request: { params: byId },
  response: z.object({
    title: z.string(),
    greeting: z.string(),
    askEmail: z.enum(['no', 'optional', 'required']),
    consent: z.object({ text: z.string(), version: z.int() }),
    locale: z.enum(['ru', 'en']),
    maxAttachmentBytes: z.int(),
  }),
  errors: ['not_found', 'origin_not_allowed'],
})

export const startWebchat = endpoint({
  method: 'POST',
  path: '/api/v1/webchat/:id/visits',
  summary: 'Start a visit: the form and the consent; answers with the secret that the widget keeps',
  permission: 'webchat.visit',
  audit: 'consent.given',
  request: {
    params: byId,
    body: z.object({
      name,
      email: z.email().nullable().default(null),
      consentVersion: z.int(),
      consent: z.literal(true),
      pageUrl: z.url().max(2_000).nullable().default(null),
    }),
  },
  response: z.object({ visitId: id, secret: z.string() }),
  errors: ['not_found', 'origin_not_allowed', 'invalid_input', 'conflict', 'channel_unusable'],
})

export const uploadWebchat = endpoint({
  method: 'POST',
  path: '/api/v1/webchat/:id/uploads',
  summary: "A visitor's file; needs `Authorization: Visit <visitId>.<secret>`",
  permission: 'webchat.visit',
  audit: null,
  request: { params: byId, query: z.object({ fileName: name }), body: 'raw' },
  response: z.object({ id, fileName: z.string(), mediaType: z.string(), sizeBytes: z.int() }),
  errors: ['not_found', 'origin_not_allowed', 'body_too_large'],
})

export const readWebchatAttachment = endpoint({
  method: 'GET',
  path: '/api/v1/webchat/:id/attachments/:attachmentId',
  summary: "A file of the visitor's own conversation; needs `Authorization: Visit …`",
  permission: 'webchat.visit',
  audit: null,
  request: { params: byId.extend({ attachmentId: id }) },
  response: 'stream',
  errors: ['not_found', 'origin_not_allowed'],
})

export const CHAT_UPLOADS_MAX = 5
/** A socket's largest frame from a visitor: a message of the longest text, each character escaped, and its envelope. */
export const CHAT_FRAME_BYTES_MAX = 64 * 1024

const chatMessage = z.object({
  /** Grows over everything that a visit ever says and hears; opaque otherwise. */
  sequence: z.int(),
  id,
  from: z.enum(['visitor', 'agent', 'system']),
  author: z.string(),
  text: z.string(),
  at: instant,
  attachments: z.array(z.object({ id, fileName: z.string(), mediaType: z.string(), sizeBytes: z.int() })),
  /** The visitor's own key of the message, so that an unconfirmed one is recognised. */
  clientKey: z.string().nullable(),
})
export type ChatMessage = z.output<typeof chatMessage>

/** Widget to server, over the socket `/api/v1/webchat/:id/socket`. The first frame is `open`. */
export const visitorFrame = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), visitId: id, secret: z.string().max(200), afterSequence: z.int().nonnegative() }),
  z.object({
    kind: z.literal('message'),
    clientKey: z.string().min(8).max(64),
    text: z.string().max(CHAT_TEXT_LENGTH_MAX),
    uploadIds: z.array(id).max(CHAT_UPLOADS_MAX).default([]),
  }),
  /** Everything up to this sequence is on the visitor's page: an answer that is not is sent by mail once the visitor has gone. */
  z.object({ kind: z.literal('received'), sequence: z.int().nonnegative() }),
  z.object({ kind: z.literal('typing') }),
  z.object({ kind: z.literal('transcript'), email: z.email() }),
  z.object({ kind: z.literal('ping') }),
])
export type VisitorFrame = z.output<typeof visitorFrame>

/** Server to widget. `messages` come in order of `sequence`; `stored` confirms that a message can no longer be lost. */
export const chatFrame = z.discriminatedUnion('kind', [
  /** `transcript`: the history can be had by mail. */
  z.object({ kind: z.literal('opened'), agentsOnline: z.boolean(), transcript: z.boolean() }),
  z.object({ kind: z.literal('messages'), messages: z.array(chatMessage) }),
  z.object({ kind: z.literal('stored'), clientKey: z.string() }),
  z.object({ kind: z.literal('typing'), author: z.string() }),
  z.object({ kind: z.literal('transcript_queued') }),
  /** `clientKey`: the message that was refused. `retryAfterSeconds`: the same frame may be sent again after so long. */
  z.object({
    kind: z.literal('refused'),
    code: z.string(),
    clientKey: z.string().nullable(),
    retryAfterSeconds: z.int().optional(),
  }),
  z.object({ kind: z.literal('pong') }),
])
export type ChatFrame = z.output<typeof chatFrame>
