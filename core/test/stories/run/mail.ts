/**
 * `npm run story:mail`: a letter goes from its sender over a real SMTP server into a real Dovecot, by IMAP into the product, and onto an
 * agent's screen in Chromium; the agent answers there, and the answer is read over IMAP in the sender's mailbox.
 */
import assert from 'node:assert/strict'
import { CHROMIUM_PROGRAMS, openBrowser } from '../../browser.ts'
import { eventually } from '../../eventually.ts'
import { goThroughFirstRun, PASSWORD } from '../../first-run.ts'
import { HttpClient } from '../../http-client.ts'
import { emailSettings } from '../../peers/email-account.ts'
import { CLIENT, MAIL_PEER_PROGRAMS, startMailPeer, SUPPORT, type MailPeer } from '../../peers/mail-peer.ts'
import { agentPage, type AgentPage } from '../../pages/agent-page.ts'
import { startAppliance } from '../../appliance.ts'
import { mustHave, numbersGiven, runStory, tell, type Tidy } from './run-story.ts'

const LIMIT_S = 5
const { letters: LETTERS } = numbersGiven({ letters: 1 })

const mailStory = async (tidy: Tidy): Promise<string> => {
  await mustHave([...MAIL_PEER_PROGRAMS, ...CHROMIUM_PROGRAMS])
  const peer = await startMailPeer()
  tidy.after(() => peer.stop())
  const product = await startAppliance()
  tidy.after(() => product.stop())
  tell(`the product runs on an empty folder at ${product.address}`)
  await setUp(product.address, product.setupCode, peer)
  const agent = await openAgent(product.address, tidy)

  let slowestS = 0
  for (let index = 1; index <= LETTERS; index++) {
    const seconds = await letterAndAnswer(peer, agent, `Не открывается кабинет ${index}`)
    tell(
      `letter ${index}: ${seconds.toFixed(2)} s from the SMTP server's door to the agent's screen; answered, and the answer read`,
    )
    slowestS = Math.max(slowestS, seconds)
  }
  assert.ok(slowestS <= LIMIT_S, `${slowestS.toFixed(2)} s are more than ${LIMIT_S} s`)
  return `mail story ok: ${slowestS.toFixed(2)} s from letter to screen`
}

/** The wizard over the API, with mail as an administrator would enter it: IMAP over TLS, SMTP by STARTTLS with a password. */
const setUp = async (address: string, code: string, peer: MailPeer): Promise<void> => {
  const settings = emailSettings({
    imapPort: peer.imapsPort,
    imapTls: 'tls',
    smtpPort: peer.submissionPort,
    smtpTls: 'starttls',
    smtpUser: SUPPORT.address,
  })
  const visitor = new HttpClient(address)
  const test = await visitor.call('testSetupMail', { body: { code, settings } })
  assert.ok(test.ok, `the wizard's mail test failed: ${JSON.stringify(test.steps)}`)
  await goThroughFirstRun({ address, code }, { mail: { name: 'Почта', settings } })
  const admin = await new HttpClient(address).signIn('admin', PASSWORD)
  await eventually(async () => {
    const { rows } = await admin.call('listChannels')
    return rows.some(({ kind, state }) => kind === 'email' && state === 'ok') ? true : null
  })
  tell('the first run is done; the mailbox is connected')
}

const openAgent = async (address: string, tidy: Tidy): Promise<AgentPage> => {
  const browser = await openBrowser()
  tidy.after(() => browser.close())
  const person = await browser.person([address])
  tidy.after(() => {
    assert.deepEqual(person.complaints(), [])
    return Promise.resolve()
  })
  const agent = agentPage(person.page, address)
  await agent.signIn('agent', PASSWORD)
  await agent.becomeReady()
  tell('the agent is signed in and ready')
  return agent
}

/** Seconds from the hand-over of the letter until its offer stands on the screen. */
const letterAndAnswer = async (peer: MailPeer, agent: AgentPage, subject: string): Promise<number> => {
  const messageId = `<${subject.length}-${performance.now()}@example.test>`
  const answer = `Мы всё починили: ${subject}`
  const startMs = performance.now()
  await peer.send({
    from: { name: 'Мария Клиентова', address: CLIENT.address },
    to: SUPPORT.address,
    subject,
    text: 'Здравствуйте! После обновления не открывается личный кабинет.',
    messageId,
  })
  await agent.offer(subject).waitFor()
  const seconds = (performance.now() - startMs) / 1_000

  await agent.accept(subject)
  await agent.page.getByText('После обновления не открывается личный кабинет').last().waitFor()
  await agent.answer(answer)
  const { mail } = await peer.waitFor(CLIENT.address, (letter) => (letter.mail.text ?? '').includes(answer))
  assert.equal(mail.inReplyTo, messageId)
  assert.deepEqual([mail.references].flat(), [messageId])
  assert.match(mail.subject ?? '', new RegExp(`^Re: ${subject} \\[#\\d+\\]$`))
  assert.equal(mail.from?.value[0]?.address, SUPPORT.address)
  return seconds
}

await runStory(mailStory)
