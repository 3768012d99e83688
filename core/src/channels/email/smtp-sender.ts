import { getSystemErrorName } from 'node:util'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { EmailSettings } from '@oco/contract'
import { messageOf } from '../../kernel/errors.ts'
import { ChannelError, type ChannelAccount, type OutboundMessage, type SendReceipt } from '../channel.ts'
import { wordsOfCode } from './imap-connection.ts'
import { isMailAddress } from './mail-address.ts'
import { messageIdFor, replyLetter } from './reply-letter.ts'

const CONNECT_TIMEOUT_MS = 15_000
const GREETING_TIMEOUT_MS = 10_000
const SILENCE_MAX_MS = 60_000
const CONNECTIONS_MAX = 3
const LETTERS_PER_CONNECTION = 100
const IDLE_MS = 30_000

/** How to reach a server by SMTP, for sending and for trying out. */
export const smtpOptions = ({ smtp, allowUntrustedCertificates }: EmailSettings): SMTPConnection.Options => ({
  host: smtp.host,
  port: smtp.port,
  secure: smtp.tls === 'tls',
  requireTLS: smtp.tls === 'starttls',
  ignoreTLS: smtp.tls === 'plain',
  ...(allowUntrustedCertificates ? { tls: { rejectUnauthorized: false } } : {}),
  connectionTimeout: CONNECT_TIMEOUT_MS,
  greetingTimeout: GREETING_TIMEOUT_MS,
  socketTimeout: SILENCE_MAX_MS,
})

/** The library is loaded with the first letter: the product is ready sooner. */
const openTransport = async (settings: EmailSettings) => {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    ...smtpOptions(settings),
    ...(settings.smtp.user === '' ? {} : { auth: { user: settings.smtp.user, pass: settings.smtp.password } }),
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    maxMessages: LETTERS_PER_CONNECTION,
    idleTimeout: IDLE_MS,
    // The outbox tries again, and knows when to stop.
    maxRequeues: 0,
  })
}

interface Pool {
  /** The settings that it was opened with: others open another one. */
  readonly key: string
  readonly transport: ReturnType<typeof openTransport>
}

/** Sends letters, over a few connections an account that stay open for a moment. */
export interface SmtpSender {
  send(account: ChannelAccount, settings: EmailSettings, message: OutboundMessage): Promise<SendReceipt>
  /** Closes the connections of one account once what is being sent has been sent. */
  release(accountId: string): void
}

export const createSmtpSender = (): SmtpSender => {
  const pools = new Map<string, Pool>()

  const release = (accountId: string): void => {
    const pool = pools.get(accountId)
    pools.delete(accountId)
    pool?.transport.then(
      (transport) => transport.close(),
      () => undefined,
    )
  }

  const transportOf = (accountId: string, settings: EmailSettings): Pool['transport'] => {
    const key = JSON.stringify([settings.smtp, settings.allowUntrustedCertificates])
    const open = pools.get(accountId)
    if (open?.key === key) return open.transport
    release(accountId)
    const transport = openTransport(settings)
    pools.set(accountId, { key, transport })
    return transport
  }

  return {
    send: async (account, settings, message) => {
      if (!isMailAddress(message.to.value)) throw new ChannelError('the recipient has no e-mail address', { retryable: false })
      try {
        const transport = await transportOf(account.id, settings)
        await transport.sendMail(replyLetter(settings, message))
      } catch (error) {
        throw sendFailureOf(error)
      }
      return { externalId: messageIdFor(message.idempotencyKey, settings.address) }
    },
    release,
  }
}

interface SmtpError {
  readonly code?: string
  readonly responseCode?: number
  readonly response?: string
}

/**
 * A refusal of this letter is final (RFC 5321, 4.2.1: 5yz); everything else may pass: 4yz, a lost connection, and also a
 * refused sign-in or TLS, which say nothing about the letter and pass once the settings are put right.
 */
export const sendFailureOf = (error: unknown): ChannelError => {
  const { code = '', responseCode = 0, response } = (error instanceof Error ? error : {}) as SmtpError
  const isAboutLetter = code === 'EENVELOPE' || code === 'EMESSAGE'
  const isRefused = responseCode >= 500 || responseCode === 0
  const said = response ?? systemWordsOf(error) ?? messageOf(error)
  return new ChannelError(said, { retryable: !(isAboutLetter && isRefused), cause: error })
}

/** nodemailer puts its own code over that of the socket; the error's number still says which it was. */
const systemWordsOf = (error: unknown): string | null => {
  const { errno } = (error instanceof Error ? error : {}) as { errno?: unknown }
  return typeof errno === 'number' && errno < 0 ? wordsOfCode(getSystemErrorName(errno)) : null
}
