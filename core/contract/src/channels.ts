import { z } from 'zod'
import { byId, cursor, id, instant, name, page, version } from './common.ts'
import { endpoint } from './endpoint.ts'
import { CHANNEL_KINDS } from './names.ts'

const host = z.string().trim().min(1).max(253)
const port = z.int().min(1).max(65_535)
/** plain: no encryption; starttls: must upgrade; tls: from the first byte. */
const tls = z.enum(['plain', 'starttls', 'tls'])
/** Write-only: empty keeps the stored one. */
const secret = z.string().max(500)

const imapFields = z.object({ host, port, tls, user: z.string().max(200), mailbox: z.string().max(200).default('INBOX') })
const smtpFields = z.object({ host, port, tls, user: z.string().max(200) })

const emailFields = {
  kind: z.literal('email'),
  address: z.email(),
  senderName: name,
  /** null: letters come by the LMTP listener alone. */
  allowUntrustedCertificates: z.boolean().default(false),
  signature: z.string().max(4_000).default(''),
}
const webchatFields = {
  kind: z.literal('webchat'),
  /** Exact origins (`https://example.ru`) whose pages may open the chat. */
  allowedOrigins: z.array(z.url({ protocol: /^https?$/ })).max(50),
  title: name,
  greeting: z.string().max(500),
  askEmail: z.enum(['no', 'optional', 'required']),
  consentText: z.string().max(4_000),
}
const intakeFields = { kind: z.literal('intake') }

/** Settings as they are read: without secrets. */
export const channelSettingsView = z.discriminatedUnion('kind', [
  z.object({ ...emailFields, imap: imapFields.nullable(), smtp: smtpFields }),
  z.object({ ...webchatFields, consentVersion: z.int() }),
  z.object(intakeFields),
])
export type ChannelSettingsView = z.output<typeof channelSettingsView>

/** Settings as they are written. */
export const channelSettings = z.discriminatedUnion('kind', [
  z.object({
    ...emailFields,
    imap: imapFields.extend({ password: secret.default('') }).nullable(),
    smtp: smtpFields.extend({ password: secret.default('') }),
  }),
  z.object(webchatFields),
  z.object(intakeFields),
])
export type ChannelSettings = z.output<typeof channelSettings>
export type EmailSettings = Extract<ChannelSettings, { kind: 'email' }>
export type WebchatSettings = Extract<ChannelSettings, { kind: 'webchat' }>

export const CHANNEL_STATES = ['off', 'connecting', 'ok', 'failing'] as const

export const channelView = z.object({
  id,
  kind: z.enum(CHANNEL_KINDS),
  name,
  enabled: z.boolean(),
  queueId: id,
  settings: channelSettingsView,
  state: z.enum(CHANNEL_STATES),
  stateSince: instant,
  stateReason: z.string().nullable(),
  setAside: z.int(),
  version,
})
export type ChannelView = z.output<typeof channelView>

export const testStep = z.object({
  name: z.enum(['settings', 'imap_connect', 'imap_sign_in', 'imap_mailbox', 'smtp_connect', 'smtp_sign_in', 'origins']),
  ok: z.boolean(),
  detail: z.string(),
  durationMs: z.number(),
})
export type TestStep = z.output<typeof testStep>

const manage = { permission: 'channels.manage' } as const

export const listChannels = endpoint({
  ...manage,
  method: 'GET',
  path: '/api/v1/channels',
  summary: 'All channels with their state',
  audit: null,
  request: {},
  response: z.object({ rows: z.array(channelView) }),
  errors: [],
})

export const createChannel = endpoint({
  ...manage,
  method: 'POST',
  path: '/api/v1/channels',
  summary: 'Add a channel',
  audit: 'channel.created',
  request: { body: z.object({ name, queueId: id, enabled: z.boolean().default(true), settings: channelSettings }) },
  response: channelView,
  errors: ['name_taken', 'invalid_input'],
})

export const changeChannel = endpoint({
  ...manage,
  method: 'PATCH',
  path: '/api/v1/channels/:id',
  summary: 'Change a channel, or switch it on and off',
  audit: 'channel.changed',
  request: {
    params: byId,
    body: z.object({
      name: name.optional(),
      queueId: id.optional(),
      enabled: z.boolean().optional(),
      settings: channelSettings.optional(),
      version,
    }),
  },
  response: channelView,
  errors: ['not_found', 'name_taken', 'version_conflict', 'invalid_input'],
})

export const testChannel = endpoint({
  ...manage,
  method: 'POST',
  path: '/api/v1/channel-tests',
  summary: 'Try settings step by step without saving them; an id lends the stored secrets',
  audit: 'channel.tested',
  request: { body: z.object({ channelId: id.nullable().default(null), settings: channelSettings }) },
  response: z.object({ ok: z.boolean(), steps: z.array(testStep) }),
  errors: ['not_found'],
})

export const setAsideView = z.object({
  id,
  channelId: id,
  at: instant,
  /** One of SET_ASIDE_REASONS, or the code of an error. */
  reason: z.string(),
  sizeBytes: z.int(),
  attempts: z.int(),
})

export const listSetAside = endpoint({
  ...manage,
  method: 'GET',
  path: '/api/v1/channels/:id/set-aside',
  summary: 'Incoming matter that could not be read; it waits here and stops nobody',
  audit: null,
  request: { params: byId, query: page },
  response: z.object({ rows: z.array(setAsideView), nextCursor: cursor.nullable() }),
  errors: ['not_found'],
})

export const retrySetAside = endpoint({
  ...manage,
  method: 'POST',
  path: '/api/v1/set-aside/:id/retry',
  summary: 'Try a set-aside item once more',
  audit: 'channel.set_aside_retried',
  request: { params: byId },
  response: 'none',
  errors: ['not_found', 'conflict'],
})
