import assert from 'node:assert/strict'
import { startAppliance, type Appliance } from '../../core/test/appliance.ts'
import { CHROMIUM_PROGRAMS, openBrowser, type BrowserPerson, type TestBrowser } from '../../core/test/browser.ts'
import { agentPage, type AgentPage } from '../../core/test/pages/agent-page.ts'
import { needPrograms } from '../../core/test/peers/debian-packages.ts'

const PASSWORD = 'demo-password-1'

describe('what is typed before the editor is there', function () {
  let product: Appliance
  let browser: TestBrowser
  let person: BrowserPerson
  let agent: AgentPage
  before(async function () {
    await needPrograms(this, CHROMIUM_PROGRAMS)
    product = await startAppliance({ args: ['--demo'], env: { OCO_DEMO_PASSWORD: PASSWORD } })
    browser = await openBrowser()
    person = await browser.person([product.address])
    agent = agentPage(person.page, product.address)
    await agent.signIn('agent', PASSWORD)
  })
  after(async () => {
    await browser?.close()
    await product?.stop()
  })

  it('goes over into it to the last space', async () => {
    const { page } = agent
    let letIn = (): void => undefined
    const held = new Promise<void>((resolve) => (letIn = resolve))
    await page.route(/RichEditor/, async (route) => {
      await held
      await route.continue()
    })
    await page.locator('[data-conversation]').first().click()
    const box = page.getByRole('region', { name: 'Новое сообщение' })
    const field = box.getByRole('textbox', { name: 'Ответ' })
    await field.click()
    await page.keyboard.type('Мы  починили: ')
    assert.equal(await field.inputValue(), 'Мы  починили: ')
    letIn()
    await box.getByRole('toolbar').waitFor()
    await page.keyboard.type('кабинет\u00a0открыт')
    assert.equal(await field.textContent(), 'Мы  починили: кабинет\u00a0открыт')
    await page.keyboard.type(' ')
    await box.getByText('Черновик сохранён').waitFor()
    await page.reload()
    await field.click()
    await box.getByRole('toolbar').waitFor()
    await page.keyboard.press('Control+End')
    await page.keyboard.type('и ждёт')
    assert.equal(await field.textContent(), 'Мы  починили: кабинет\u00a0открыт и ждёт')
    assert.deepEqual(person.complaints(), [])
  })
})
