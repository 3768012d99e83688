import assert from 'node:assert/strict'
import { openChat, startAgentAndVisitor, type AgentAndVisitor } from '../../core/test/agent-and-visitor.ts'
import type { Appliance } from '../../core/test/appliance.ts'
import { accessibilityFaults, CHROMIUM_PROGRAMS } from '../../core/test/browser.ts'
import { PASSWORD } from '../../core/test/first-run.ts'
import { HttpClient } from '../../core/test/http-client.ts'
import type { AgentPage } from '../../core/test/pages/agent-page.ts'
import type { VisitorPage } from '../../core/test/pages/visitor-page.ts'
import { needPrograms } from '../../core/test/peers/debian-packages.ts'

describe('the line between the pages and the product is lost', function () {
  this.bail(true)
  let world: AgentAndVisitor
  let product: Appliance
  let agent: AgentPage
  let visitor: VisitorPage

  before(async function () {
    await needPrograms(this, CHROMIUM_PROGRAMS)
    world = await startAgentAndVisitor()
    ;({ product, agent, visitor } = world)
    await openChat(world)
    await agent.signIn('agent', PASSWORD)
    await agent.becomeReady()
    await visitor.start('Мария')
    await visitor.say('Вы здесь?')
    await agent.accept('Мария')
    await agent.page.getByRole('log').getByText('Вы здесь?').waitFor()
    assert.deepEqual(world.complaints(), [])
  })
  after(() => world?.stop())

  const write = async (text: string): Promise<void> => {
    await agent.page.getByRole('textbox', { name: 'Ответ' }).click()
    await agent.page.keyboard.type(text)
  }

  it('is said on both pages, and what is written meanwhile waits', async () => {
    await write('Начало ответа')
    await product.kill()
    await agent.page.getByText('Нет связи с сервером').waitFor()
    assert.deepEqual(await accessibilityFaults(agent.page), [])
    await agent.page.keyboard.type(', конец ответа')
    await agent.page.keyboard.press('Control+Enter')
    await agent.page.getByText('Ждёт связи, уйдёт само').waitFor()
    assert.deepEqual(await accessibilityFaults(agent.page), [])
    await visitor.page.getByText('Нет связи').waitFor()
    await visitor.say('Ау?')
    assert.deepEqual(await accessibilityFaults(visitor.page), [])
  })

  it('is back by itself: everything arrives once and in order', async () => {
    await product.start()
    await visitor.sees('Начало ответа, конец ответа')
    await agent.page.getByRole('log').getByText('Ау?').waitFor()
    await agent.page.getByText('Нет связи с сервером').waitFor({ state: 'detached' })
    const client = await new HttpClient(product.address).signIn('agent', PASSWORD)
    const { rows } = await client.call('listConversations', { query: { view: 'mine' } })
    const { messages } = await client.call('readConversation', { params: { id: rows[0]?.id ?? '' } })
    assert.deepEqual(messages.map(({ text }) => text).sort(), ['Ау?', 'Вы здесь?', 'Начало ответа, конец ответа'])
  })

  it('leaves the pages as good as before', async () => {
    await visitor.say('Теперь слышно?')
    await agent.page.getByRole('log').getByText('Теперь слышно?').waitFor()
    await agent.answer('Да, слышно.')
    await visitor.sees('Да, слышно.')
  })

  it('does not lose a draft when the browser itself goes down', async () => {
    await write('Недописанное')
    await agent.page.getByText('Черновик сохранён').waitFor()
    await agent.page.evaluate('localStorage.clear()')
    await agent.page.reload()
    await agent.page.getByRole('textbox', { name: 'Ответ' }).waitFor()
    const box = agent.page.getByRole('region', { name: 'Новое сообщение' })
    await box.getByRole('textbox', { name: 'Ответ' }).click()
    assert.equal(await box.getByRole('textbox', { name: 'Ответ' }).inputValue(), 'Недописанное')
  })
})
