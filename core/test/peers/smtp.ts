import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { LOOPBACK } from './foreground.ts'
import type { TestCertificate } from './certificate.ts'

/** One letter as the server took it. */
export interface TakenLetter {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: Buffer
  readonly user: string | null
  readonly encrypted: boolean
}

/** What the server is to do with the next letters; they are used up one after the other. */
export type SmtpFault =
  | { readonly at: 'mail' | 'rcpt' | 'data'; readonly code: number }
  /** The connection breaks after the whole letter has come, before the answer. */
  | { readonly at: 'hang-up' }

export interface SmtpPeerOptions {
  /** user -> password. None: anybody may send. */
  readonly users?: Readonly<Record<string, string>>
  readonly certificate: TestCertificate
  /** tls: from the first byte; starttls: AUTH only after the upgrade; plain: STARTTLS is not offered. */
  readonly tls: 'plain' | 'starttls' | 'tls'
  /** 0 or nothing: any free port. */
  readonly port?: number
  readonly onLetter?: (letter: TakenLetter) => Promise<void>
}

/** A real SMTP server in this process that keeps what it takes and fails on demand. */
export interface SmtpPeer {
  readonly host: string
  readonly port: number
  readonly letters: readonly TakenLetter[]
  /** Connections that were opened until now. */
  readonly connections: number
  fail(...faults: readonly SmtpFault[]): void
  stop(): Promise<void>
}

const refusal = (code: number): Error => Object.assign(new Error('refused by the test'), { responseCode: code })

const readAll = async (stream: SMTPServerDataStream): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

export const startSmtpPeer = async (options: SmtpPeerOptions): Promise<SmtpPeer> => {
  const letters: TakenLetter[] = []
  const faults: SmtpFault[] = []
  let connections = 0
  const takeFault = (at: SmtpFault['at']): SmtpFault | null => (faults[0]?.at === at ? (faults.shift() ?? null) : null)
  const failAt = (at: 'mail' | 'rcpt' | 'data'): Error | null => {
    const fault = takeFault(at)
    return fault !== null && fault.at !== 'hang-up' ? refusal(fault.code) : null
  }

  const take = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> => {
    const raw = await readAll(stream)
    const refused = failAt('data')
    if (refused !== null) throw refused
    const from = session.envelope.mailFrom
    const letter: TakenLetter = {
      from: from === false ? '' : from.address,
      to: session.envelope.rcptTo.map((recipient) => recipient.address),
      raw,
      user: typeof session.user === 'string' ? session.user : null,
      encrypted: session.secure,
    }
    letters.push(letter)
    await options.onLetter?.(letter)
  }

  const server = new SMTPServer({
    secure: options.tls === 'tls',
    key: await readFile(options.certificate.keyFile),
    cert: await readFile(options.certificate.certificateFile),
    disabledCommands: [...(options.tls === 'plain' ? ['STARTTLS'] : []), ...(options.users === undefined ? ['AUTH'] : [])],
    allowInsecureAuth: options.tls === 'plain',
    authOptional: options.users === undefined,
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect: (_session, callback) => {
      connections++
      callback()
    },
    onAuth: (auth, _session, callback) => {
      const known = auth.username !== undefined && options.users?.[auth.username] === auth.password
      callback(null, known ? { user: auth.username } : { message: 'wrong user or password' })
    },
    onMailFrom: (_address, _session, callback) => callback(failAt('mail')),
    onRcptTo: (_address, _session, callback) => callback(failAt('rcpt')),
    onData: (stream, session, callback) => {
      take(stream, session).then(
        () => {
          if (takeFault('hang-up') === null) callback(null, 'taken')
          else for (const connection of server.connections) connection._socket.destroy()
        },
        (error: unknown) => callback(error as Error),
      )
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, LOOPBACK, resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    host: LOOPBACK,
    port,
    letters,
    get connections() {
      return connections
    },
    fail: (...wanted) => void faults.push(...wanted),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
