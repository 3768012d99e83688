import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { startAgentAndVisitor, type AgentAndVisitor } from '../../core/test/agent-and-visitor.ts'
import type { Appliance } from '../../core/test/appliance.ts'
import { accessibilityFaults, CHROMIUM_PROGRAMS, settled, type BrowserPerson } from '../../core/test/browser.ts'
import { PATIENCE_MS } from '../../core/test/patience.ts'
import type { AgentPage } from '../../core/test/pages/agent-page.ts'
import type { VisitorPage } from '../../core/test/pages/visitor-page.ts'
import { needPrograms } from '../../core/test/peers/debian-packages.ts'
import { CLIENT, MAIL_PEER_PROGRAMS, startMailPeer, SUPPORT, type MailPeer } from '../../core/test/peers/mail-peer.ts'
import type { Shop } from '../../core/test/peers/shop.ts'

const PASSWORD = 'корректная-лошадь-7'

describe('the first day in the browser', function () {
  // One story: what comes after a broken step says nothing.
  this.bail(true)
  let peer: MailPeer
  let world: AgentAndVisitor
  let administrator: BrowserPerson
  let page: Page
  let product: Appliance
  let shop: Shop
  let agent: AgentPage
  let visitor: VisitorPage

  before(async function () {
    await needPrograms(this, [...CHROMIUM_PROGRAMS, ...MAIL_PEER_PROGRAMS])
    peer = await startMailPeer()
    world = await startAgentAndVisitor({ agent: { theme: 'dark' } })
    ;({ product, shop, agent, visitor } = world)
    administrator = await world.browser.person([product.address])
    page = administrator.page
    page.setDefaultTimeout(PATIENCE_MS)
  })
  afterEach(() => {
    assert.deepEqual([...administrator.complaints(), ...world.complaints()], [])
  })
  after(async () => {
    await world?.stop()
    await peer?.stop()
  })

  const next = async (name = 'Далее'): Promise<void> => {
    assert.deepEqual(await accessibilityFaults(page), [])
    await page.getByRole('button', { name, exact: true }).click()
  }
  const heading = (name: string) => page.getByRole('heading', { name, level: 1 }).waitFor()

  it('leads whoever opens an empty installation to the wizard, and lets in by the code of the start line', async () => {
    await page.goto(product.address)
    await heading('Добро пожаловать')
    const code = page.getByLabel('Одноразовый код')
    await code.fill('AAAA-BBBB-CCCC')
    await next()
    await code.and(page.locator('[aria-invalid=true]')).waitFor()
    await code.fill(product.setupCode)
    await next()
    await heading('Проверка окружения')
    assert.equal(await page.getByText('не годится').count(), 0)
    await next()
  })

  it('says at each field what is missing, and goes on when it is there', async () => {
    await heading('Организация')
    await next()
    await page.getByText('Заполните это поле').waitFor()
    await page.getByLabel('Название организации').fill('Рога и копыта')
    await next()
    await heading('Люди')
    for (const [index, [name, login]] of [
      ['Анна Админова', 'admin'],
      ['Олег Агентов', 'agent'],
    ].entries()) {
      await page
        .getByLabel('Имя и фамилия')
        .nth(index)
        .fill(name ?? '')
      await page
        .getByLabel('Логин')
        .nth(index)
        .fill(login ?? '')
      await page.getByLabel('Первый пароль').nth(index).fill(PASSWORD)
    }
    await next()
  })

  it('tries the mailbox before it is saved, step by step', async () => {
    await heading('Почта')
    await page.getByRole('checkbox', { name: /Подключить почтовый ящик/ }).check()
    await page.getByRole('textbox', { name: 'Адрес', exact: true }).fill(SUPPORT.address)
    await page.getByLabel('Имя отправителя').fill('Служба поддержки')
    await page.getByLabel('Сервер').nth(0).fill(peer.host)
    await page.getByLabel('Порт').nth(0).fill(String(peer.imapsPort))
    await page.getByLabel('Логин').fill(SUPPORT.address)
    await page
      .getByLabel(/^Пароль/)
      .first()
      .fill('wrong-password')
    await page.getByLabel('Сервер').nth(1).fill(peer.host)
    await choose(page, 'Защита', 1, 'STARTTLS')
    await page.getByLabel('Порт').nth(1).fill(String(peer.submissionPort))
    await page.getByRole('checkbox', { name: /Принимать неизвестные сертификаты/ }).check()
    const test = page.getByRole('region', { name: 'Проверка подключения' })
    await test.getByRole('button', { name: 'Проверить' }).click()
    await test.getByText('Проверка не прошла').waitFor()
    assert.deepEqual(await accessibilityFaults(page), [])
    await page
      .getByLabel(/^Пароль/)
      .first()
      .fill(SUPPORT.password)
    await test.getByRole('button', { name: 'Проверить ещё раз' }).click()
    await test.getByText('Всё работает').waitFor()
    await next()
  })

  it('takes the chat and the queue, shows all of it once more, and writes it at once', async () => {
    await heading('Веб-чат')
    await page.getByRole('checkbox', { name: /Подключить чат на сайте/ }).check()
    await page.getByLabel('Разрешённые сайты').fill(shop.origin)
    await next()
    await heading('Первая очередь')
    await next()
    await heading('Всё верно?')
    await page.getByText(SUPPORT.address).waitFor()
    await next('Завершить настройку')
    await heading('Первое обращение')
    await page.getByText('Создаём обращение').or(page.getByText('Ждём оператора')).first().waitFor()
  })

  it('shows the first request go the whole way while the agent takes and answers it', async () => {
    await agent.signIn('agent', PASSWORD)
    await agent.becomeReady()
    await agent.accept('Первое обращение')
    assert.deepEqual(await accessibilityFaults(agent.page), [])
    await agent.answer('Всё работает, спасибо.')
    await heading('Всё работает')
    assert.deepEqual(await accessibilityFaults(page), [])
    await page.getByRole('button', { name: 'К управлению' }).click()
    await page.waitForURL(/\/administration/)
    await settled(page)
  })

  it('lets a visitor of another site chat with the agent', async () => {
    await page.goto(`${product.address}/administration/channels`)
    await page.getByText('Чат на сайте').first().click()
    await page.getByRole('tab', { name: 'Код для сайта' }).click()
    const snippet = await page
      .getByText(/data-channel=/)
      .first()
      .textContent()
    const channelId = /data-channel="([0-9a-f-]{36})"/.exec(snippet ?? '')?.[1] ?? ''
    shop.embed({ product: product.address, channelId })
    await visitor.start('Мария', 'maria@example.test')
    assert.deepEqual(await accessibilityFaults(visitor.page), [])
    await visitor.say('Когда привезут заказ?')
    await agent.accept('Мария')
    await agent.page.getByRole('log').getByText('Когда привезут заказ?').waitFor()
    await agent.answer('Завтра к обеду.')
    await visitor.sees('Завтра к обеду.')
    assert.deepEqual(await accessibilityFaults(visitor.page), [])
    assert.deepEqual(await accessibilityFaults(agent.page), [])
  })

  it('keeps the chat over a reload of the page, with its history', async () => {
    await visitor.page.reload()
    await visitor.page.getByRole('button', { name: /Открыть чат/ }).click()
    await visitor.sees('Когда привезут заказ?')
    await visitor.sees('Завтра к обеду.')
    await visitor.say('Спасибо!')
    await agent.page.getByRole('log').getByText('Спасибо!').waitFor()
  })

  it('brings a letter with a hostile form to the agent without loading or running anything of it', async () => {
    await peer.send({
      from: { name: 'Пётр Письмов', address: CLIENT.address },
      to: SUPPORT.address,
      subject: 'Письмо с картинкой',
      text: 'Смотрите картинку',
      html:
        '<p onclick="steal()">Смотрите <b>картинку</b></p><img src="https://tracker.example/pixel.png">' +
        '<script>window.top.stolen = true</script><link rel="stylesheet" href="https://tracker.example/a.css">',
    })
    await agent.accept('Письмо с картинкой')
    await agent.page.getByRole('log').locator('iframe').contentFrame().getByText('картинку').waitFor()
    assert.equal(await agent.page.evaluate('window.stolen'), undefined)
    assert.deepEqual(await accessibilityFaults(agent.page), [])
  })

  it('is shut from now on: the wizard says so, and the door asks who is there', async () => {
    await visitor.page.goto('about:blank')
    const stranger = await world.browser.person([product.address])
    await stranger.page.goto(`${product.address}/setup`)
    await stranger.page.getByText('Настройка уже завершена').waitFor()
    assert.deepEqual(await accessibilityFaults(stranger.page), [])
    assert.deepEqual(stranger.complaints(), [])
    await stranger.close()
  })
})

/** Opens the `index`th list of this label and takes one of its choices. */
const choose = async (page: Page, label: string, index: number, choice: string): Promise<void> => {
  await page.getByLabel(label).nth(index).click()
  await page.getByRole('option', { name: choice }).click()
}
