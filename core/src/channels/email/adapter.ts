import type { EmailSettings } from '@oco/contract'
import { ATTACHMENT_SIZE_BYTES_MAX } from '@oco/contract/limits'
import { assert } from '../../kernel/assert.ts'
import type { Clock } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../platform/log.ts'
import type { ChannelAccount, ChannelAdapter, RunningChannel } from '../channel.ts'
import { testConnection } from './connection-test.ts'
import type { ImapSettings } from './imap-connection.ts'
import { PACE, receiveByImap, type Pace } from './imap-receiver.ts'
import { createLetterReader, type LetterReader } from './letter-reader.ts'
import { createSmtpSender } from './smtp-sender.ts'

export interface EmailAdapterOptions {
  readonly log: Log
  readonly clock: Clock
  /** Left out: as in production. */
  readonly pace?: Partial<Pace>
}

/** E-mail: in by IMAP (and by the LMTP listener, which serves all accounts), out by SMTP. */
export const createEmailAdapter = ({ log, clock, ...more }: EmailAdapterOptions): ChannelAdapter => {
  const pace = { ...PACE, ...more.pace }
  const sender = createSmtpSender()
  const readers = sharedReader(log)

  return {
    kind: 'email',
    limits: { attachmentBytes: ATTACHMENT_SIZE_BYTES_MAX, html: true },

    start: (account, sink): RunningChannel => {
      const settings = settingsOf(account)
      if (!hasImap(settings)) {
        sink.report(account.id, { kind: 'ok' })
        return { stop: async () => sender.release(account.id) }
      }
      const end = new AbortController()
      const reader = readers.take()
      const options = { account, settings, sink, reader, log, clock, pace }
      const work = sink
        .underLease(`imap:${account.id}`, end.signal, (signal) => receiveByImap(options, signal))
        .catch((error: unknown) => log.error({ channel: account.id, reason: messageOf(error) }, 'receiving has ended'))
      let stopping: Promise<void> | null = null
      const stop = async (): Promise<void> => {
        end.abort()
        await work
        sender.release(account.id)
        await readers.giveBack()
      }
      return { stop: () => (stopping ??= stop()) }
    },

    send: (account, message) => sender.send(account, settingsOf(account), message),

    retry: async (account, raw, sink) => {
      const reader = readers.take()
      try {
        const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
        const reading = await reader.read(bytes, { ownAddress: settingsOf(account).address, envelopeFrom: null })
        if (reading.kind === 'message') await sink.deliver(account.id, reading.message)
        else await sink.setAside(account.id, reading.item)
        return reading.kind === 'message' ? 'stored' : 'set_aside'
      } finally {
        await readers.giveBack()
      }
    },

    test: async (settings) => {
      assert(settings.kind === 'email', 'the e-mail adapter tests e-mail settings')
      return testConnection(settings, clock)
    },
  }
}

const settingsOf = ({ settings }: ChannelAccount): EmailSettings => {
  assert(settings.kind === 'email', 'an e-mail account has e-mail settings')
  return settings
}

const hasImap = (settings: EmailSettings): settings is EmailSettings & { imap: ImapSettings } => settings.imap !== null

/** One reading thread for all accounts of the process; it ends with the last that uses it. */
const sharedReader = (log: Log): { take: () => LetterReader; giveBack: () => Promise<void> } => {
  const reader = createLetterReader({ log })
  let users = 0
  return {
    take: () => {
      users++
      return reader
    },
    giveBack: async () => {
      users--
      if (users === 0) await reader.close()
    },
  }
}
