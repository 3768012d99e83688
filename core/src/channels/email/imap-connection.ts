import type { ImapFlow, ImapFlowError } from 'imapflow'
import type { EmailSettings } from '@oco/contract'
import { messageOf } from '../../kernel/errors.ts'
import { MAIL_SIZE_BYTES_MAX } from './limits.ts'

export type ImapSettings = NonNullable<EmailSettings['imap']>

const CONNECT_TIMEOUT_MS = 15_000
const GREETING_TIMEOUT_MS = 10_000
/** A server that says nothing for so long is gone. IDLE is renewed well before. */
const SILENCE_MAX_MS = 5 * 60_000
const IDLE_RENEW_MS = 4 * 60_000
/** The protocol's own words around a letter. */
const RESPONSE_MARGIN_BYTES = 1024 * 1024

/**
 * A client that has not connected yet. Its `error` event must have a listener; the failure itself comes out of the call that failed.
 * The library is loaded with the first client: the product is ready sooner, and smaller where no mailbox is read.
 */
export const imapClient = async (imap: ImapSettings, options: { allowUntrustedCertificates: boolean }): Promise<ImapFlow> => {
  const { ImapFlow } = await import('imapflow')
  const client = new ImapFlow({
    host: imap.host,
    port: imap.port,
    secure: imap.tls === 'tls',
    doSTARTTLS: imap.tls === 'starttls',
    ...(options.allowUntrustedCertificates ? { tls: { rejectUnauthorized: false } } : {}),
    auth: { user: imap.user, pass: imap.password },
    clientInfo: { name: 'oco' },
    logger: false,
    disableAutoIdle: true,
    maxIdleTime: IDLE_RENEW_MS,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SILENCE_MAX_MS,
    maxLiteralSize: MAIL_SIZE_BYTES_MAX + RESPONSE_MARGIN_BYTES,
    maxResponseSize: MAIL_SIZE_BYTES_MAX + 4 * RESPONSE_MARGIN_BYTES,
  })
  client.on('error', () => undefined)
  return client
}

/** What stopped a connection, by the step that failed: the one before has then succeeded. */
export interface ImapFailure {
  readonly step: 'connect' | 'sign_in' | 'mailbox' | 'other'
  /** For people who run the product. */
  readonly reason: string
}

/** Codes of Node and imapflow in words; anything else is shown as it came. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the server broke the connection',
  EHOSTUNREACH: 'no route to the server',
  ENETUNREACH: 'no route to the server',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'no answer in time',
  ETIMEOUT: 'no answer in time',
  CONNECT_TIMEOUT: 'no answer in time',
  GREETING_TIMEOUT: 'connected, but no greeting in time: is this port encrypted from the first byte?',
  UPGRADE_TIMEOUT: 'the change to TLS was not answered in time',
  NoConnection: 'the connection was lost',
  EConnectionClosed: 'the connection was lost',
  ClosedAfterConnectTLS: 'the server closed the connection at once',
  ClosedAfterConnectText: 'the server closed the connection at once: does it want TLS from the first byte?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed and not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate comes from an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes from an authority that is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  EPROTO: 'the TLS handshake failed: is this port encrypted from the first byte?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the TLS handshake failed: is this port encrypted from the first byte?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the TLS handshake failed: is this port encrypted from the first byte?',
}

/** Null for a code that nothing is known about. */
export const wordsOfCode = (code: string): string | null => WORDS[code] ?? null

const wordsOf = (error: unknown): string =>
  wordsOfCode(error instanceof Error && 'code' in error ? String(error.code) : '') ?? messageOf(error)

export const imapFailureOf = (error: unknown, imap: ImapSettings): ImapFailure => {
  const failure: Partial<ImapFlowError> = error instanceof Error ? error : {}
  const said = failure.responseText === undefined ? '' : `: ${failure.responseText}`
  if (failure.authenticationFailed === true) return { step: 'sign_in', reason: `${imap.user} was refused${said}` }
  if (failure.mailboxMissing === true) return { step: 'mailbox', reason: `there is no mailbox "${imap.mailbox}"` }
  if (failure.tlsFailed === true) {
    const cause = failure._err ?? failure
    return { step: 'connect', reason: `STARTTLS with ${imap.host}:${imap.port} failed: ${wordsOf(cause)}` }
  }
  if (failure.responseStatus !== undefined) return { step: 'other', reason: `the server refused${said}` }
  return { step: 'connect', reason: `${imap.host}:${imap.port}: ${wordsOf(error)}` }
}
