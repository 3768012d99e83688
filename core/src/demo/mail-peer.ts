import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SMTPServer } from 'smtp-server'
import type { Clock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/errors.ts'
import type { Log } from '../platform/log.ts'
import { boxesPage, shopPage, type PeerLetter } from './peer-page.ts'

const HOST = '127.0.0.1'
const LETTERS_KEPT_MAX = 500
const LETTER_BYTES_MAX = 30 * 1024 * 1024
const FORM_BYTES_MAX = 64 * 1024
const CLIENT_DEFAULT = 'client@client.demo'

export interface OutgoingLetter {
  readonly from: string
  readonly name: string
  readonly subject: string
  readonly text: string
  /** Message-ID of the letter that this one answers. */
  readonly inReplyTo?: string
}

/** The demo's outside world: a customer's mailbox, and a shop page with the chat. Loopback only; forgets everything when it stops. */
export interface MailPeer {
  start(): Promise<{ smtpPort: number; origin: string }>
  stop(): Promise<void>
  /** Hands a letter to the centre over LMTP. Rejects when the centre did not take it. */
  send(letter: OutgoingLetter): Promise<void>
}

export interface MailPeerOptions {
  /** The centre's LMTP listener; asked for at each letter. */
  readonly lmtp: () => { host: string; port: number } | null
  /** The centre's mail address. */
  readonly centre: string
  readonly clock: Clock
  readonly log: Log
  /** Where the centre serves the chat's script, and the channel that it speaks to; null while it does not. */
  readonly chat: () => Promise<{ scriptUrl: string; channelId: string } | null>
}

export const createMailPeer = (options: MailPeerOptions): MailPeer => {
  const letters: PeerLetter[] = []

  const keep = (letter: PeerLetter): void => {
    letters.unshift(letter)
    letters.splice(LETTERS_KEPT_MAX)
  }

  /** The libraries of mail are loaded where there is a demo alone: without one they would only cost memory. */
  const createSmtp = async (): Promise<SMTPServer> => {
    const [{ SMTPServer: Server }, { simpleParser }] = await Promise.all([import('smtp-server'), import('mailparser')])
    const server = new Server({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      size: LETTER_BYTES_MAX,
      logger: false,
      onData(stream, _session, done) {
        simpleParser(stream)
          .then((mail) => {
            const to = Array.isArray(mail.to) ? mail.to[0] : mail.to
            keep({
              box: 'client',
              from: mail.from?.text ?? '',
              to: to?.text ?? '',
              subject: mail.subject ?? '',
              text: mail.text ?? '',
              messageId: mail.messageId ?? '',
              at: options.clock.now(),
            })
            done()
          })
          .catch((error: unknown) => {
            done(error instanceof Error ? error : new Error(messageOf(error)))
          })
      },
    })
    server.on('error', (error) => {
      options.log.warn({ reason: error.message }, 'the demo mail peer had an error')
    })
    return server
  }
  let smtp: SMTPServer | null = null

  const send = async (letter: OutgoingLetter): Promise<void> => {
    const target = options.lmtp()
    if (target === null) throw new Error('the centre does not listen for LMTP')
    const { createTransport } = await import('nodemailer')
    const transport = createTransport({ ...target, lmtp: true, secure: false, ignoreTLS: true })
    const messageId = `<${randomUUID()}@client.demo>`
    await transport.sendMail({
      from: { name: letter.name, address: letter.from },
      to: options.centre,
      subject: letter.subject,
      text: letter.text,
      messageId,
      ...(letter.inReplyTo === undefined ? {} : { inReplyTo: letter.inReplyTo, references: letter.inReplyTo }),
    })
    transport.close()
    const { from, subject, text } = letter
    keep({ box: 'centre', from, to: options.centre, subject, text, messageId, at: options.clock.now() })
  }

  const pages = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(messageOf(error))
    })
  })

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://peer')
    if (request.method === 'POST' && url.pathname === '/send') {
      // Only the peer's own page may write letters: a form of another site names its own origin.
      if (request.headers.origin !== undefined && request.headers.origin !== `http://${request.headers.host ?? ''}`) {
        response.writeHead(403).end()
        return
      }
      await send(letterOf(new URLSearchParams(await bodyOf(request))))
      response.writeHead(303, { location: '/' }).end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    response.end(url.pathname === '/shop' ? shopPage(await options.chat()) : boxesPage(letters, url.searchParams.get('reply')))
  }

  return {
    async start() {
      const server = await createSmtp()
      smtp = server
      const smtpPort = await listen(server.server as unknown as Server, (done) => server.listen(0, HOST, done))
      const port = await listen(pages, (done) => pages.listen(0, HOST, done))
      return { smtpPort, origin: `http://${HOST}:${String(port)}` }
    },
    async stop() {
      const server = smtp
      if (server !== null) {
        await new Promise<void>((resolve) => {
          server.close(resolve)
        })
      }
      pages.closeAllConnections()
      await new Promise<void>((resolve) => {
        pages.close(() => {
          resolve()
        })
      })
    },
    send,
  }
}

const listen = (server: Server, start: (done: () => void) => unknown): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    start(() => {
      resolve((server.address() as AddressInfo).port)
    })
  })

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > FORM_BYTES_MAX) throw new Error('the letter is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const letterOf = (form: URLSearchParams): OutgoingLetter => {
  const inReplyTo = form.get('inReplyTo') ?? ''
  return {
    from: (form.get('from') ?? '').trim() || CLIENT_DEFAULT,
    name: (form.get('name') ?? '').trim() || 'Покупатель',
    subject: (form.get('subject') ?? '').trim() || 'Без темы',
    text: form.get('text') ?? '',
    ...(inReplyTo === '' ? {} : { inReplyTo }),
  }
}
