import { z } from 'zod'
import { id, name } from './common.ts'
import { channelSettings, testStep } from './channels.ts'
import { endpoint } from './endpoint.ts'
import { locale, login, password } from './session.ts'

export const SETUP_STEPS = ['check', 'organisation', 'administrator', 'mail', 'webchat', 'queue', 'first_request'] as const
const code = z.string().trim().min(1).max(40)

export const readSetup = endpoint({
  method: 'GET',
  path: '/api/v1/setup',
  summary: 'Whether the first-run wizard is open',
  permission: 'public',
  audit: null,
  request: {},
  response: z.object({ open: z.boolean(), organisation: z.string() }),
  errors: [],
})

export const checkSetup = endpoint({
  method: 'POST',
  path: '/api/v1/setup/check',
  summary: 'Check the environment; opens the wizard with the one-time code from the start line',
  permission: 'public',
  audit: null,
  request: { body: z.object({ code }) },
  response: z.object({
    checks: z.array(
      z.object({
        name: z.enum(['database', 'migrations', 'data_folder', 'disk_space', 'clock', 'address', 'memory']),
        level: z.enum(['ok', 'warning', 'failed']),
        detail: z.string(),
      }),
    ),
  }),
  errors: ['setup_code_wrong', 'setup_done'],
})

export const testSetupMail = endpoint({
  method: 'POST',
  path: '/api/v1/setup/mail-test',
  summary: 'Try mail settings step by step before they are saved',
  permission: 'public',
  audit: null,
  request: { body: z.object({ code, settings: channelSettings }) },
  response: z.object({ ok: z.boolean(), steps: z.array(testStep) }),
  errors: ['setup_code_wrong', 'setup_done'],
})

export const completeSetup = endpoint({
  method: 'POST',
  path: '/api/v1/setup',
  summary: 'Write everything that the wizard asked for, in one transaction, and close it for ever',
  permission: 'public',
  audit: 'setup.completed',
  request: {
    body: z.object({
      code,
      organisation: z.object({ name, locale, timeZone: z.string().max(60) }),
      administrator: z.object({ login, displayName: name, password }),
      agent: z.object({ login, displayName: name, password }),
      queue: z.object({ name }),
      mail: z.object({ name, settings: channelSettings }).nullable(),
      webchat: z.object({ name, settings: channelSettings }).nullable(),
    }),
  },
  response: z.object({ queueId: id, mailChannelId: id.nullable(), webchatChannelId: id.nullable() }),
  errors: ['setup_code_wrong', 'setup_done', 'weak_password', 'invalid_input', 'login_taken'],
})

export const startFirstRequest = endpoint({
  method: 'POST',
  path: '/api/v1/setup/first-request',
  summary: 'Administrator: put a first test request through the whole path and see where it stands',
  permission: 'settings.manage',
  audit: null,
  request: {},
  response: z.object({
    conversationId: id.nullable(),
    number: z.int().nullable(),
    steps: z.array(z.object({ name: z.enum(['received', 'queued', 'offered', 'assigned', 'answered']), done: z.boolean() })),
  }),
  errors: ['conflict'],
})
