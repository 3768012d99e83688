import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Locator, Page } from 'playwright-core'
import { consentOf } from '../../src/channels/webchat/visit-store.ts'
import { messageViews } from '../../src/conversations/index.ts'
import { present } from '../../src/kernel/assert.ts'
import { completeFirstRun, openLive, startTestApp, type FirstRun, type TestApp } from '../app.ts'
import { accessibilityFaults, openBrowser, type BrowserPerson, type Looks, type TestBrowser } from '../browser.ts'
import { eventually } from '../eventually.ts'
import { conversationAbout, textsIn } from '../said.ts'

const TOP = fileURLToPath(new URL('../../../', import.meta.url))
const CONSENT = 'Я согласен на обработку персональных данных: https://shop.example.ru/privacy'

/** The widget as it is now, built on its own, so that this test needs no build of the whole product. */
const buildWidget = async (folder: string): Promise<void> => {
  const arguments_ = [
    'node_modules/vite/bin/vite.js',
    'build',
    '-c',
    'ui/widget/vite.config.ts',
    '--outDir',
    join(folder, 'widget'),
  ]
  await promisify(execFile)(process.execPath, arguments_, { cwd: TOP })
}

const listen = async (server: Server | ReturnType<typeof createTcpServer>): Promise<string> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The network between the visitor and the product: it can be cut, and mended. */
const startNetwork = async (target: string) => {
  const sockets = new Set<Socket>()
  let cut = false
  const server = createTcpServer((near) => {
    const far = connect(Number(new URL(target).port), '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    if (cut) near.destroy()
    else near.pipe(far).pipe(near)
  })
  return {
    address: `http://${await listen(server)}`,
    cut() {
      cut = true
      for (const socket of sockets) socket.destroy()
    },
    mend() {
      cut = false
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** A page of another site, with a policy as strict as one can be that wants a chat, Trusted Types included. */
const pageOf = (core: string, channelId: string): string =>
  `<!doctype html><html lang="ru"><head><meta name="viewport" content="width=device-width, initial-scale=1"><title>Магазин</title>
  <link rel="icon" href="data:,"></head><body><main><h1>Магазин</h1></main>
  <script src="${core}/widget/oco-chat.js" data-channel="${channelId}" async></script></body></html>`
const policyOf = (core: string): string =>
  `default-src 'none'; img-src data:; script-src ${core}; connect-src ${core} ${core.replace('http', 'ws')}; require-trusted-types-for 'script'; trusted-types 'none'`

describe('the chat on a page of another site', () => {
  let folder: string
  let test: TestApp
  let people: FirstRun
  let network: Awaited<ReturnType<typeof startNetwork>>
  let site: Server
  let shop: string
  let channelId: string
  let browser: TestBrowser | undefined
  const visitors: BrowserPerson[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oco-widget-'))
    await buildWidget(folder)
    test = await startTestApp({ uiDir: folder })
    people = await completeFirstRun(test)
    network = await startNetwork(test.started.address)
    site = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.setHeader('content-security-policy', policyOf(network.address))
      response.end(pageOf(network.address, channelId))
    })
    shop = `http://${await listen(site)}`
    channelId = await createChat()
    browser = await openBrowser()
  })
  afterEach(async () => {
    network.mend()
    for (const visitor of visitors.splice(0)) {
      assert.deepEqual(
        visitor.complaints().filter((complaint) => !/ERR_|WebSocket connection/.test(complaint)),
        [],
      )
      await visitor.close()
    }
  })
  after(async () => {
    await browser?.close()
    site.close()
    await network.close()
    await test.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const createChat = async (): Promise<string> => {
    const settings = {
      kind: 'webchat' as const,
      allowedOrigins: [shop],
      title: 'Поддержка',
      greeting: 'Здравствуйте!',
      askEmail: 'optional' as const,
      consentText: CONSENT,
    }
    const { id } = await people.admin.call('createChannel', { body: { name: 'Чат', queueId: people.queueId, settings } })
    await eventually(async () =>
      (await fetch(`${test.started.address}/api/v1/webchat/${id}`, { headers: { origin: shop } })).ok ? true : null,
    )
    return id
  }

  const visitor = async (looks: Looks = {}): Promise<Page> => {
    const person = await present(browser, 'the browser').person([shop, network.address], looks)
    visitors.push(person)
    await person.page.goto(shop)
    return person.page
  }
  const launcher = (page: Page): Locator => page.getByRole('button', { name: /^Открыть чат/ })
  const dialog = (page: Page): Locator => page.getByRole('dialog', { name: 'Поддержка' })
  const writing = (page: Page): Locator => page.getByRole('textbox', { name: 'Сообщение' })
  const bubble = (page: Page, text: string): Locator => page.locator('.message', { hasText: text })
  const confirmed = (page: Page, text: string): Locator =>
    bubble(page, text).getByRole('img', { name: 'Доставлено', includeHidden: true })

  const begin = async (page: Page, name = 'Анна'): Promise<void> => {
    await launcher(page).click()
    await page.getByRole('textbox', { name: 'Имя' }).fill(name)
    await page.getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Начать чат' }).click()
    await writing(page).waitFor()
  }
  const say = async (page: Page, text: string): Promise<void> => {
    await writing(page).fill(text)
    await writing(page).press('Enter')
    await bubble(page, text).waitFor()
  }
  /** The agent's side, over its own API. */
  const answer = async (question: string, text: string): Promise<string> => {
    const { agent } = people
    const row = await eventually(async () => {
      const { rows } = await agent.call('listConversations', { query: { view: 'queue', limit: 50 } })
      return rows.find(({ subject }) => subject === question) ?? null
    })
    const item = present(row.workItem, 'the work item of a question')
    await agent.call('takeWorkItem', { params: { id: item.id } })
    await agent.call('replyToConversation', { params: { id: row.id }, body: { text, idempotencyKey: `answer ${text}` } })
    // Others wait as well.
    await agent.call('releaseWorkItem', { params: { id: item.id } })
    return row.id
  }

  it('asks for a consent that nobody has given yet, and starts nothing without it', async () => {
    const page = await visitor()
    await launcher(page).click()
    const box = page.getByRole('checkbox', { name: /Я согласен/ })
    assert.equal(await box.isChecked(), false)
    await page.getByRole('textbox', { name: 'Имя' }).fill('Анна')
    await page.getByRole('button', { name: 'Начать чат' }).click()
    await page.getByText('Без согласия начать чат нельзя').waitFor()
    assert.equal(await writing(page).count(), 0)
    await box.check()
    await page.getByRole('button', { name: 'Начать чат' }).click()
    await writing(page).waitFor()
    const { id } = await test.db.database.read.selectFrom('webchat_visit').select('id').executeTakeFirstOrThrow()
    const consent = await consentOf(test.db.database.read, id)
    assert.deepEqual([consent?.text, consent?.pageUrl], [CONSENT, `${shop}/`])
    assert.deepEqual(await page.context().cookies(), [])
  })

  it('brings a question to the agent and the answer back, with nothing that the page forbids', async () => {
    const page = await visitor()
    await begin(page)
    await say(page, 'Где мой заказ?')
    await confirmed(page, 'Где мой заказ?').waitFor({ state: 'attached' })
    await answer('Где мой заказ?', 'Уже в пути.')
    await bubble(page, 'Уже в пути.').waitFor()
    assert.match((await page.locator('[aria-live=polite]').textContent()) ?? '', /: Уже в пути\.$/)
    const answered = await eventually(async () => {
      const conversationId = await conversationAbout(test.db.database.read, 'Где мой заказ?')
      const messages = await messageViews(test.db.database.read, { conversationId: conversationId ?? '', limit: 10 })
      const answer = messages.find(({ text }) => text === 'Уже в пути.')
      return answer?.delivery?.state === 'sent' ? answer : null
    })
    assert.equal(answered.delivery?.state, 'sent', 'the page has confirmed it')
  })

  it('loses nothing while there is no network: it says so, keeps what is written, and sends it once, in order', async () => {
    const page = await visitor()
    await begin(page)
    await say(page, 'до обрыва')
    await confirmed(page, 'до обрыва').waitFor({ state: 'attached' })
    network.cut()
    await page.getByText('Нет связи').waitFor()
    await say(page, 'без связи раз')
    await say(page, 'без связи два')
    assert.equal(await page.getByRole('img', { name: 'Отправляется' }).count(), 2)
    network.mend()
    await confirmed(page, 'без связи два').waitFor({ state: 'attached' })
    await page.getByText('Нет связи').waitFor({ state: 'hidden' })
    const texts = await eventually(async () => {
      const conversationId = await conversationAbout(test.db.database.read, 'до обрыва')
      const said = conversationId === null ? [] : await textsIn(test.db.database.read, conversationId)
      return said.length === 3 ? said : null
    })
    assert.deepEqual(texts, ['до обрыва', 'без связи раз', 'без связи два'])
  })

  it('keeps what could not be sent over a reload of the page', async () => {
    const page = await visitor()
    await begin(page)
    await say(page, 'первое слово')
    await confirmed(page, 'первое слово').waitFor({ state: 'attached' })
    network.cut()
    await say(page, 'второе слово')
    network.mend()
    await page.reload()
    await launcher(page).click()
    await confirmed(page, 'второе слово').waitFor({ state: 'attached' })
    assert.equal(await page.locator('.message').count(), 2)
  })

  it('shows the history on return, and says how much of it is new', async () => {
    const page = await visitor()
    await begin(page)
    await say(page, 'вопрос перед уходом')
    await confirmed(page, 'вопрос перед уходом').waitFor({ state: 'attached' })
    await page.goto('about:blank')
    await answer('вопрос перед уходом', 'ответ раз')
    await answer('вопрос перед уходом', 'ответ два')
    await page.goto(shop)
    await page.getByRole('button', { name: 'Открыть чат. Непрочитанных сообщений: 2' }).click()
    await bubble(page, 'ответ два').waitFor()
    assert.deepEqual(await page.locator('.bubble').allTextContents(), ['вопрос перед уходом', 'ответ раз', 'ответ два'])
    await page.getByRole('button', { name: 'Свернуть чат' }).last().click()
    await page.getByRole('button', { name: 'Открыть чат', exact: true }).waitFor()
  })

  it('shows signs of typing both ways', async () => {
    const page = await visitor()
    await begin(page)
    await say(page, 'кто здесь?')
    const conversationId = await answer('кто здесь?', 'я')
    await bubble(page, 'я').last().waitFor()
    const live = await openLive(people.agent)
    live.send({ kind: 'watch', conversationIds: [conversationId] })
    const heard = live.next((frame) => frame.kind === 'typing')
    await eventually(async () => {
      live.send({ kind: 'typing', conversationId })
      return (await page.getByText('Агент Первый печатает').isVisible()) ? true : null
    })
    await writing(page).pressSequentially('ещё')
    const frame = await heard
    assert.deepEqual(frame, { kind: 'typing', conversationId, author: 'Анна', personId: null })
    await live.close()
  })

  it('takes files that are chosen and shows pictures, though the page forbids them', async () => {
    const page = await visitor()
    await begin(page)
    const picture = await page.screenshot()
    await page.locator('input[type=file]').setInputFiles([
      { name: 'снимок.png', mimeType: 'image/png', buffer: picture },
      { name: 'договор.txt', mimeType: 'text/plain', buffer: Buffer.from('текст') },
    ])
    await page.getByRole('button', { name: 'Убрать файл договор.txt' }).waitFor()
    await eventually(async () => ((await page.getByText('загружается').count()) === 0 ? true : null))
    await page.getByRole('button', { name: 'Отправить', exact: true }).click()
    await page.getByRole('img', { name: 'снимок.png' }).waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Скачать договор.txt' }).click(),
    ])
    assert.equal(download.suggestedFilename(), 'договор.txt')
  })

  it('is used by keyboard alone, and gives the focus back', async () => {
    const page = await visitor()
    await launcher(page).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.type('Анна')
    for (let i = 0; i < 2; i++) await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    assert.equal(await page.getByRole('checkbox').isChecked(), true)
    await page.keyboard.press('Enter')
    await writing(page).waitFor()
    await page.keyboard.type('с клавиатуры')
    await page.keyboard.press('Enter')
    await bubble(page, 'с клавиатуры').waitFor()
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'hidden' })
    assert.equal(await page.evaluate(`document.getElementById('oco-chat').shadowRoot.activeElement.className`), 'launcher')
  })

  it('does not appear on a page that may not have it', async () => {
    const other = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(pageOf(network.address, channelId))
    })
    const address = `http://${await listen(other)}`
    const person = await present(browser, 'the browser').person([address, network.address])
    const refused = person.page.waitForEvent('requestfailed')
    await person.page.goto(address)
    await refused
    assert.equal(await launcher(person.page).count(), 0)
    await person.close()
    other.close()
  })

  for (const looks of [
    { theme: 'light', width: 1_280 },
    { theme: 'dark', width: 1_280 },
    { theme: 'light', width: 390, height: 720 },
  ] as const) {
    it(`has no grave fault for a screen reader or a weak eye: ${looks.theme}, ${looks.width} wide`, async () => {
      const page = await visitor(looks)
      await launcher(page).click()
      await page.getByRole('button', { name: 'Начать чат' }).click()
      await page.getByText('Укажите имя').waitFor()
      assert.deepEqual(await accessibilityFaults(page), [])
      await page.getByRole('textbox', { name: 'Имя' }).fill('Анна')
      await page.getByRole('checkbox').check()
      await page.getByRole('button', { name: 'Начать чат' }).click()
      await writing(page).waitFor()
      const question = `как это видно ${looks.theme} ${looks.width}`
      await say(page, question)
      await answer(question, `так ${question}`)
      await bubble(page, `так ${question}`).waitFor()
      assert.deepEqual(await accessibilityFaults(page), [])
      const box = await dialog(page).boundingBox()
      if (looks.width < 480) assert.deepEqual(box, { x: 0, y: 0, width: looks.width, height: 720 })
    })
  }
})
