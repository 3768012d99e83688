import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import type { EmailSettings, TestStep } from '@oco/contract'
import { testLog } from '../../../test/harness.ts'
import { needPrograms } from '../../../test/peers/debian-packages.ts'
import { emailSettings, type EmailAccountOptions } from '../../../test/peers/email-account.ts'
import { LOOPBACK } from '../../../test/peers/foreground.ts'
import { MAIL_PEER_PROGRAMS, startMailPeer, SUPPORT, type MailPeer } from '../../../test/peers/mail-peer.ts'
import { systemClock } from '../../kernel/clock.ts'
import { createEmailAdapter } from './adapter.ts'

describe('the test button of an e-mail channel', () => {
  let peer: MailPeer
  before(async function () {
    await needPrograms(this, MAIL_PEER_PROGRAMS)
    peer = await startMailPeer()
  })
  after(() => peer.stop())

  const steps = (options: EmailAccountOptions = {}, settings: Partial<EmailSettings> = {}): Promise<readonly TestStep[]> =>
    createEmailAdapter({ log: testLog, clock: systemClock }).test({
      ...emailSettings({
        ...{ imapPort: peer.imapPort, smtpPort: peer.submissionPort, smtpTls: 'starttls', smtpUser: SUPPORT.address },
        ...options,
      }),
      ...settings,
    })
  const outline = (all: readonly TestStep[]): string[] => all.map(({ name, ok }) => `${name} ${ok ? 'ok' : 'failed'}`)
  const lastDetail = (all: readonly TestStep[]): string => all.at(-1)?.detail ?? ''

  it('goes through all steps where everything is right', async () => {
    const all = await steps({ imapTls: 'starttls' })
    assert.deepEqual(outline(all), [
      'imap_connect ok',
      'imap_sign_in ok',
      'imap_mailbox ok',
      'smtp_connect ok',
      'smtp_sign_in ok',
    ])
    assert.deepEqual(
      all.map(({ detail }) => detail),
      [
        `127.0.0.1:${peer.imapPort} answers, encrypted`,
        'signed in as support@example.test',
        '0 letters in INBOX',
        `127.0.0.1:${peer.submissionPort} answers, encrypted`,
        'signed in as support@example.test',
      ],
    )
    assert.ok(all.every(({ durationMs }) => durationMs >= 0))
  })

  it('tests SMTP alone where letters come by LMTP, and needs no user', async () => {
    const all = await steps({ smtpPort: peer.smtpPort, smtpTls: 'plain', smtpUser: '' }, { imap: null })
    assert.deepEqual(outline(all), ['smtp_connect ok', 'smtp_sign_in ok'])
    assert.equal(lastDetail(all), 'no user is set: letters are sent without signing in')
  })

  const CASES: readonly (readonly [title: string, options: () => EmailAccountOptions, steps: string[], detail: RegExp])[] = [
    ['a closed IMAP port', () => ({ imapPort: 1 }), ['imap_connect failed'], /^127\.0\.0\.1:1: connection refused$/],
    [
      'TLS on a plain port',
      () => ({ imapTls: 'tls' }),
      ['imap_connect failed'],
      /the TLS handshake failed: is this port encrypted from the first byte\?/,
    ],
    [
      'an untrusted certificate',
      () => ({ imapTls: 'starttls', settings: { allowUntrustedCertificates: false } }),
      ['imap_connect failed'],
      /STARTTLS with 127\.0\.0\.1:\d+ failed: the certificate is self-signed and not trusted/,
    ],
    [
      'a wrong password',
      () => ({ password: 'wrong' }),
      ['imap_connect ok', 'imap_sign_in failed'],
      /^support@example\.test was refused: .*[Aa]uthentication failed/,
    ],
    [
      'a mailbox that is not there',
      () => ({ mailbox: 'Nowhere' }),
      ['imap_connect ok', 'imap_sign_in ok', 'imap_mailbox failed'],
      /^there is no mailbox "Nowhere"$/,
    ],
    [
      'a closed SMTP port',
      () => ({ smtpPort: 1 }),
      ['imap_connect ok', 'imap_sign_in ok', 'imap_mailbox ok', 'smtp_connect failed'],
      /^127\.0\.0\.1:1: connection refused$/,
    ],
  ]
  for (const [title, options, expected, detail] of CASES) {
    it(`names ${title}`, async () => {
      const all = await steps(options())
      assert.deepEqual(outline(all), expected)
      assert.match(lastDetail(all), detail)
    })
  }

  it('names a refused sign-in to SMTP', async () => {
    const all = await steps({ smtpUser: 'nobody@example.test' })
    assert.deepEqual(outline(all).slice(-2), ['smtp_connect ok', 'smtp_sign_in failed'])
    assert.match(lastDetail(all), /^nobody@example\.test was refused: 535 /)
  })

  it('does not wait for ever for a server that says nothing', async () => {
    const mute = createServer(() => undefined)
    await new Promise<void>((resolve) => mute.listen(0, LOOPBACK, resolve))
    const { port } = mute.address() as AddressInfo
    const all = await steps({ imapPort: port })
    mute.close()
    assert.deepEqual(outline(all), ['imap_connect failed'])
    assert.match(lastDetail(all), /no greeting in time/)
  })
})
