import type { AddressInfo } from 'node:net'
import type { SMTPServer, SMTPServerAddress, SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import { present } from '../../kernel/assert.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../platform/log.ts'
import type { ChannelSink } from '../channel.ts'
import { createLetterReader } from './letter-reader.ts'
import { MAIL_SIZE_BYTES_MAX } from './limits.ts'

/** Each may hold one whole letter in memory; a relay waits its turn. */
const CLIENTS_MAX = 20
const RECIPIENTS_MAX = 1_000
const SILENCE_MAX_MS = 60_000
const CLOSE_TIMEOUT_MS = 10_000

/** A channel of this installation as a relay's recipient. */
export interface Recipient {
  readonly accountId: string
  /** False: it is switched off, and may be on again before the relay gives up. */
  readonly enabled: boolean
}

export interface LmtpListenerOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Whose address it is; null: nobody's, which the relay tells the sender at once. */
  readonly recipientFor: (address: string) => Promise<Recipient | null>
  readonly sink: Pick<ChannelSink, 'deliver' | 'setAside'>
  readonly log: Log
}

/**
 * The second way in for letters (RFC 2033): a relay hands them over, and each recipient is answered by itself, 250 only after the
 * inbox row is committed. It neither encrypts nor asks who is there: it belongs on loopback or a network of the relay's own.
 */
export interface LmtpListener {
  start(): Promise<{ port: number }>
  /** Takes no new connection and finishes the letters that are being taken. Idempotent. */
  stop(): Promise<void>
}

const refusal = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code })
const UNKNOWN_RECIPIENT = refusal(550, '5.1.1 no such mailbox here')
const TOO_LARGE = refusal(552, '5.3.4 the letter is larger than this server takes')
const SWITCHED_OFF = refusal(451, '4.2.1 the mailbox is switched off, try again')
const TRY_LATER = refusal(451, '4.3.0 the letter could not be stored, try again')

export const createLmtpListener = (options: LmtpListenerOptions): LmtpListener => {
  const { recipientFor, sink, log } = options
  const reader = createLetterReader({ log })
  /** What was agreed to is taken, whatever has become of the channel while the letter was on its way. */
  const agreed = new WeakMap<SMTPServerAddress, string>()

  /** Null: agreed. */
  const agree = async (recipient: SMTPServerAddress): Promise<Error | null> => {
    const found = await recipientFor(recipient.address)
    if (found === null) return UNKNOWN_RECIPIENT
    if (!found.enabled) return SWITCHED_OFF
    agreed.set(recipient, found.accountId)
    return null
  }

  /** The answer to one recipient; it is accepted only when it is a text. */
  const store = async (raw: Buffer, recipient: SMTPServerAddress, envelopeFrom: string | null): Promise<string | Error> => {
    try {
      const accountId = present(agreed.get(recipient), 'the channel that was agreed on')
      const reading = await reader.read(raw, { ownAddress: recipient.address, envelopeFrom })
      if (reading.kind === 'message') await sink.deliver(accountId, reading.message)
      else await sink.setAside(accountId, reading.item)
      return '2.0.0 stored'
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'a letter that came by LMTP was not stored')
      return TRY_LATER
    }
  }

  const take = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<(string | Error)[]> => {
    const raw = await readBounded(stream)
    const { mailFrom, rcptTo } = session.envelope
    if (raw === null) return rcptTo.map(() => TOO_LARGE)
    const envelopeFrom = mailFrom === false ? null : mailFrom.address
    const answers: (string | Error)[] = []
    for (const recipient of rcptTo) answers.push(await store(raw, recipient, envelopeFrom))
    return answers
  }

  const open = async (): Promise<SMTPServer> => {
    const { SMTPServer } = await import('smtp-server')
    const server = new SMTPServer({
      lmtp: true,
      name: 'oco',
      banner: 'letters for the service centre',
      size: MAIL_SIZE_BYTES_MAX,
      disabledCommands: ['AUTH', 'STARTTLS'],
      authOptional: true,
      disableReverseLookup: true,
      maxClients: CLIENTS_MAX,
      maxRecipients: RECIPIENTS_MAX,
      socketTimeout: SILENCE_MAX_MS,
      closeTimeout: CLOSE_TIMEOUT_MS,
      onRcptTo: (recipient, _session, callback) => {
        agree(recipient).then(callback, () => callback(TRY_LATER))
      },
      onData: (stream, session, callback) => {
        take(stream, session).then(
          (answers) => callback(null, answers),
          () => callback(TRY_LATER),
        )
      },
    })
    server.on('error', (error: Error) => log.warn({ reason: error.message }, 'a connection to the LMTP listener failed'))
    return server
  }

  let server: SMTPServer | null = null
  let stopping: Promise<void> | null = null
  const close = async (): Promise<void> => {
    const open = server
    if (open !== null) await new Promise<void>((resolve) => open.close(() => resolve()))
    await reader.close()
  }
  return {
    start: async () => {
      const opened = await open()
      await new Promise<void>((resolve, reject) => {
        opened.server.once('error', reject)
        opened.listen(options.port, options.host, () => {
          opened.server.off('error', reject)
          resolve()
        })
      })
      server = opened
      return { port: (opened.server.address() as AddressInfo).port }
    },
    stop: () => (stopping ??= close()),
  }
}

/** The letter, or null where it is larger than announced; the rest is read and dropped, as the protocol wants. */
const readBounded = async (stream: SMTPServerDataStream): Promise<Buffer | null> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    const piece = chunk as Buffer
    bytes += piece.length
    if (bytes <= MAIL_SIZE_BYTES_MAX) chunks.push(piece)
    else chunks.length = 0
  }
  return bytes > MAIL_SIZE_BYTES_MAX ? null : Buffer.concat(chunks, bytes)
}
