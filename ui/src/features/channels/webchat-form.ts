import type { ChannelSettings, ChannelSettingsView } from '@oco/contract'
import { atMost, name, origin, required, type Fault } from '../../kit/rules.ts'

type WebchatWritten = Extract<ChannelSettings, { kind: 'webchat' }>
type WebchatRead = Extract<ChannelSettingsView, { kind: 'webchat' }>

export interface WebchatForm {
  title: string
  greeting: string
  askEmail: WebchatWritten['askEmail']
  consentText: string
  /** As typed: one origin a line. */
  origins: string
}

export const ASK_EMAIL = ['no', 'optional', 'required'] as const
const ORIGINS_MAX = 50
const GREETING_LENGTH_MAX = 500
const CONSENT_LENGTH_MAX = 4_000

export const webchatFormOf = (settings: WebchatRead): WebchatForm => ({
  title: settings.title,
  greeting: settings.greeting,
  askEmail: settings.askEmail,
  consentText: settings.consentText,
  origins: settings.allowedOrigins.join('\n'),
})

export const webchatSettings = (form: WebchatForm): WebchatWritten => ({
  kind: 'webchat',
  title: form.title.trim(),
  greeting: form.greeting.trim(),
  askEmail: form.askEmail,
  consentText: form.consentText.trim(),
  allowedOrigins: originsOf(form.origins),
})

/** `mustHaveOrigin`: without one the chat opens on no page at all, which a person may want only for a while. */
export function webchatFaults(form: WebchatForm): Record<string, Fault | null> {
  return {
    title: name(form.title),
    greeting: atMost(GREETING_LENGTH_MAX)(form.greeting),
    consentText: required(form.consentText) ?? atMost(CONSENT_LENGTH_MAX)(form.consentText),
    allowedOrigins: originsFault(form.origins),
  }
}

function originsFault(text: string): Fault | null {
  const lines = originsOf(text)
  if (lines.length > ORIGINS_MAX) return { key: 'within', figures: { min: 0, max: ORIGINS_MAX } }
  return lines.map(origin).find((fault) => fault !== null) ?? null
}

/** What was pasted as a page's address is cut to its origin; what is no address stays, to be shown as wrong. */
export function originsOf(text: string): string[] {
  const lines = text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((line) => (/^https?:\/\//i.test(line) && URL.canParse(line) ? new URL(line).origin : line))
  return [...new Set(lines)]
}

/** What a site's owner puts into a page. `base` is where this product is open, as seen from outside. */
export const embedSnippet = (base: string, channelId: string): string =>
  `<script src="${base}/widget/oco-chat.js" data-channel="${channelId}" async></script>`
