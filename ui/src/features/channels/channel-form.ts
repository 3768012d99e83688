import type { ChannelSettings, ChannelView, Endpoints, SentTo } from '@oco/contract'
import type { ChannelKind } from '@oco/contract/names'
import { faultsOf, name, type Fault, type Faults } from '../../kit/rules.ts'
import { emailFaults, emailFormOf, emailSettings, emptyEmail, type EmailForm } from './email-form.ts'
import { webchatFaults, webchatFormOf, webchatSettings, type WebchatForm } from './webchat-form.ts'

/** A form of one kind of channel; what belongs to other kinds is absent. */
export type KindForm = { kind: 'email'; email: EmailForm } | { kind: 'webchat'; webchat: WebchatForm } | { kind: 'intake' }

export interface ChannelForm {
  name: string
  queueId: string | null
  enabled: boolean
  own: KindForm
}

/** Words that a new channel starts with, in the language of the page. */
export interface ChannelDefaults {
  name: string
  senderName: string
  webchat: WebchatForm
}

export function emptyChannel(kind: ChannelKind, queueId: string | null, defaults: ChannelDefaults): ChannelForm {
  return { name: defaults.name, queueId, enabled: true, own: emptyKind(kind, defaults) }
}

function emptyKind(kind: ChannelKind, defaults: ChannelDefaults): KindForm {
  if (kind === 'email') return { kind, email: emptyEmail(defaults.senderName) }
  return kind === 'webchat' ? { kind, webchat: { ...defaults.webchat } } : { kind }
}

export const channelFormOf = (channel: ChannelView): ChannelForm => ({
  name: channel.name,
  queueId: channel.queueId,
  enabled: channel.enabled,
  own: kindFormOf(channel),
})

function kindFormOf({ settings }: ChannelView): KindForm {
  if (settings.kind === 'email') return { kind: 'email', email: emailFormOf(settings) }
  return settings.kind === 'webchat' ? { kind: 'webchat', webchat: webchatFormOf(settings) } : { kind: 'intake' }
}

export function settingsOf(own: KindForm): ChannelSettings {
  if (own.kind === 'email') return emailSettings(own.email)
  return own.kind === 'webchat' ? webchatSettings(own.webchat) : { kind: 'intake' }
}

/** Faults named as the server names them: `settings.imap.host`. `stored`: the form as it was read; null for a new channel. */
export function channelFaults(form: ChannelForm, stored: ChannelForm | null): Faults {
  return faultsOf({
    name: name(form.name),
    queueId: form.queueId ? null : { key: 'required' },
    ...settingsFaults(form.own, stored),
  })
}

export function settingsFaults(own: KindForm, stored: ChannelForm | null): Record<string, Fault | null> {
  const found =
    own.kind === 'email'
      ? emailFaults(own.email, stored?.own.kind === 'email' ? stored.own.email : null)
      : own.kind === 'webchat'
        ? webchatFaults(own.webchat)
        : {}
  return Object.fromEntries(Object.entries(found).map(([field, fault]) => [`settings.${field}`, fault]))
}

export const newChannel = (form: ChannelForm): SentTo<Endpoints['createChannel']>['body'] => ({
  name: form.name,
  queueId: form.queueId ?? '',
  enabled: form.enabled,
  settings: settingsOf(form.own),
})

/** Only what differs; settings go as a whole. Null where nothing does. */
export function channelChange(before: ChannelView, form: ChannelForm): SentTo<Endpoints['changeChannel']>['body'] | null {
  const stored = channelFormOf(before)
  const change = {
    ...(form.name.trim() !== before.name && { name: form.name }),
    ...(form.queueId !== null && form.queueId !== before.queueId && { queueId: form.queueId }),
    ...(form.enabled !== before.enabled && { enabled: form.enabled }),
    ...(JSON.stringify(form.own) !== JSON.stringify(stored.own) && { settings: settingsOf(form.own) }),
  }
  return Object.keys(change).length > 0 ? { ...change, version: before.version } : null
}
