import { z } from 'zod'
import { id, instant, name } from './common.ts'
import { endpoint } from './endpoint.ts'
import { AGENT_STATES, NOT_READY_REASONS, PERMISSIONS, ROLES } from './names.ts'

export const PASSWORD_LENGTH_MIN = 12
export const PASSWORD_LENGTH_MAX = 200
export const login = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{1,79}$/u)
export const password = z.string().min(1).max(PASSWORD_LENGTH_MAX)
export const locale = z.enum(['ru', 'en'])

export const sessionView = z.object({
  person: z.object({
    id,
    login: z.string(),
    displayName: name,
    role: z.enum(ROLES),
    locale,
  }),
  permissions: z.array(z.enum(PERMISSIONS)),
  agentState: z.object({ state: z.enum(AGENT_STATES), reason: z.enum(NOT_READY_REASONS).nullable(), since: instant }).nullable(),
  previousSessionAt: instant.nullable(),
  organisation: z.string(),
  demo: z.boolean(),
})
export type SessionView = z.output<typeof sessionView>

export const startSession = endpoint({
  method: 'POST',
  path: '/api/v1/session',
  summary: 'Sign in with a login and a password',
  permission: 'public',
  audit: null,
  request: { body: z.object({ login, password }) },
  response: sessionView,
  errors: ['bad_credentials', 'locked_out'],
})

export const readSession = endpoint({
  method: 'GET',
  path: '/api/v1/session',
  summary: 'Who is signed in, and what this person may do',
  permission: 'session.own',
  audit: null,
  request: {},
  response: sessionView,
  errors: [],
})

export const endSession = endpoint({
  method: 'DELETE',
  path: '/api/v1/session',
  summary: 'Sign out',
  permission: 'session.own',
  audit: 'session.ended',
  request: {},
  response: 'none',
  errors: [],
})

export const changeOwnPassword = endpoint({
  method: 'PUT',
  path: '/api/v1/session/password',
  summary: 'Change the own password; ends every other session of the person',
  permission: 'session.own',
  audit: 'password.changed',
  request: { body: z.object({ current: password, next: password }) },
  response: 'none',
  errors: ['bad_credentials', 'weak_password'],
})

export const changeOwnLocale = endpoint({
  method: 'PUT',
  path: '/api/v1/session/locale',
  summary: 'Keep the language of the page with the person',
  permission: 'session.own',
  audit: 'person.changed',
  request: { body: z.object({ locale }) },
  response: 'none',
  errors: [],
})
