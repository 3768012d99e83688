import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ImapFlow } from 'imapflow'
import { createTransport } from 'nodemailer'
import { fakeSink, textsOf, type FakeSink } from '../../../test/fake-sink.ts'
import { testLog } from '../../../test/harness.ts'
import { makeCertificate } from '../../../test/peers/certificate.ts'
import { needPrograms } from '../../../test/peers/debian-packages.ts'
import { createDovecot, DOVECOT_PROGRAMS, type Dovecot } from '../../../test/peers/dovecot.ts'
import { ACCOUNT_ID, emailAccount, type EmailAccountOptions } from '../../../test/peers/email-account.ts'
import { LOOPBACK } from '../../../test/peers/foreground.ts'
import { SUPPORT } from '../../../test/peers/mail-peer.ts'
import {
  letterOfDeepNesting,
  letterOfManyParts,
  letterOfNestedHtml,
  letterOfSize,
  plainLetter,
} from '../../../test/peers/poison-letters.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { ChannelAdapter, RunningChannel } from '../channel.ts'
import { createEmailAdapter } from './adapter.ts'
import { lmtpRelay } from '../../../test/peers/lmtp-relay.ts'

const MEGABYTE = 1024 * 1024

describe('receiving by IMAP from a real Dovecot', () => {
  let folder = ''
  let dovecot: Dovecot
  let adapter: ChannelAdapter
  let sink: FakeSink
  let running: RunningChannel | null = null

  before(function () {
    return needPrograms(this, DOVECOT_PROGRAMS)
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'email-'))
    await chmod(folder, 0o755)
    dovecot = await createDovecot({
      folder: join(folder, 'dovecot'),
      certificate: await makeCertificate(folder),
      users: { [SUPPORT.address]: SUPPORT.password },
    })
    await dovecot.start()
    adapter = createEmailAdapter({ log: testLog, clock: systemClock, pace: { storeRetryFirstMs: 200, storeRetryMaxMs: 1_000 } })
    sink = fakeSink()
  })
  afterEach(async () => {
    await stop()
    await dovecot.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const start = async (options: EmailAccountOptions = {}): Promise<void> => {
    running = adapter.start(emailAccount({ imapPort: dovecot.imapPort, ...options }), sink)
    await sink.until(() => ['ok', 'failing'].includes(sink.states.at(-1)?.kind ?? ''), 'the first state')
  }
  const stop = async (): Promise<void> => {
    await running?.stop()
    running = null
  }
  const withImap = async <T>(act: (client: ImapFlow) => Promise<T>): Promise<T> => {
    const client = new ImapFlow({
      ...{ host: dovecot.host, port: dovecot.imapPort, secure: false, doSTARTTLS: false, logger: false },
      auth: { user: SUPPORT.address, pass: SUPPORT.password },
    })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await act(client)
    } finally {
      client.close()
    }
  }
  const append = (raw: Buffer, options: { mailbox?: string; flags?: string[] } = {}): Promise<unknown> =>
    withImap((client) => client.append(options.mailbox ?? 'INBOX', raw, options.flags ?? []))
  const seen = (mailbox = 'INBOX'): Promise<boolean[]> =>
    withImap(async (client) => {
      await client.mailboxOpen(mailbox, { readOnly: true })
      return (await client.fetchAll('1:*', { flags: true })).map(({ flags }) => flags?.has('\\Seen') === true)
    })
  const untilText = (text: string): Promise<void> => sink.until(() => textsOf(sink).includes(text), `the letter "${text}"`)
  const state = (): string => {
    const last = sink.states.at(-1)
    return last?.kind === 'failing' ? last.reason : (last?.kind ?? '')
  }

  it('takes a new letter by IDLE, long before it would look by itself', async () => {
    await start()
    await append(plainLetter('one', 'first'))
    await sink.until(() => textsOf(sink).includes('first'), 'the first letter', 30_000)
    await append(plainLetter('two', 'second'))
    await sink.until(() => textsOf(sink).includes('second'), 'the second letter', 30_000)
    assert.deepEqual(
      sink.states.map(({ kind }) => kind),
      ['connecting', 'ok'],
    )
  })

  it('takes what nobody has read when it starts for the first time, and leaves the rest', async () => {
    await append(plainLetter('old', 'read long ago'), { flags: ['\\Seen'] })
    await append(plainLetter('unread', 'unread'))
    await append(plainLetter('old-too', 'read as well'), { flags: ['\\Seen'] })
    await start()
    await untilText('unread')
    await stop()
    await start()
    await append(plainLetter('new', 'new'))
    await untilText('new')
    assert.deepEqual(textsOf(sink), ['unread', 'new'])
  })

  it('goes on by UID: takes a letter that a person has read meanwhile, and none twice', async () => {
    await start()
    await append(plainLetter('before', 'before'))
    await untilText('before')
    await stop()
    await append(plainLetter('peeked', 'read by a person'), { flags: ['\\Seen'] })
    await start()
    await untilText('read by a person')
    assert.equal(sink.deliveries, 2)
    assert.match(JSON.stringify(sink.cursor(ACCOUNT_ID)), /^\{"uidValidity":"\d+","uid":2,"newestAt":"[^"]+"\}$/)
  })

  it('takes many waiting letters in their order', async () => {
    const lmtp = createTransport({
      host: LOOPBACK,
      port: dovecot.lmtpPort,
      lmtp: true,
      ignoreTLS: true,
      pool: true,
      maxConnections: 1,
    })
    const texts = Array.from({ length: 130 }, (_, index) => `letter ${index}`)
    for (const text of texts) {
      await lmtp.sendMail({
        envelope: { from: 'client@example.test', to: SUPPORT.address },
        raw: plainLetter(text.replace(' ', '-'), text),
      })
    }
    lmtp.close()
    await start()
    await sink.until(() => sink.messages.length >= texts.length, 'all letters')
    assert.deepEqual(textsOf(sink), texts)
    assert.equal(sink.deliveries, texts.length)
  })

  it('looks again through a mailbox that was made anew while it was stopped, and knows what it has', async () => {
    await withImap((client) => client.mailboxCreate('Requests'))
    await start({ mailbox: 'Requests' })
    await append(plainLetter('kept', 'kept'), { mailbox: 'Requests' })
    await untilText('kept')
    await stop()
    await remake()
    await append(plainLetter('kept', 'kept'), { mailbox: 'Requests', flags: ['\\Seen'] })
    await append(plainLetter('fresh', 'fresh'), { mailbox: 'Requests', flags: ['\\Seen'] })
    const { deliveries } = sink
    await start({ mailbox: 'Requests' })
    await untilText('fresh')
    assert.deepEqual([textsOf(sink), sink.deliveries - deliveries], [['kept', 'fresh'], 2])
  })

  it('notices a mailbox that is made anew while it is connected', async () => {
    await withImap((client) => client.mailboxCreate('Requests'))
    adapter = createEmailAdapter({ log: testLog, clock: systemClock, pace: { lookMs: 500 } })
    await start({ mailbox: 'Requests' })
    await append(plainLetter('first', 'first'), { mailbox: 'Requests' })
    await untilText('first')
    await remake()
    await append(plainLetter('second', 'second'), { mailbox: 'Requests' })
    await untilText('second')
    assert.deepEqual(textsOf(sink), ['first', 'second'])
  })

  /** A UIDVALIDITY is a second of the clock here, so a mailbox made within the same one would look the same. */
  const remake = async (): Promise<void> => {
    const validity = async (client: ImapFlow): Promise<bigint | undefined> => {
      const status = await client.status('Requests', { uidValidity: true })
      return status === false ? undefined : status.uidValidity
    }
    await withImap(async (client) => {
      const before = await validity(client)
      do {
        await client.mailboxDelete('Requests')
        await client.mailboxCreate('Requests')
      } while ((await validity(client)) === before)
    })
  }

  it('marks a letter as seen only after it is stored', async () => {
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    let asked = false
    const slow = { ...sink, deliver: gated }
    async function gated(...[accountId, message]: Parameters<FakeSink['deliver']>): ReturnType<FakeSink['deliver']> {
      asked = true
      sink.report(accountId, { kind: 'connecting' })
      await gate
      return sink.deliver(accountId, message)
    }
    await append(plainLetter('held', 'held'))
    running = adapter.start(emailAccount({ imapPort: dovecot.imapPort }), slow)
    await sink.until(() => asked, 'the letter to be handed over')
    assert.deepEqual(await seen(), [false])
    release()
    await untilText('held')
    await sink.until(() => sink.cursor(ACCOUNT_ID) !== undefined, 'the cursor')
    assert.deepEqual(await seen(), [true])
  })

  it('finishes what it has begun to store when it is stopped', async () => {
    let begun = false
    const slow = { ...sink, deliver: delayed }
    async function delayed(...[accountId, message]: Parameters<FakeSink['deliver']>): ReturnType<FakeSink['deliver']> {
      begun = true
      sink.report(accountId, { kind: 'connecting' })
      await new Promise((resolve) => setTimeout(resolve, 200))
      return sink.deliver(accountId, message)
    }
    await append(plainLetter('last', 'last'))
    running = adapter.start(emailAccount({ imapPort: dovecot.imapPort }), slow)
    await sink.until(() => begun, 'the store to begin')
    await stop()
    assert.deepEqual(textsOf(sink), ['last'])
  })

  it('sets aside a letter that never can be stored, while the others pass', async () => {
    await start()
    sink.refuse((message) => message.kind === 'message' && message.text === 'cursed')
    await append(plainLetter('cursed', 'cursed'))
    await append(plainLetter('plain', 'plain'))
    await untilText('plain')
    await sink.until(() => sink.aside.length === 1, 'the cursed letter to be set aside')
    await sink.until(() => state() === 'ok', 'the channel to be well')
    const [item] = sink.aside
    assert.deepEqual([item?.reason, item?.externalId], ['not_stored', '<cursed@example.test>'])
    assert.deepEqual(await seen(), [true, true])
  })

  it('keeps every letter while nothing can be stored, and says so', async () => {
    await start()
    sink.refuse(() => true)
    sink.refuseAside(true)
    for (const name of ['a', 'b', 'c', 'd', 'e']) await append(plainLetter(name, name))
    await sink.until(() => sink.deliveries > 20, 'several rounds of tries')
    assert.match(state(), /letters are not stored: the store refuses/)
    assert.deepEqual([await seen(), sink.aside.length], [[false, false, false, false, false], 0])
    sink.refuse(null)
    sink.refuseAside(false)
    await sink.until(() => sink.messages.length === 5, 'all five')
    assert.deepEqual(textsOf(sink), ['a', 'b', 'c', 'd', 'e'])
  })

  it('sets poisoned letters aside, one of 200 MB too, and the others pass', async () => {
    await append(plainLetter('before', 'before'))
    await append(letterOfManyParts('parts@poison', 10_000))
    await append(letterOfDeepNesting('nesting@poison', 5_000))
    const { stream, sizeBytes } = letterOfSize('huge@poison', 200 * MEGABYTE)
    const lmtp = lmtpRelay(dovecot.lmtpPort)
    await lmtp.sendMail({ envelope: { from: 'client@example.test', to: SUPPORT.address }, raw: stream })
    await append(letterOfNestedHtml('html@poison', 50_000))
    await append(plainLetter('after', 'after'))
    await start()
    await untilText('after')
    const reasons = sink.aside.map(({ externalId, reason, raw }) => [externalId, reason, raw !== null])
    assert.deepEqual(reasons, [
      ['<parts@poison>', 'too_many_parts', true],
      ['<nesting@poison>', 'nested_too_deep', true],
      ['<huge@poison>', 'too_large', false],
    ])
    assert.ok((sink.aside[2]?.sizeBytes ?? 0) >= sizeBytes)
    assert.deepEqual(
      textsOf(sink).map((text) => text.trim()),
      ['before', 'deep', 'after'],
    )
    await sink.until(() => sink.cursor(ACCOUNT_ID) !== undefined, 'the cursor')
    assert.ok((await seen()).every((flag) => flag))
  })

  it('goes on where it was when another process takes the account over', async () => {
    await start()
    await append(plainLetter('one', 'one'))
    await untilText('one')
    sink.loseLeases()
    await append(plainLetter('two', 'two'))
    await untilText('two')
    assert.deepEqual([textsOf(sink), sink.deliveries], [['one', 'two'], 2])
  })

  it('connects encrypted, and only to a certificate that it trusts', async () => {
    await start({ imapPort: dovecot.imapsPort, imapTls: 'tls' })
    assert.equal(state(), 'ok')
    await stop()
    await start({ imapTls: 'starttls' })
    assert.equal(state(), 'ok')
    await stop()
    for (const way of [{ imapTls: 'starttls' }, { imapPort: dovecot.imapsPort, imapTls: 'tls' }] as const) {
      await start({ ...way, settings: { allowUntrustedCertificates: false } })
      assert.match(state(), /the certificate is self-signed and not trusted/)
      await stop()
    }
  })

  it('says what is wrong with a password, a mailbox, a port', async () => {
    await start({ password: 'wrong' })
    assert.match(state(), /^support@example\.test was refused: /)
    await stop()
    await start({ mailbox: 'Nowhere' })
    assert.equal(state(), 'there is no mailbox "Nowhere"')
    await stop()
    await start({ imapPort: 1 })
    assert.equal(state(), '127.0.0.1:1: connection refused')
  })
})

describe('an e-mail account without IMAP', () => {
  it('is well at once: its letters come by the LMTP listener', async () => {
    const sink = fakeSink()
    const running = createEmailAdapter({ log: testLog, clock: systemClock }).start(emailAccount({}), sink)
    assert.deepEqual(sink.states, [{ kind: 'ok' }])
    await running.stop()
    await running.stop()
  })
})
