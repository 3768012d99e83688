import type { ChannelSettings, ChannelSettingsView } from '@oco/contract'
import { atMost, email, host, name, port, type Fault } from '../../kit/rules.ts'

type EmailWritten = Extract<ChannelSettings, { kind: 'email' }>
type EmailRead = Extract<ChannelSettingsView, { kind: 'email' }>
export type Tls = EmailWritten['smtp']['tls']
export type Protocol = 'imap' | 'smtp'

export interface ServerForm {
  host: string
  port: number | null
  tls: Tls
  user: string
  /** Empty keeps the stored one. */
  password: string
}
export interface EmailForm {
  address: string
  senderName: string
  signature: string
  allowUntrustedCertificates: boolean
  /** `relay`: another mail server hands letters over by LMTP. */
  receive: 'imap' | 'relay'
  imap: ServerForm & { mailbox: string }
  smtp: ServerForm
  /** How the product signs in to send: as it does to receive, by an account of its own, or not at all. */
  sendAs: 'same' | 'own' | 'nobody'
}

/** Ports by IANA's registry: with TLS from the first byte, and without or with STARTTLS. */
const PORTS: Record<Protocol, Record<Tls, number>> = {
  imap: { tls: 993, starttls: 143, plain: 143 },
  smtp: { tls: 465, starttls: 587, plain: 25 },
}

export const emptyEmail = (senderName: string): EmailForm => ({
  address: '',
  senderName,
  signature: '',
  allowUntrustedCertificates: false,
  receive: 'imap',
  imap: { ...emptyServer('imap'), mailbox: 'INBOX' },
  smtp: emptyServer('smtp'),
  sendAs: 'same',
})

const emptyServer = (protocol: Protocol): ServerForm => ({
  host: '',
  port: PORTS[protocol].tls,
  tls: 'tls',
  user: '',
  password: '',
})

export const emailFormOf = (settings: EmailRead): EmailForm => ({
  address: settings.address,
  senderName: settings.senderName,
  signature: settings.signature,
  allowUntrustedCertificates: settings.allowUntrustedCertificates,
  receive: settings.imap ? 'imap' : 'relay',
  imap: settings.imap ? { ...settings.imap, password: '' } : { ...emptyServer('imap'), mailbox: 'INBOX' },
  smtp: { ...settings.smtp, password: '' },
  sendAs: settings.smtp.user === '' ? 'nobody' : settings.imap?.user === settings.smtp.user ? 'same' : 'own',
})

/** What is sent. A port that is no number goes as 0: the server refuses it, should a form let it through. */
export function emailSettings(form: EmailForm): EmailWritten {
  const imap = form.receive === 'imap' ? { ...form.imap, port: form.imap.port ?? 0 } : null
  const sender = form.sendAs === 'same' && imap ? imap : form.sendAs === 'own' ? form.smtp : { user: '', password: '' }
  return {
    kind: 'email',
    address: form.address.trim(),
    senderName: form.senderName.trim(),
    signature: form.signature,
    allowUntrustedCertificates: form.allowUntrustedCertificates,
    imap,
    smtp: { host: form.smtp.host, port: form.smtp.port ?? 0, tls: form.smtp.tls, user: sender.user, password: sender.password },
  }
}

/**
 * `stored`: the form as it was read from a channel that is there already. A password may stay empty where the one that is kept is of
 * the same account; a way of signing in that is new needs its own.
 */
export function emailFaults(form: EmailForm, stored: EmailForm | null): Record<string, Fault | null> {
  const receives = form.receive === 'imap'
  const own = form.sendAs === 'own'
  const imapKept = stored?.receive === 'imap' && (form.sendAs !== 'same' || stored.sendAs === 'same')
  const smtpKept = stored?.sendAs === 'own'
  return {
    address: email(form.address),
    senderName: name(form.senderName),
    signature: atMost(SIGNATURE_LENGTH_MAX)(form.signature),
    'imap.host': receives ? host(form.imap.host) : null,
    'imap.port': receives ? port(form.imap.port) : null,
    'imap.user': receives ? needed(form.imap.user) : null,
    'imap.password': receives && !imapKept ? needed(form.imap.password) : null,
    'imap.mailbox': receives ? needed(form.imap.mailbox) : null,
    'smtp.host': host(form.smtp.host),
    'smtp.port': port(form.smtp.port),
    'smtp.user': own ? needed(form.smtp.user) : null,
    'smtp.password': own && !smtpKept ? needed(form.smtp.password) : null,
  }
}

const SIGNATURE_LENGTH_MAX = 4_000
const needed = (value: string): Fault | null => (value === '' ? { key: 'required' } : null)

/** The usual port of the other encryption, unless the person has set one that is not usual. */
export function portAfter(protocol: Protocol, tls: Tls, current: number | null): number | null {
  const usual: readonly (number | null)[] = [null, ...Object.values(PORTS[protocol])]
  return usual.includes(current) ? PORTS[protocol][tls] : current
}

/** Mail services whose servers are publicly documented; a company's own domain is guessed as `mail.<domain>` by nobody but the person. */
const KNOWN: readonly { domains: readonly string[]; imap: string; smtp: string }[] = [
  { domains: ['yandex.ru', 'ya.ru', 'yandex.com'], imap: 'imap.yandex.ru', smtp: 'smtp.yandex.ru' },
  { domains: ['mail.ru', 'inbox.ru', 'list.ru', 'bk.ru', 'internet.ru'], imap: 'imap.mail.ru', smtp: 'smtp.mail.ru' },
  { domains: ['rambler.ru', 'lenta.ru', 'ro.ru'], imap: 'imap.rambler.ru', smtp: 'smtp.rambler.ru' },
]

/** Fills what is still empty by the address: the login always, the servers of a known service. Never touches what was typed. */
export function suggestByAddress(form: EmailForm): void {
  const address = form.address.trim()
  if (email(address)) return
  form.imap.user ||= address
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  const known = KNOWN.find(({ domains }) => domains.includes(domain))
  if (!known) return
  if (!form.imap.host) Object.assign(form.imap, { host: known.imap, port: PORTS.imap.tls, tls: 'tls' })
  if (!form.smtp.host) Object.assign(form.smtp, { host: known.smtp, port: PORTS.smtp.tls, tls: 'tls' })
}
