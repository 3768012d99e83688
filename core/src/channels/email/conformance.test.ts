import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ImapFlow } from 'imapflow'
import { simpleParser } from 'mailparser'
import { channelConformance, type Acknowledgement, type Brought, type ChannelDriver } from '../../../test/channel-conformance.ts'
import { testLog } from '../../../test/harness.ts'
import { makeCertificate, type TestCertificate } from '../../../test/peers/certificate.ts'
import { needPrograms } from '../../../test/peers/debian-packages.ts'
import { createDovecot, DOVECOT_PROGRAMS, type Dovecot } from '../../../test/peers/dovecot.ts'
import { ACCOUNT_ID, emailAccount, reply } from '../../../test/peers/email-account.ts'
import { LOOPBACK } from '../../../test/peers/foreground.ts'
import { SUPPORT } from '../../../test/peers/mail-peer.ts'
import { letterOfManyParts } from '../../../test/peers/poison-letters.ts'
import { startSmtpPeer, type SmtpPeer } from '../../../test/peers/smtp.ts'
import { systemClock } from '../../kernel/clock.ts'
import { createEmailAdapter } from './adapter.ts'
import { MAIL_SIZE_BYTES_MAX } from './limits.ts'
import { createLmtpListener } from './lmtp-listener.ts'
import { lmtpRelay } from '../../../test/peers/lmtp-relay.ts'

const idOf = (key: string): string => `${key}@client.test`

const letterFor = ({ key, text, answers }: Brought): Buffer =>
  Buffer.from(
    `From: client@example.test\r\nTo: ${SUPPORT.address}\r\nSubject: ${key}\r\nMessage-ID: <${idOf(key)}>\r\n` +
      (answers === undefined ? '' : `In-Reply-To: <${idOf(answers)}>\r\n`) +
      `\r\n${text}\r\n`,
  )

const oversizeLetter = (key: string): Buffer =>
  Buffer.concat([letterFor({ key, text: 'large' }), Buffer.alloc(MAIL_SIZE_BYTES_MAX, 'large letter\r\n')])

/** The way out, over an SMTP server that can go away and come back on its port. */
const smtpOut = async (
  certificate: TestCertificate,
): Promise<{ peer: () => SmtpPeer; out: NonNullable<ChannelDriver['out']> }> => {
  let peer = await startSmtpPeer({ certificate, tls: 'plain' })
  const { port } = peer
  return {
    peer: () => peer,
    out: {
      message: (key, text) => reply({ idempotencyKey: key, text }),
      arrived: () =>
        Promise.all(
          peer.letters.map(async ({ raw }) => {
            const { text, messageId } = await simpleParser(raw)
            return { text: text?.trim() ?? '', externalId: messageId ?? '' }
          }),
        ),
      goAway: () => peer.stop(),
      comeBack: async () => {
        peer = await startSmtpPeer({ certificate, tls: 'plain', port })
      },
      hopeless: reply({ to: { kind: 'email', value: 'no address at all' } }),
    },
  }
}

const openFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'email-'))
  await chmod(folder, 0o755)
  return folder
}

const seenFlags = async (dovecot: Dovecot, key: string): Promise<readonly boolean[]> => {
  const client = new ImapFlow({
    ...{ host: dovecot.host, port: dovecot.imapPort, secure: false, doSTARTTLS: false, logger: false },
    auth: { user: SUPPORT.address, pass: SUPPORT.password },
  })
  await client.connect()
  await client.mailboxOpen('INBOX', { readOnly: true })
  const rows = await client.fetchAll('1:*', { envelope: true, flags: true })
  await client.logout()
  return rows.filter(({ envelope }) => envelope?.messageId === `<${idOf(key)}>`).map(({ flags }) => flags?.has('\\Seen') === true)
}

const overImap = async (): Promise<ChannelDriver> => {
  const folder = await openFolder()
  const certificate = await makeCertificate(folder)
  const dovecot = await createDovecot({
    folder: join(folder, 'dovecot'),
    certificate,
    users: { [SUPPORT.address]: SUPPORT.password },
  })
  await dovecot.start()
  const { peer, out } = await smtpOut(certificate)
  const lmtp = lmtpRelay(dovecot.lmtpPort)
  const hand = async (raw: Buffer): Promise<void> => {
    await lmtp.sendMail({ envelope: { from: 'client@example.test', to: SUPPORT.address }, raw })
  }
  return {
    adapter: createEmailAdapter({ log: testLog, clock: systemClock }),
    account: emailAccount({ imapPort: dovecot.imapPort, smtpPort: peer().port }),
    bring: (message) => hand(letterFor(message)),
    bringOversize: async (key) => {
      await hand(oversizeLetter(key))
      return 'brought'
    },
    bringUnreadable: (key) => hand(letterOfManyParts(idOf(key), 10_000)),
    acknowledgement: async (key): Promise<Acknowledgement> => {
      const seen = await seenFlags(dovecot, key)
      return seen.length > 0 && seen.every((flag) => flag) ? 'taken' : 'waiting'
    },
    connection: { cut: () => dovecot.kill(), restore: () => dovecot.start() },
    out,
    close: async () => {
      lmtp.close()
      await peer().stop()
      await dovecot.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A relay that keeps what is not answered with 250 and tries it again. */
const overLmtp = async (): Promise<ChannelDriver> => {
  const folder = await openFolder()
  const { peer, out } = await smtpOut(await makeCertificate(folder))
  const taken = new Set<string>()
  const retries = new Set<NodeJS.Timeout>()
  let port = 0

  const hand = async (key: string, raw: Buffer): Promise<boolean> => {
    const transport = lmtpRelay(port)
    const envelope = { from: 'client@example.test', to: SUPPORT.address }
    const accepted = await transport.sendMail({ envelope, raw }).then(
      (answer) => (answer.accepted?.length ?? 0) > 0,
      () => false,
    )
    transport.close()
    if (accepted) taken.add(key)
    return accepted
  }
  const keepTrying = async (key: string, raw: Buffer): Promise<void> => {
    if (await hand(key, raw)) return
    const retry = setTimeout(() => {
      retries.delete(retry)
      void keepTrying(key, raw)
    }, 100)
    retries.add(retry)
  }

  return {
    adapter: createEmailAdapter({ log: testLog, clock: systemClock }),
    account: emailAccount({ smtpPort: peer().port }),
    open: async (sink) => {
      const listener = createLmtpListener({
        ...{ host: LOOPBACK, port: 0, sink, log: testLog },
        recipientFor: (address) => Promise.resolve(address === SUPPORT.address ? { accountId: ACCOUNT_ID, enabled: true } : null),
      })
      port = (await listener.start()).port
      return listener
    },
    bring: (message) => keepTrying(message.key, letterFor(message)),
    bringOversize: async (key) => ((await hand(key, oversizeLetter(key))) ? 'brought' : 'refused'),
    bringUnreadable: (key) => keepTrying(key, letterOfManyParts(idOf(key), 10_000)),
    acknowledgement: async (key) => (taken.has(key) ? 'taken' : 'waiting'),
    out,
    close: async () => {
      for (const retry of retries) clearTimeout(retry)
      await peer().stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

describe('e-mail over IMAP is a channel', () => {
  before(function () {
    return needPrograms(this, DOVECOT_PROGRAMS)
  })
  channelConformance(overImap)
})

describe('e-mail over LMTP is a channel', () => {
  channelConformance(overLmtp, {
    connection: 'the relay connects to us and tries again by itself',
    restart: 'the relay keeps its letters while nobody listens, and hands them to a new port only when told so',
  })
})
