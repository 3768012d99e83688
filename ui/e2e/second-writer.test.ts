import assert from 'node:assert/strict'
import type { ConversationView } from '@oco/contract'
import { startAppliance, type Appliance } from '../../core/test/appliance.ts'
import {
  accessibilityFaults,
  CHROMIUM_PROGRAMS,
  openBrowser,
  type BrowserPerson,
  type TestBrowser,
} from '../../core/test/browser.ts'
import { eventually } from '../../core/test/eventually.ts'
import { HttpClient } from '../../core/test/http-client.ts'
import { agentPage, type AgentPage } from '../../core/test/pages/agent-page.ts'
import { needPrograms } from '../../core/test/peers/debian-packages.ts'
import { lmtpRelay } from '../../core/test/peers/lmtp-relay.ts'

const PASSWORD = 'demo-password-1'
const SUBJECT = 'Счёт на двоих'

describe('a second writer in a thread of letters', function () {
  this.bail(true)
  let product: Appliance
  let browser: TestBrowser
  let person: BrowserPerson
  let agent: AgentPage
  let client: HttpClient
  before(async function () {
    await needPrograms(this, CHROMIUM_PROGRAMS)
    product = await startAppliance({ args: ['--demo'], env: { OCO_DEMO_PASSWORD: PASSWORD } })
    browser = await openBrowser()
    person = await browser.person([product.address])
    agent = agentPage(person.page, product.address)
    client = await new HttpClient(product.address).signIn('agent', PASSWORD)
    await agent.signIn('agent', PASSWORD)
    await agent.becomeReady()
  })
  after(async () => {
    await browser?.close()
    await product?.stop()
  })

  const deliver = async (letter: { from: string; messageId: string; text: string; inReplyTo?: string }): Promise<void> => {
    const relay = lmtpRelay(product.lmtpPort)
    await relay.sendMail({ ...letter, to: 'support@oco.demo', subject: SUBJECT })
    relay.close()
  }
  const read = async (): Promise<ConversationView> => {
    const { rows } = await client.call('listConversations', { query: { view: 'mine' } })
    const id = rows.find(({ subject }) => subject === SUBJECT)?.id ?? ''
    return client.call('readConversation', { params: { id } })
  }
  const composer = () => person.page.getByRole('region', { name: 'Новое сообщение' })

  it('is named where the answer would go to somebody else', async () => {
    await deliver({ from: 'Ольга <olga@client.demo>', messageId: '<first@client.demo>', text: 'Сколько с нас?' })
    await agent.accept(SUBJECT)
    await composer().getByText('Кому: olga@client.demo').waitFor()
    await deliver({
      from: 'Пётр <petr@client.demo>',
      messageId: '<second@client.demo>',
      text: 'И мне пришлите',
      inReplyTo: '<first@client.demo>',
    })
    await composer().getByText('Последнее письмо не от адресата: Пётр · petr@client.demo').waitFor()
    await composer().getByText('Кому: olga@client.demo').waitFor()
    assert.deepEqual(await accessibilityFaults(person.page), [])
  })

  it('is answered by one press, and from then on as a rule', async () => {
    await composer().getByRole('button', { name: 'Ответить отправителю' }).click()
    await composer().getByText('Кому: petr@client.demo').waitFor()
    await agent.answer('Пётр, счёт во вложении.')
    const { replyTo, otherWriters } = await eventually(async () => {
      const view = await read()
      return view.replyTo?.address === 'petr@client.demo' ? view : null
    })
    assert.equal(replyTo?.channel, 'email')
    assert.deepEqual(
      otherWriters.map(({ address }) => address),
      ['olga@client.demo'],
    )
  })

  it('is one of those to choose from', async () => {
    await composer().getByRole('button', { name: 'Кому: petr@client.demo' }).click()
    await person.page.getByRole('menuitem', { name: 'Ольга · olga@client.demo' }).click()
    await agent.answer('Ольга, вам тоже.')
    await eventually(async () => {
      const { messages } = await read()
      return messages.at(-1)?.text === 'Ольга, вам тоже.' ? true : null
    })
    assert.deepEqual(person.complaints(), [])
  })
})
