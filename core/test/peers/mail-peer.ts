import { chmod, mkdtemp, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ImapFlow } from 'imapflow'
import { simpleParser, type ParsedMail } from 'mailparser'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { PATIENCE_MS } from '../patience.ts'
import { makeCertificate, type TestCertificate } from './certificate.ts'
import type { NeededProgram } from './debian-packages.ts'
import { createDovecot, DOVECOT_PROGRAMS, type Dovecot } from './dovecot.ts'
import { LOOPBACK } from './foreground.ts'
import { POSTFIX_PROGRAMS, startPostfix } from './postfix.ts'
import { startSmtpPeer, type TakenLetter } from './smtp.ts'
import { lmtpRelay } from './lmtp-relay.ts'

export const SUPPORT = { address: 'support@example.test', password: 'support-secret-1' } as const
export const CLIENT = { address: 'client@example.test', password: 'client-secret-1' } as const

/** `before(function () { return needPrograms(this, MAIL_PEER_PROGRAMS) })` */
export const MAIL_PEER_PROGRAMS: readonly NeededProgram[] =
  process.getuid?.() === 0 ? [...DOVECOT_PROGRAMS, ...POSTFIX_PROGRAMS] : DOVECOT_PROGRAMS

const MESSAGE_BYTES_MAX = 60 * 1024 * 1024

export interface MailPeerOptions {
  /** domain -> port of an LMTP server on loopback, beside example.test, which Dovecot keeps. Needs root. */
  readonly lmtpPorts?: Readonly<Record<string, number>>
  /** Further mailboxes: address -> password. */
  readonly users?: Readonly<Record<string, string>>
}

/** A letter that was read over IMAP. */
export interface ReadLetter {
  readonly uid: number
  readonly flags: ReadonlySet<string>
  readonly raw: Buffer
  readonly mail: ParsedMail
}

/**
 * The world outside of the product: a real Dovecot and a real SMTP server that delivers into it. As root the SMTP server is
 * Debian's Postfix, otherwise one in this process. `submissionPort` asks for STARTTLS and AUTH; the certificate is nobody's.
 */
export interface MailPeer {
  readonly host: string
  readonly imapPort: number
  readonly imapsPort: number
  readonly smtpPort: number
  readonly submissionPort: number
  readonly dovecot: Dovecot
  readonly certificate: TestCertificate
  /** Sends as somebody outside: over SMTP, without signing in. */
  send(letter: SendMailOptions): Promise<void>
  sendRaw(from: string, to: string, raw: string | Buffer): Promise<void>
  /** Puts a letter straight into a mailbox over IMAP. Gives its UID. */
  append(address: string, raw: string | Buffer, folder?: string): Promise<number>
  letters(address: string, folder?: string): Promise<ReadLetter[]>
  /** The first letter that `wanted` says yes to; throws after `timeoutMs`. */
  waitFor(address: string, wanted: (letter: ReadLetter) => boolean, timeoutMs?: number): Promise<ReadLetter>
  /** Runs `act` on a signed-in connection of this mailbox. */
  withImap<T>(address: string, act: (client: ImapFlow) => Promise<T>): Promise<T>
  stop(): Promise<void>
}

interface SmtpSide {
  readonly smtpPort: number
  readonly submissionPort: number
  stop(): Promise<void>
}

const allOrNothing = async (steps: readonly (() => Promise<void>)[]): Promise<void> => {
  const outcomes = await Promise.allSettled(steps.map((step) => step()))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

/** Without root: the same two doors by smtp-server, which hands each letter to Dovecot over LMTP. */
const startOwnSmtp = async (
  certificate: TestCertificate,
  users: Readonly<Record<string, string>>,
  lmtpPort: number,
): Promise<SmtpSide> => {
  const onLetter = async (letter: TakenLetter): Promise<void> => {
    const lmtp = lmtpRelay(lmtpPort)
    await lmtp.sendMail({ envelope: { from: letter.from, to: [...letter.to] }, raw: letter.raw })
    lmtp.close()
  }
  const open = await startSmtpPeer({ certificate, tls: 'plain', onLetter })
  const submission = await startSmtpPeer({ certificate, tls: 'starttls', users, onLetter })
  return {
    smtpPort: open.port,
    submissionPort: submission.port,
    stop: () => allOrNothing([() => open.stop(), () => submission.stop()]),
  }
}

export const startMailPeer = async (options: MailPeerOptions = {}): Promise<MailPeer> => {
  const folder = await mkdtemp(join(tmpdir(), 'mail-peer-'))
  await chmod(folder, 0o755)
  const users: Readonly<Record<string, string>> = {
    [SUPPORT.address]: SUPPORT.password,
    [CLIENT.address]: CLIENT.password,
    ...options.users,
  }
  const certificate = await makeCertificate(folder)
  const dovecot = await createDovecot({ folder: join(folder, 'dovecot'), users, certificate })
  await mkdir(join(folder, 'postfix'))
  await dovecot.start()
  const starting: Promise<SmtpSide> =
    process.getuid?.() === 0
      ? startPostfix({
          folder: join(folder, 'postfix'),
          certificate,
          authPort: dovecot.authPort,
          lmtpPorts: { 'example.test': dovecot.lmtpPort, ...options.lmtpPorts },
          messageBytesMax: MESSAGE_BYTES_MAX,
        })
      : startOwnSmtp(certificate, users, dovecot.lmtpPort)
  const smtp = await starting.catch(async (error: unknown) => {
    await dovecot.stop()
    throw error
  })
  const transport = createTransport({ host: LOOPBACK, port: smtp.smtpPort, ignoreTLS: true })

  const withImap = async <T>(address: string, act: (client: ImapFlow) => Promise<T>): Promise<T> => {
    const client = new ImapFlow({
      ...{ host: LOOPBACK, port: dovecot.imapPort, secure: false, doSTARTTLS: false, logger: false },
      auth: { user: address, pass: users[address] ?? '' },
    })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await act(client)
    } finally {
      await client.logout().catch(() => client.close())
    }
  }

  const letters = (address: string, box = 'INBOX'): Promise<ReadLetter[]> =>
    withImap(address, async (client) => {
      const opened = await client.mailboxOpen(box, { readOnly: true })
      if (opened.exists === 0) return []
      const rows = await client.fetchAll('1:*', { uid: true, flags: true, source: true })
      return Promise.all(
        rows.map(async ({ uid, flags, source }) => {
          const raw = source ?? Buffer.alloc(0)
          return { uid, flags: flags ?? new Set(), raw, mail: await simpleParser(raw, { keepCidLinks: true }) }
        }),
      )
    })

  return {
    host: LOOPBACK,
    imapPort: dovecot.imapPort,
    imapsPort: dovecot.imapsPort,
    smtpPort: smtp.smtpPort,
    submissionPort: smtp.submissionPort,
    dovecot,
    certificate,
    send: async (letter) => {
      await transport.sendMail(letter)
    },
    sendRaw: async (from, to, raw) => {
      await transport.sendMail({ envelope: { from, to }, raw })
    },
    append: (address, raw, box = 'INBOX') =>
      withImap(address, async (client) => {
        const placed = await client.append(box, raw)
        if (placed === false || placed.uid === undefined) throw new Error('the letter was not appended')
        return placed.uid
      }),
    letters,
    waitFor: (address, wanted, timeoutMs = PATIENCE_MS) =>
      withImap(address, async (client) => {
        await client.mailboxOpen('INBOX')
        const startedAt = performance.now()
        for (;;) {
          const all = await letters(address)
          const found = all.find(wanted)
          if (found !== undefined) return found
          if (performance.now() - startedAt > timeoutMs) {
            const others = all.map(({ mail }) => JSON.stringify((mail.text ?? '').slice(0, 200))).join(', ')
            throw new Error(`no such letter came to ${address} in ${timeoutMs} ms; there are ${all.length}: ${others}`)
          }
          await untilMore(client, timeoutMs - (performance.now() - startedAt))
        }
      }),
    withImap,
    stop: async () => {
      transport.close()
      await allOrNothing([() => smtp.stop(), () => dovecot.stop()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Waits for the mailbox to grow, by IDLE, but no longer than this; a letter between two looks is found by the next. */
const untilMore = async (client: ImapFlow, timeoutMs: number): Promise<void> => {
  const seconds = Math.min(Math.max(timeoutMs, 0), 1_000)
  const timer = setTimeout(() => void client.noop(), seconds)
  await client.idle()
  clearTimeout(timer)
}
