import type { EmailSettings } from '@oco/contract'
import type { ChannelAccount, OutboundMessage } from '../../src/channels/channel.ts'
import { LOOPBACK } from './foreground.ts'
import { SUPPORT } from './mail-peer.ts'

export interface EmailAccountOptions {
  readonly imapPort?: number
  readonly imapTls?: 'plain' | 'starttls' | 'tls'
  readonly smtpPort?: number
  readonly smtpTls?: 'plain' | 'starttls' | 'tls'
  /** Empty: without signing in. */
  readonly smtpUser?: string
  readonly password?: string
  readonly mailbox?: string
  readonly settings?: Partial<EmailSettings>
}

/** The support address of the test's mail world as the product configures it. */
export const emailSettings = (options: EmailAccountOptions): EmailSettings => ({
  kind: 'email',
  address: SUPPORT.address,
  senderName: 'Служба поддержки',
  allowUntrustedCertificates: true,
  signature: '',
  imap:
    options.imapPort === undefined
      ? null
      : {
          host: LOOPBACK,
          port: options.imapPort,
          tls: options.imapTls ?? 'plain',
          user: SUPPORT.address,
          password: options.password ?? SUPPORT.password,
          mailbox: options.mailbox ?? 'INBOX',
        },
  smtp: {
    host: LOOPBACK,
    port: options.smtpPort ?? 1,
    tls: options.smtpTls ?? 'plain',
    user: options.smtpUser ?? '',
    password: options.password ?? SUPPORT.password,
  },
  ...options.settings,
})

export const ACCOUNT_ID = '0198c0de-0000-7000-8000-00000000aaaa'

export const emailAccount = (options: EmailAccountOptions): ChannelAccount => ({
  id: ACCOUNT_ID,
  name: 'Support',
  settings: emailSettings(options),
})

/** An answer of ours to the client, as the outbox hands it to the adapter. */
export const reply = (more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  idempotencyKey: '0198c0de-0000-7000-8000-000000000001',
  conversationNumber: 42,
  to: { kind: 'email', value: 'client@example.test', displayName: 'Мария Клиентова' },
  subject: 'Не открывается кабинет',
  text: 'Попробуйте ещё раз.',
  html: null,
  authorName: '',
  attachments: [],
  references: [],
  sentAt: new Date('2026-11-23T08:00:00Z'),
  ...more,
})
