import assert from 'node:assert/strict'
import { fakeSink, textsOf, type FakeSink } from '../../../test/fake-sink.ts'
import { testLog } from '../../../test/harness.ts'
import { needPrograms, needRoot } from '../../../test/peers/debian-packages.ts'
import { LOOPBACK } from '../../../test/peers/foreground.ts'
import { openLmtpTalk } from '../../../test/peers/lmtp-talk.ts'
import { CLIENT, MAIL_PEER_PROGRAMS, startMailPeer, type MailPeer } from '../../../test/peers/mail-peer.ts'
import { letterOfManyParts, plainLetter } from '../../../test/peers/poison-letters.ts'
import { MAIL_SIZE_BYTES_MAX } from './limits.ts'
import { createLmtpListener, type LmtpListener, type LmtpListenerOptions } from './lmtp-listener.ts'
import { lmtpRelay } from '../../../test/peers/lmtp-relay.ts'

const ACCOUNTS: Readonly<Record<string, string>> = { 'help@care.test': 'account-help', 'sales@care.test': 'account-sales' }

const recipientFor: LmtpListenerOptions['recipientFor'] = (address) => {
  const accountId = ACCOUNTS[address.toLowerCase()]
  return Promise.resolve(accountId === undefined ? null : { accountId, enabled: true })
}

describe('the LMTP listener', () => {
  let sink: FakeSink
  let listener: LmtpListener
  let port = 0
  beforeEach(async () => {
    sink = fakeSink()
    listener = createLmtpListener({ host: LOOPBACK, port: 0, recipientFor, sink, log: testLog })
    port = (await listener.start()).port
  })
  afterEach(() => listener.stop())

  const hand = async (
    raw: Buffer,
    to: string[],
    from: string = CLIENT.address,
  ): Promise<{ accepted: string[]; refused: number[] }> => {
    const transport = lmtpRelay(port)
    const answer = await transport.sendMail({ envelope: { from, to }, raw })
    transport.close()
    const errors = (answer['rejectedErrors'] ?? []) as { responseCode: number }[]
    return { accepted: answer.accepted ?? [], refused: errors.map(({ responseCode }) => responseCode) }
  }

  it('announces the largest letter that it takes', async () => {
    const { say, hangUp } = await openLmtpTalk(port)
    assert.match(await say('LHLO relay'), new RegExp(`^250[ -]SIZE ${MAIL_SIZE_BYTES_MAX}\\r$`, 'm'))
    await say('MAIL FROM:<client@example.test> SIZE=1000')
    assert.match(await say('RCPT TO:<help@care.test>'), /^250 /)
    await say('RSET')
    assert.match(await say(`MAIL FROM:<client@example.test> SIZE=${MAIL_SIZE_BYTES_MAX + 1}`), /^552 /)
    hangUp()
  })

  it('routes by the recipient’s address and refuses an unknown one', async () => {
    const { accepted, refused } = await hand(plainLetter('one', 'one'), ['Help@care.test', 'nobody@care.test'])
    assert.deepEqual([accepted, refused], [['Help@care.test'], [550]])
    assert.deepEqual(textsOf(sink), ['one'])
  })

  it('answers each recipient by itself, 4xx where storing fails', async () => {
    const original = sink.deliver
    sink.deliver = (accountId, message) =>
      accountId === 'account-sales' ? Promise.reject(new Error('no room')) : original(accountId, message)
    const { accepted, refused } = await hand(plainLetter('two', 'two'), ['help@care.test', 'sales@care.test'])
    assert.deepEqual([accepted, refused], [['help@care.test'], [451]])
    assert.deepEqual(textsOf(sink), ['two'])
  })

  it('takes a poisoned letter off the relay’s hands', async () => {
    const { accepted } = await hand(letterOfManyParts('parts@poison', 5_000), ['help@care.test'])
    assert.equal(accepted.length, 1)
    assert.deepEqual(
      sink.aside.map(({ reason }) => reason),
      ['too_many_parts'],
    )
  })

  it('refuses a letter that turns out larger than was said', async () => {
    const raw = Buffer.concat([plainLetter('big', 'big'), Buffer.alloc(MAIL_SIZE_BYTES_MAX, 'x\r\n')])
    const { say, hangUp } = await openLmtpTalk(port)
    await say('LHLO relay')
    await say('MAIL FROM:<client@example.test>')
    await say('RCPT TO:<help@care.test>')
    await say('DATA')
    assert.match(await say(`${raw.toString('latin1')}\r\n.`), /^552 5\.3\.4/)
    hangUp()
    assert.deepEqual([sink.messages, sink.aside], [[], []])
  })

  it('knows a letter of a machine by its empty sender', async () => {
    await hand(plainLetter('auto', 'auto'), ['help@care.test'], '')
    const [message] = sink.messages
    assert.equal(message?.kind === 'message' && message.automatic, true)
  })

  it('finishes the letter at hand when it is stopped', async () => {
    let begun: () => void = () => undefined
    const storing = new Promise<void>((resolve) => (begun = resolve))
    const original = sink.deliver
    sink.deliver = async (accountId, message) => {
      begun()
      await new Promise((resolve) => setTimeout(resolve, 200))
      return original(accountId, message)
    }
    const handing = hand(plainLetter('last', 'last'), ['help@care.test'])
    await storing
    await listener.stop()
    assert.equal((await handing).accepted.length, 1)
    assert.deepEqual(textsOf(sink), ['last'])
  })

  it('says at its start that its port is taken', async () => {
    const second = createLmtpListener({ host: LOOPBACK, port, recipientFor, sink, log: testLog })
    await assert.rejects(second.start(), { code: 'EADDRINUSE' })
    await second.stop()
  })
})

describe('the LMTP listener behind Debian’s Postfix', function () {
  let sink: FakeSink
  let listener: LmtpListener | null = null
  let peer: MailPeer
  before(async function () {
    needRoot(this)
    await needPrograms(this, MAIL_PEER_PROGRAMS)
    sink = fakeSink()
    listener = createLmtpListener({
      ...{ host: LOOPBACK, port: 0, recipientFor, sink, log: testLog },
    })
    peer = await startMailPeer({ lmtpPorts: { 'care.test': (await listener.start()).port } })
  })
  after(async () => {
    if (listener === null) return
    await listener.stop()
    await peer.stop()
  })

  it('takes letters from the relay', async () => {
    await peer.send({ from: CLIENT.address, to: 'help@care.test', subject: 'Вопрос', text: 'по почте' })
    await sink.until(() => textsOf(sink).includes('по почте'), 'the letter')
    const [message] = sink.messages
    assert.equal(message?.kind === 'message' && message.from.value, CLIENT.address)
  })

  it('gets a letter again from the relay’s queue that could not be stored at first', async () => {
    sink.refuse(() => true)
    await peer.send({ from: CLIENT.address, to: 'help@care.test', subject: 'Вопрос', text: 'позже' })
    await sink.until(() => sink.deliveries >= 2, 'the first try')
    assert.ok(!textsOf(sink).includes('позже'))
    sink.refuse(null)
    await sink.until(() => textsOf(sink).includes('позже'), 'the next try')
    assert.equal(textsOf(sink).filter((text) => text === 'позже').length, 1)
  })

  it('lets the relay tell the sender that nobody is there', async () => {
    await peer.send({ from: CLIENT.address, to: 'nobody@care.test', subject: 'Кто там', text: 'никого' })
    const { mail } = await peer.waitFor(CLIENT.address, (letter) => letter.mail.headers.has('auto-submitted'))
    assert.match(mail.text ?? '', /550 5\.1\.1 no such mailbox here/)
  })
})
