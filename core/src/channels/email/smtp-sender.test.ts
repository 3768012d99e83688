import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { fakeSink } from '../../../test/fake-sink.ts'
import { testLog } from '../../../test/harness.ts'
import { makeCertificate, type TestCertificate } from '../../../test/peers/certificate.ts'
import { needPrograms, needRoot } from '../../../test/peers/debian-packages.ts'
import { emailAccount, reply, type EmailAccountOptions } from '../../../test/peers/email-account.ts'
import { CLIENT, MAIL_PEER_PROGRAMS, startMailPeer, SUPPORT, type MailPeer } from '../../../test/peers/mail-peer.ts'
import { startSmtpPeer, type SmtpPeer, type SmtpPeerOptions } from '../../../test/peers/smtp.ts'
import { systemClock } from '../../kernel/clock.ts'
import { ChannelError, type ChannelAdapter, type OutboundMessage, type RunningChannel } from '../channel.ts'
import { createEmailAdapter } from './adapter.ts'
import { normaliseLetter } from './normalise.ts'

describe('sending by a real SMTP server', () => {
  let peer: MailPeer
  let adapter: ChannelAdapter
  let running: RunningChannel
  const account = () =>
    emailAccount({ smtpPort: peer.submissionPort, smtpTls: 'starttls', smtpUser: SUPPORT.address, imapPort: peer.imapPort })
  const send = (message: OutboundMessage) => adapter.send(account(), message)
  const sink = fakeSink()

  before(async function () {
    await needPrograms(this, MAIL_PEER_PROGRAMS)
    peer = await startMailPeer()
    adapter = createEmailAdapter({ log: testLog, clock: systemClock })
    running = adapter.start(account(), sink)
  })
  after(async () => {
    await running.stop()
    await peer.stop()
  })

  it('brings a reply with text, HTML, attachment and thread into the client’s mailbox', async () => {
    const message = reply({
      idempotencyKey: '0198c0de-0000-7000-8000-0000000000a1',
      html: '<p>Попробуйте <b>ещё раз</b>.</p>',
      references: ['<first@example.test>', '<second@example.test>'],
      attachments: [{ fileName: 'Инструкция.txt', mediaType: 'text/plain', bytes: new TextEncoder().encode('Шаг 1') }],
    })
    const { externalId } = await send(message)
    assert.equal(externalId, '<0198c0de-0000-7000-8000-0000000000a1@example.test>')
    const { mail } = await peer.waitFor(CLIENT.address, (letter) => letter.mail.messageId === externalId)
    assert.equal(mail.subject, 'Re: Не открывается кабинет [#42]')
    assert.equal(mail.from?.text, '"Служба поддержки" <support@example.test>')
    assert.deepEqual([mail.text?.trim(), mail.html], ['Попробуйте ещё раз.', '<p>Попробуйте <b>ещё раз</b>.</p>'])
    assert.deepEqual(
      [mail.inReplyTo, mail.references],
      ['<second@example.test>', ['<first@example.test>', '<second@example.test>']],
    )
    assert.deepEqual(mail.date, message.sentAt)
    assert.deepEqual(
      mail.attachments.map(({ filename, content }) => [filename, content.toString()]),
      [['Инструкция.txt', 'Шаг 1']],
    )
    assert.deepEqual([mail.headers.has('auto-submitted'), mail.headers.get('x-oco-loop')], [false, SUPPORT.address])
  })

  it('gives a repeat the same Message-ID, and the client’s answer leads back to it', async () => {
    const message = reply({ idempotencyKey: '0198c0de-0000-7000-8000-0000000000a2' })
    const { externalId } = await send(message)
    assert.equal((await send(message)).externalId, externalId)
    const got = await peer.waitFor(CLIENT.address, (letter) => letter.mail.messageId === externalId)
    await peer.send({
      ...{ from: CLIENT.address, to: SUPPORT.address, subject: `Re: ${got.mail.subject ?? ''}`, text: 'Спасибо!' },
      ...{ inReplyTo: externalId, references: externalId },
    })
    await sink.until(() => sink.messages.some((each) => each.kind === 'message' && each.text === 'Спасибо!'), 'the answer')
    const answer = sink.messages.find((each) => each.kind === 'message')
    assert.deepEqual(answer?.kind === 'message' ? [answer.thread, answer.automatic] : null, [
      { references: [externalId], number: 42 },
      false,
    ])
  })

  it('learns by a bounce that a letter never arrived', async function () {
    needRoot(this)
    const { externalId } = await send(
      reply({ idempotencyKey: '0198c0de-0000-7000-8000-0000000000a3', to: { kind: 'email', value: 'gone@example.test' } }),
    )
    await sink.until(() => sink.messages.some(({ kind }) => kind === 'bounce'), 'the bounce')
    const bounce = sink.messages.find(({ kind }) => kind === 'bounce')
    assert.ok(bounce?.kind === 'bounce')
    assert.deepEqual([bounce.about, bounce.permanent], [externalId, true])
    assert.match(bounce.reason, /^gone@example\.test: .*User doesn't exist/)
  })

  it('recognises its own letter when it comes back', async () => {
    const { externalId } = await send(
      reply({ idempotencyKey: '0198c0de-0000-7000-8000-0000000000a4', to: { kind: 'email', value: SUPPORT.address } }),
    )
    await sink.until(() => sink.messages.some((each) => each.externalId === externalId), 'our own letter')
    const back = sink.messages.find((each) => each.externalId === externalId)
    assert.equal(back?.kind === 'message' && back.automatic, true)
  })
})

describe('sending by an SMTP server that fails', () => {
  let folder = ''
  let certificate: TestCertificate
  let server: SmtpPeer | null = null
  const adapter = createEmailAdapter({ log: testLog, clock: systemClock })

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'smtp-'))
    certificate = await makeCertificate(folder)
  })
  after(() => rm(folder, { recursive: true }))
  afterEach(async () => {
    // The account's connections go with it.
    await adapter.start(emailAccount({}), fakeSink()).stop()
    await server?.stop()
    server = null
  })

  const open = async (options: Partial<SmtpPeerOptions> = {}): Promise<SmtpPeer> =>
    (server = await startSmtpPeer({ certificate, tls: 'plain', ...options }))
  const send = (peer: SmtpPeer, message = reply(), options: EmailAccountOptions = {}) =>
    adapter.send(emailAccount({ smtpPort: peer.port, ...options }), message)
  const fails = async (sending: Promise<unknown>, retryable: boolean, reason: RegExp): Promise<void> => {
    await assert.rejects(sending, (error: unknown) => {
      assert.ok(error instanceof ChannelError)
      assert.equal(error.retryable, retryable, error.message)
      assert.match(error.message, reason)
      return true
    })
  }

  it('tells what may pass from what never will, at every step of the protocol', async () => {
    const peer = await open()
    for (const at of ['mail', 'rcpt', 'data'] as const) {
      peer.fail({ at, code: 451 })
      await fails(send(peer), true, /^451 /)
      peer.fail({ at, code: 550 })
      await fails(send(peer), false, /^550 /)
    }
    await send(peer)
    assert.equal(peer.letters.length, 1)
  })

  it('tries a letter again whose answer was lost; the repeat carries the same Message-ID', async () => {
    const peer = await open()
    peer.fail({ at: 'hang-up' })
    await fails(send(peer), true, /./)
    await send(peer)
    const ids = await Promise.all(peer.letters.map(async ({ raw }) => (await simpleParser(raw)).messageId))
    assert.deepEqual(ids, [`<${reply().idempotencyKey}@example.test>`, `<${reply().idempotencyKey}@example.test>`])
  })

  it('keeps letters for later while it is refused to sign in, or nobody answers', async () => {
    const peer = await open({ tls: 'starttls', users: { [SUPPORT.address]: SUPPORT.password } })
    const way = { smtpTls: 'starttls', smtpUser: SUPPORT.address } as const
    await fails(send(peer, reply(), { ...way, password: 'wrong' }), true, /^535 /)
    await fails(send(peer, reply(), { ...way, settings: { allowUntrustedCertificates: false } }), true, /self-signed certificate/)
    await send(peer, reply(), way)
    assert.deepEqual(
      peer.letters.map(({ user, encrypted, to }) => [user, encrypted, to]),
      [[SUPPORT.address, true, [CLIENT.address]]],
    )
    await peer.stop()
    await fails(send(peer, reply(), { ...way, password: 'changed' }), true, /connection refused/)
  })

  it('never sends unencrypted where STARTTLS is wanted', async () => {
    const peer = await open({ tls: 'plain' })
    await fails(send(peer, reply(), { smtpTls: 'starttls' }), true, /./)
    assert.equal(peer.letters.length, 0)
  })

  it('speaks TLS from the first byte', async () => {
    const peer = await open({ tls: 'tls', users: { [SUPPORT.address]: SUPPORT.password } })
    await send(peer, reply(), { smtpTls: 'tls', smtpUser: SUPPORT.address })
    assert.equal(peer.letters[0]?.encrypted, true)
  })

  it('keeps a few connections for many letters', async () => {
    const peer = await open()
    await Promise.all(Array.from({ length: 20 }, (_, index) => send(peer, reply({ idempotencyKey: `many-${index}` }))))
    assert.equal(peer.letters.length, 20)
    assert.ok(peer.connections <= 3, `${peer.connections} connections`)
  })

  it('keeps what people typed out of the headers and the envelope', async () => {
    const peer = await open()
    const evil = 'x\r\nBcc: victim@example.test\r\n\r\nbody'
    await send(
      peer,
      reply({ subject: evil, authorName: evil, to: { kind: 'email', value: CLIENT.address, displayName: evil } }),
      {
        settings: { senderName: evil },
      },
    )
    await fails(
      send(peer, reply({ to: { kind: 'email', value: 'client@example.test\r\nRCPT TO:<victim@example.test>' } })),
      false,
      /./,
    )
    await fails(send(peer, reply({ to: { kind: 'email', value: 'a b <c>' } })), false, /./)
    assert.deepEqual(
      peer.letters.map(({ to }) => to),
      [[CLIENT.address]],
    )
    const mail = await simpleParser(peer.letters[0]?.raw ?? '')
    assert.equal(mail.bcc, undefined)
    assert.equal(mail.subject, 'x Bcc: victim@example.test body [#42]')
  })
})

describe('what the product sends', () => {
  it('can be read by itself: a letter makes the way out and in whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'smtp-'))
    const peer = await startSmtpPeer({ certificate: await makeCertificate(folder), tls: 'plain' })
    const adapter = createEmailAdapter({ log: testLog, clock: systemClock })
    const account = emailAccount({ smtpPort: peer.port })
    const running = adapter.start(account, fakeSink())
    await adapter.send(account, reply({ html: '<p>Попробуйте <i>ещё</i> раз.</p>', references: ['<a@b>'] }))
    const reading = await normaliseLetter(peer.letters[0]?.raw ?? Buffer.alloc(0), { ownAddress: null, envelopeFrom: null })
    await running.stop()
    await peer.stop()
    await rm(folder, { recursive: true })
    assert.ok(reading.kind === 'message' && reading.message.kind === 'message')
    const { text, html, from, thread } = reading.message
    assert.deepEqual([text, html], ['Попробуйте ещё раз.', '<p>Попробуйте <i>ещё</i> раз.</p>'])
    assert.deepEqual(from, { kind: 'email', value: SUPPORT.address, displayName: 'Служба поддержки' })
    assert.deepEqual(thread, { references: ['<a@b>'], number: 42 })
  })
})
