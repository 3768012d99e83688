import { z } from 'zod'
import {
  ATTACHMENTS_MAX,
  byId,
  cursor,
  HTML_LENGTH_MAX,
  id,
  idempotencyKey,
  instant,
  name,
  page,
  TEXT_LENGTH_MAX,
  version,
} from './common.ts'
import { contactView } from './contacts.ts'
import { endpoint } from './endpoint.ts'
import { CHANNEL_KINDS } from './names.ts'
import { workItemView } from './work-items.ts'

export const attachmentView = z.object({
  id,
  fileName: z.string(),
  mediaType: z.string(),
  sizeBytes: z.int(),
  inline: z.boolean(),
})
export type AttachmentView = z.output<typeof attachmentView>

export const DELIVERY_STATES = ['queued', 'sent', 'failed', 'bounced', 'delivered'] as const

export const messageView = z.object({
  id,
  conversationId: id,
  sequence: z.int(),
  kind: z.enum(['inbound', 'outbound', 'note', 'event']),
  channel: z.enum(CHANNEL_KINDS),
  author: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('contact'), id, displayName: z.string() }),
    z.object({ kind: z.literal('person'), id, displayName: z.string() }),
    z.object({ kind: z.literal('system') }),
  ]),
  at: instant,
  text: z.string(),
  /** Length in characters from which `text` is quoted matter; null where nothing is quoted. */
  quoteFrom: z.int().nullable(),
  /** True where `GET /api/v1/messages/:id/html` has a formatted form. */
  hasHtml: z.boolean(),
  automatic: z.boolean(),
  attachments: z.array(attachmentView),
  delivery: z.object({ state: z.enum(DELIVERY_STATES), reason: z.string().nullable() }).nullable(),
})
export type MessageView = z.output<typeof messageView>

export const conversationRow = z.object({
  id,
  number: z.int(),
  subject: z.string(),
  channel: z.enum(CHANNEL_KINDS),
  contact: z.object({ id, displayName: z.string() }),
  preview: z.string(),
  lastMessageAt: instant,
  lastMessageKind: z.enum(['inbound', 'outbound', 'note', 'event']),
  workItem: workItemView.nullable(),
})
export type ConversationRow = z.output<typeof conversationRow>

export const draftView = z.object({ kind: z.enum(['reply', 'note']), text: z.string(), html: z.string().nullable(), version })

export const conversationView = z.object({
  id,
  number: z.int(),
  subject: z.string(),
  channel: z.enum(CHANNEL_KINDS),
  startedAt: instant,
  contact: contactView,
  workItem: workItemView.nullable(),
  messages: z.array(messageView),
  /** Place of the page of older messages; null where these are the first. */
  olderCursor: cursor.nullable(),
  drafts: z.array(draftView),
  replyTo: z.object({ channel: z.enum(CHANNEL_KINDS), address: z.string() }).nullable(),
  /** Who has written here by mail as well, the latest first: answered only where `toContactId` says so. */
  otherWriters: z.array(z.object({ contactId: id, displayName: z.string(), address: z.string() })),
})
export type ConversationView = z.output<typeof conversationView>

/** mine: assigned to me; queue: waiting in my queues; pending: put aside by me; resolved: closed by me; all: everything I may see. */
export const CONVERSATION_VIEWS = ['mine', 'queue', 'pending', 'resolved', 'all'] as const

export const listConversations = endpoint({
  method: 'GET',
  path: '/api/v1/conversations',
  summary: 'A page of conversations, newest activity first (queue: longest waiting first)',
  permission: 'conversation.read',
  audit: 'conversation.listed',
  request: {
    query: page.extend({
      view: z.enum(CONVERSATION_VIEWS).default('mine'),
      contactId: id.optional(),
      /** Only this queue's. With `queue`: what waits in it, for whoever may see everything also where the queue is not their own. */
      queueId: id.optional(),
    }),
  },
  response: z.object({ rows: z.array(conversationRow), nextCursor: cursor.nullable() }),
  errors: [],
})

export const readConversation = endpoint({
  method: 'GET',
  path: '/api/v1/conversations/:id',
  summary: 'A conversation with its newest messages, contact and open work item',
  permission: 'conversation.read',
  audit: 'conversation.viewed',
  request: { params: byId },
  response: conversationView,
  errors: ['not_found'],
})

export const listMessages = endpoint({
  method: 'GET',
  path: '/api/v1/conversations/:id/messages',
  summary: 'Messages before a cursor (older) or after a sequence number (new ones)',
  permission: 'conversation.read',
  audit: 'conversation.viewed',
  request: {
    params: byId,
    query: page.extend({ afterSequence: z.coerce.number().int().nonnegative().optional() }),
  },
  response: z.object({ messages: z.array(messageView), olderCursor: cursor.nullable() }),
  errors: ['not_found'],
})

export const readMessageHtml = endpoint({
  method: 'GET',
  path: '/api/v1/messages/:id/html',
  summary: 'The sanitised letter as a page of its own, for a sandboxed frame',
  permission: 'conversation.read',
  audit: 'conversation.viewed',
  request: { params: byId },
  response: 'stream',
  errors: ['not_found'],
})

export const readAttachment = endpoint({
  method: 'GET',
  path: '/api/v1/attachments/:id',
  summary: "An attachment's bytes",
  permission: 'conversation.read',
  audit: 'attachment.viewed',
  request: { params: byId },
  response: 'stream',
  errors: ['not_found'],
})

export const uploadAttachment = endpoint({
  method: 'POST',
  path: '/api/v1/uploads',
  summary: 'Bytes of a file, to be named in a reply or a note later',
  permission: 'conversation.reply',
  audit: null,
  request: { query: z.object({ fileName: name }), body: 'raw' },
  response: attachmentView,
  errors: ['body_too_large'],
})

const composed = z.object({
  text: z.string().max(TEXT_LENGTH_MAX),
  html: z.string().max(HTML_LENGTH_MAX).nullable().default(null),
  uploadIds: z.array(id).max(ATTACHMENTS_MAX).default([]),
  idempotencyKey,
})

export const replyToConversation = endpoint({
  method: 'POST',
  path: '/api/v1/conversations/:id/replies',
  summary: 'Answer the customer on the channel of the conversation',
  permission: 'conversation.reply',
  audit: 'message.queued',
  request: {
    params: byId,
    body: composed.extend({
      /** One of those who have written in the conversation by mail. Absent: `replyTo`, which never is somebody who was not answered before. */
      toContactId: id.optional(),
    }),
  },
  response: messageView,
  errors: ['not_found', 'invalid_input', 'channel_unusable', 'idempotency_mismatch'],
})

export const addNote = endpoint({
  method: 'POST',
  path: '/api/v1/conversations/:id/notes',
  summary: 'Add a private note that the customer never sees',
  permission: 'conversation.note',
  audit: 'note.added',
  request: { params: byId, body: composed },
  response: messageView,
  errors: ['not_found', 'invalid_input', 'idempotency_mismatch'],
})

export const saveDraft = endpoint({
  method: 'PUT',
  path: '/api/v1/conversations/:id/drafts/:kind',
  summary: "Keep this person's unfinished reply or note; an empty text removes it",
  permission: 'conversation.note',
  audit: null,
  request: {
    params: byId.extend({ kind: z.enum(['reply', 'note']) }),
    body: z.object({
      text: z.string().max(TEXT_LENGTH_MAX),
      html: z.string().max(HTML_LENGTH_MAX).nullable().default(null),
    }),
  },
  response: draftView,
  errors: ['not_found'],
})
