import { z } from 'zod'
import { byId, id, instant, name, version } from './common.ts'
import { endpoint } from './endpoint.ts'
import { locale } from './session.ts'

const fields = z.object({
  organisation: name,
  locale,
  timeZone: z.string().max(60),
  /** Within so many days after its resolution a conversation reopens as a linked item; later it starts anew. */
  reopenWindowDays: z.int().min(0).max(365),
})
/** The organisation has no name after its demo was removed. */
export const settingsView = fields.extend({ organisation: z.string(), version, demo: z.boolean() })
export type SettingsView = z.output<typeof settingsView>

export const readSettings = endpoint({
  method: 'GET',
  path: '/api/v1/settings',
  summary: 'Settings of the organisation',
  permission: 'settings.manage',
  audit: null,
  request: {},
  response: settingsView,
  errors: [],
})

export const changeSettings = endpoint({
  method: 'PATCH',
  path: '/api/v1/settings',
  summary: 'Change settings of the organisation',
  permission: 'settings.manage',
  audit: 'settings.changed',
  request: { body: fields.partial().extend({ version }) },
  response: settingsView,
  errors: ['version_conflict', 'invalid_input'],
})

export const removeDemo = endpoint({
  method: 'DELETE',
  path: '/api/v1/demo',
  summary: 'Remove all demonstration data',
  permission: 'settings.manage',
  audit: 'demo.removed',
  request: {},
  response: z.object({ conversations: z.int(), contacts: z.int(), people: z.int() }),
  errors: ['not_found', 'last_administrator'],
})

const tokenView = z.object({
  id,
  name,
  channelId: id,
  createdAt: instant,
  lastUsedAt: instant.nullable(),
  expiresAt: instant.nullable(),
})
export type TokenView = z.output<typeof tokenView>

export const listTokens = endpoint({
  method: 'GET',
  path: '/api/v1/tokens',
  summary: 'API tokens, without their secrets',
  permission: 'tokens.manage',
  audit: null,
  request: {},
  response: z.object({ rows: z.array(tokenView) }),
  errors: [],
})

export const createToken = endpoint({
  method: 'POST',
  path: '/api/v1/tokens',
  summary: 'Make an API token for an intake channel; its secret is shown this once',
  permission: 'tokens.manage',
  audit: 'token.created',
  request: { body: z.object({ name, channelId: id, expiresAt: instant.nullable().default(null) }) },
  response: tokenView.extend({ secret: z.string() }),
  errors: ['name_taken', 'invalid_input'],
})

export const revokeToken = endpoint({
  method: 'DELETE',
  path: '/api/v1/tokens/:id',
  summary: 'Revoke an API token at once',
  permission: 'tokens.manage',
  audit: 'token.revoked',
  request: { params: byId },
  response: 'none',
  errors: ['not_found'],
})
