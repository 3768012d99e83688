import type { Endpoints, SentTo } from '@oco/contract'
import { settingsFaults } from '../features/channels/channel-form.ts'
import { emailSettings, emptyEmail, type EmailForm } from '../features/channels/email-form.ts'
import { webchatSettings, type WebchatForm } from '../features/channels/webchat-form.ts'
import { faultsOf, login, name, password, required, type Fault, type Faults } from '../kit/rules.ts'

export const SETUP_STEPS = ['code', 'check', 'organisation', 'people', 'mail', 'webchat', 'queue', 'summary'] as const
export type SetupStep = (typeof SETUP_STEPS)[number]

export interface FirstPerson {
  login: string
  displayName: string
  password: string
}
export interface SetupForm {
  code: string
  organisation: { name: string; locale: 'ru' | 'en'; timeZone: string }
  administrator: FirstPerson
  agent: FirstPerson
  /** `on`: false where the person skipped the step; what was typed stays for a change of mind. */
  mail: { on: boolean; name: string; email: EmailForm }
  webchat: { on: boolean; name: string; webchat: WebchatForm }
  queue: { name: string }
}

/** Words that the form starts with, in the language of the page. */
export interface SetupDefaults {
  locale: 'ru' | 'en'
  timeZone: string
  mailName: string
  webchatName: string
  queueName: string
  webchat: WebchatForm
}

const nobody = (): FirstPerson => ({ login: '', displayName: '', password: '' })

export const emptySetup = (defaults: SetupDefaults): SetupForm => ({
  code: '',
  organisation: { name: '', locale: defaults.locale, timeZone: defaults.timeZone },
  administrator: nobody(),
  agent: nobody(),
  mail: { on: false, name: defaults.mailName, email: emptyEmail('') },
  webchat: { on: false, name: defaults.webchatName, webchat: defaults.webchat },
  queue: { name: defaults.queueName },
})

/** Faults of one step, named as the server names them. */
export function stepFaults(step: SetupStep, form: SetupForm): Faults {
  switch (step) {
    case 'code':
      return faultsOf({ code: required(form.code) })
    case 'organisation':
      return faultsOf({ 'organisation.name': name(form.organisation.name) })
    case 'people':
      return faultsOf(peopleFaults(form))
    case 'mail':
      return form.mail.on
        ? prefixed('mail', { name: name(form.mail.name), ...settingsFaults({ kind: 'email', email: form.mail.email }, null) })
        : {}
    case 'webchat':
      return form.webchat.on
        ? prefixed('webchat', {
            name: name(form.webchat.name),
            ...settingsFaults({ kind: 'webchat', webchat: form.webchat.webchat }, null),
          })
        : {}
    case 'queue':
      return faultsOf({ 'queue.name': name(form.queue.name) })
    case 'check':
    case 'summary':
      return {}
  }
}

function peopleFaults({ administrator, agent }: SetupForm): Record<string, Fault | null> {
  const sameLogin = administrator.login.trim().toLowerCase() === agent.login.trim().toLowerCase()
  return {
    'administrator.displayName': name(administrator.displayName),
    'administrator.login': login(administrator.login),
    'administrator.password': password(administrator.password),
    'agent.displayName': name(agent.displayName),
    'agent.login': login(agent.login) ?? (sameLogin ? { key: 'login_taken' } : null),
    'agent.password': password(agent.password),
  }
}

const prefixed = (prefix: string, checked: Record<string, Fault | null>): Faults =>
  faultsOf(Object.fromEntries(Object.entries(checked).map(([field, fault]) => [`${prefix}.${field}`, fault])))

/** The first step with a fault, or null: nothing is sent that a form would refuse. */
export const firstWrongStep = (form: SetupForm): SetupStep | null =>
  SETUP_STEPS.find((step) => Object.keys(stepFaults(step, form)).length > 0) ?? null

/** Where a field that the server refused is typed. */
export function stepOfField(field: string): SetupStep {
  const part = field.slice(0, field.includes('.') ? field.indexOf('.') : undefined)
  if (part === 'administrator' || part === 'agent') return 'people'
  return SETUP_STEPS.find((step) => step === part) ?? 'summary'
}

export const setupBody = (form: SetupForm): SentTo<Endpoints['completeSetup']>['body'] => ({
  code: form.code,
  organisation: { ...form.organisation },
  administrator: { ...form.administrator },
  agent: { ...form.agent },
  queue: { ...form.queue },
  mail: form.mail.on ? { name: form.mail.name, settings: emailSettings(form.mail.email) } : null,
  webchat: form.webchat.on ? { name: form.webchat.name, settings: webchatSettings(form.webchat.webchat) } : null,
})

/** What may lie in the browser until the tab is closed, so that a reload loses nothing: everything but secrets. */
export function withoutSecrets(form: SetupForm): SetupForm {
  const { email } = form.mail
  return {
    ...form,
    code: '',
    administrator: { ...form.administrator, password: '' },
    agent: { ...form.agent, password: '' },
    mail: { ...form.mail, email: { ...email, imap: { ...email.imap, password: '' }, smtp: { ...email.smtp, password: '' } } },
  }
}

/** What was kept, over the defaults; anything unreadable, or of another version of the product, counts as nothing. */
export function restored(kept: string | null, defaults: SetupForm): SetupForm {
  if (kept === null) return defaults
  try {
    const read: unknown = JSON.parse(kept)
    return sameShape(read, defaults) ? (read as SetupForm) : defaults
  } catch {
    return defaults
  }
}

function sameShape(read: unknown, model: unknown): boolean {
  if (typeof model !== 'object' || model === null) return typeof read === typeof model || model === null
  if (typeof read !== 'object' || read === null) return false
  return Object.entries(model).every(([key, value]) => sameShape(Reflect.get(read, key), value))
}
