import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { startAppliance, type Appliance } from '../../core/test/appliance.ts'
import {
  accessibilityFaults,
  CHROMIUM_PROGRAMS,
  openBrowser,
  settled,
  type BrowserPerson,
  type TestBrowser,
} from '../../core/test/browser.ts'
import { HttpClient } from '../../core/test/http-client.ts'
import { PATIENCE_MS } from '../../core/test/patience.ts'
import { needPrograms } from '../../core/test/peers/debian-packages.ts'

const PASSWORD = 'demo-password-1'
const LOOKS = (['ru', 'en'] as const).flatMap((language) => (['light', 'dark'] as const).map((theme) => ({ language, theme })))
type Looks = (typeof LOOKS)[number]

/** Each desk by the login of the demo that has it, with all of its pages. */
const DESKS: Readonly<Record<string, readonly string[]>> = {
  agent: ['/agent/mine', '/agent/queue', '/agent/pending', '/agent/resolved', '/agent/all', '/nowhere'],
  supervisor: ['/board', '/agent/all'],
  officer: ['/security', '/security/crypto'],
  admin: [
    '/administration/overview',
    '/administration/channels',
    '/administration/queues',
    '/administration/lists',
    '/administration/people',
    '/administration/tokens',
    '/administration/organisation',
  ],
}

describe('every page, in two languages, light and dark', function () {
  this.timeout(240_000)
  let product: Appliance
  let browser: TestBrowser
  before(async function () {
    await needPrograms(this, CHROMIUM_PROGRAMS)
    product = await startAppliance({ args: ['--demo'], env: { OCO_DEMO_PASSWORD: PASSWORD } })
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await product?.stop()
  })

  /** A signed-in person of the demo, with this language and theme. */
  const open = async (login: string, looks: Looks): Promise<BrowserPerson> => {
    const client = await new HttpClient(product.address).signIn(login, PASSWORD)
    await client.call('changeOwnLocale', { body: { locale: looks.language } })
    const person = await browser.person([product.address], looks)
    await person.takeSession(client)
    person.page.setDefaultTimeout(PATIENCE_MS)
    return person
  }
  const faultsOf = async (person: BrowserPerson, where: string): Promise<string[]> => {
    await settled(person.page)
    const found = [...(await accessibilityFaults(person.page)), ...person.complaints()]
    return found.map((fault) => `${where}: ${fault}`)
  }
  const visit = async (person: BrowserPerson, paths: readonly string[]): Promise<string[]> => {
    const faults: string[] = []
    for (const path of paths) {
      await person.page.goto(product.address + path)
      faults.push(...(await faultsOf(person, path)))
    }
    return faults
  }

  for (const looks of LOOKS) {
    describe(`${looks.language}, ${looks.theme}`, () => {
      for (const [login, paths] of Object.entries(DESKS)) {
        it(`shows ${login} pages without a fault`, async () => {
          const person = await open(login, looks)
          assert.deepEqual(await visit(person, paths), [])
          assert.equal(await person.page.getAttribute('html', 'lang'), looks.language)
          await person.close()
        })
      }

      it('shows the door without a fault', async () => {
        const person = await browser.person([product.address], looks)
        assert.deepEqual(await visit(person, ['/', '/setup']), [])
        await person.close()
      })

      it('opens conversations, and all that can be opened over them, without a fault', async () => {
        const person = await open('supervisor', looks)
        const { page } = person
        const faults = await visit(person, ['/agent/all'])
        const rows = page.locator('[data-conversation]')
        for (const index of [0, 1, 2]) {
          await rows.nth(index).click()
          faults.push(...(await faultsOf(person, `conversation ${index}`)))
        }
        for (const [name, key] of [
          ['palette', 'Control+k'],
          ['help', 'Shift+Slash'],
        ] as const) {
          await page.locator('main').focus()
          await page.keyboard.press(key)
          await page.getByRole('dialog').waitFor()
          faults.push(...(await faultsOf(person, name)))
          await page.keyboard.press('Escape')
          await page.getByRole('dialog').waitFor({ state: 'detached' })
        }
        faults.push(...(await menuFaults(person)))
        assert.deepEqual(faults, [])
        await person.close()
      })

      it('opens what an agent decides in without a fault', async () => {
        const person = await open('agent', looks)
        const { page } = person
        const faults = await visit(person, ['/agent/mine'])
        await page.locator('[data-conversation]').first().click()
        await settled(page)
        for (const [name, key] of [
          ['resolve', 'e'],
          ['transfer', 't'],
          ['pend', 'z'],
        ] as const) {
          await page.locator('main').focus()
          await page.keyboard.press(key)
          await page.getByRole('dialog').waitFor()
          faults.push(...(await faultsOf(person, name)))
          await page.keyboard.press('Escape')
          await page.getByRole('dialog').waitFor({ state: 'detached' })
        }
        await page.keyboard.press('n')
        await page.keyboard.type('Заметка')
        faults.push(...(await faultsOf(person, 'note')))
        await page.keyboard.press('Escape')
        await page.keyboard.press('r')
        await page.keyboard.type('Ответ')
        await page.getByRole('toolbar').waitFor()
        faults.push(...(await faultsOf(person, 'reply')))
        assert.deepEqual(faults, [])
        await person.close()
      })

      it('opens the panels of the administrator and the officer without a fault', async () => {
        const admin = await open('admin', looks)
        const faults: string[] = []
        for (const path of ['channels', 'queues', 'people']) {
          await admin.page.goto(`${product.address}/administration/${path}`)
          await settled(admin.page)
          await admin.page.getByRole('row').nth(1).click()
          await admin.page.getByRole('dialog').waitFor()
          faults.push(...(await faultsOf(admin, `panel of ${path}`)))
        }
        const officer = await open('officer', looks)
        await officer.page.goto(`${product.address}/security`)
        await settled(officer.page)
        await officer.page.getByRole('row').nth(1).click()
        await officer.page.getByRole('dialog').waitFor()
        faults.push(...(await faultsOf(officer, 'audit event')))
        assert.deepEqual(faults, [])
        await admin.close()
        await officer.close()
      })
    })
  }

  const menuFaults = async (person: BrowserPerson): Promise<string[]> => {
    await openMenu(person.page)
    const faults = await faultsOf(person, 'menu of the person')
    await person.page.keyboard.press('Escape')
    return faults
  }
})

const openMenu = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: /^(Меню|Menu): / }).click()
  await page.getByRole('menu').waitFor()
}
