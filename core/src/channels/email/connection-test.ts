import type { EmailSettings, TestStep } from '@oco/contract'
import type { Clock } from '../../kernel/clock.ts'
import { imapClient, imapFailureOf, type ImapFailure, type ImapSettings } from './imap-connection.ts'
import { sendFailureOf, smtpOptions } from './smtp-sender.ts'

type Try = (name: TestStep['name'], act: () => Promise<string>, reasonOf: (error: unknown) => string) => Promise<boolean>

/** Tries the settings step by step and stops at the first that fails. Sends no letter and changes nothing in the mailbox. */
export const testConnection = async (settings: EmailSettings, clock: Clock): Promise<TestStep[]> => {
  const steps: TestStep[] = []
  const attempt: Try = async (name, act, reasonOf) => {
    const startedMs = clock.monotonicMs()
    const [ok, detail] = await act().then(
      (said) => [true, said] as const,
      (error: unknown) => [false, reasonOf(error)] as const,
    )
    steps.push({ name, ok, detail, durationMs: Math.round(clock.monotonicMs() - startedMs) })
    return ok
  }
  if (settings.imap === null || (await testImap(attempt, settings.imap, settings))) await testSmtp(attempt, settings)
  return steps
}

const testImap = async (attempt: Try, imap: ImapSettings, settings: EmailSettings): Promise<boolean> => {
  const reasonOf = (error: unknown): string => imapFailureOf(error, imap).reason
  const at = `${imap.host}:${imap.port}`
  const client = await imapClient(imap, settings)
  try {
    // One call of the library connects and signs in; a refused sign-in is told apart by its error.
    let refused: ImapFailure | null = null
    const connected = await attempt(
      'imap_connect',
      async () => {
        await client.connect().catch((error: unknown) => {
          const failure = imapFailureOf(error, imap)
          if (failure.step === 'connect') throw error
          refused = failure
        })
        return `${at} answers${client.secureConnection ? ', encrypted' : ', not encrypted'}`
      },
      reasonOf,
    )
    const signIn = async (): Promise<string> => {
      if (refused !== null) throw new Error(refused.reason)
      return `signed in as ${imap.user}`
    }
    if (!connected || !(await attempt('imap_sign_in', signIn, (error) => (error as Error).message))) return false
    return await attempt(
      'imap_mailbox',
      async () => {
        const { exists, readOnly } = await client.mailboxOpen(imap.mailbox)
        return `${exists} letters in ${imap.mailbox}${readOnly === true ? '; it is read-only: letters will stay unread there' : ''}`
      },
      reasonOf,
    )
  } finally {
    client.close()
  }
}

/** Callbacks of an SMTP connection as promises; its errors come by an event while a call waits. */
const testSmtp = async (attempt: Try, settings: EmailSettings): Promise<boolean> => {
  const { smtp } = settings
  const { default: SMTPConnection } = await import('nodemailer/lib/smtp-connection')
  const connection = new SMTPConnection(smtpOptions(settings))
  const step = (act: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      connection.once('error', reject)
      act((error) => (error === undefined || error === null ? resolve() : reject(error)))
    })
  connection.on('error', () => undefined)
  const reasonOf = (error: unknown): string => sendFailureOf(error).message
  try {
    const connected = await attempt(
      'smtp_connect',
      async () => {
        await step((done) => connection.connect(done))
        return `${smtp.host}:${smtp.port} answers${connection.secure ? ', encrypted' : ', not encrypted'}`
      },
      (error) => `${smtp.host}:${smtp.port}: ${reasonOf(error)}`,
    )
    if (!connected) return false
    return await attempt(
      'smtp_sign_in',
      async () => {
        if (smtp.user === '') return 'no user is set: letters are sent without signing in'
        await step((done) => connection.login({ user: smtp.user, pass: smtp.password }, done))
        return `signed in as ${smtp.user}`
      },
      (error) => `${smtp.user} was refused: ${reasonOf(error)}`,
    )
  } finally {
    connection.close()
  }
}
