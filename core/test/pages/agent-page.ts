import type { Locator, Page } from 'playwright-core'
import { PATIENCE_MS } from '../patience.ts'

/** What an agent does in the page, by the words on it (Russian). */
export interface AgentPage {
  readonly page: Page
  signIn(login: string, password: string): Promise<void>
  becomeReady(): Promise<void>
  /** The card of an offer that shows these words. */
  offer(words: string): Locator
  /** Takes the offer; resolves when its conversation stands open. */
  accept(words: string): Promise<void>
  /** Writes an answer and sends it by Ctrl+Enter; resolves when the product has it. */
  answer(text: string): Promise<void>
}

export const agentPage = (page: Page, address: string): AgentPage => {
  page.setDefaultTimeout(PATIENCE_MS)
  const offer = (words: string): Locator => page.getByRole('article', { name: 'Новое обращение' }).filter({ hasText: words })
  return {
    page,
    offer,
    async signIn(login, password) {
      await page.goto(address)
      await page.getByLabel('Логин').fill(login)
      await page.getByLabel('Пароль', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Войти' }).click()
      await page.getByRole('button', { name: /^Моё состояние/ }).waitFor()
    },
    async becomeReady() {
      await page.getByRole('button', { name: /^Моё состояние/ }).click()
      await page.getByRole('menuitem', { name: 'Готов', exact: true }).click()
      await page.getByRole('button', { name: 'Моё состояние: Готов' }).waitFor()
    },
    async accept(words) {
      await offer(words)
        .getByRole('button', { name: /Принять/ })
        .click()
      await page.getByRole('region', { name: 'Переписка' }).waitFor()
    },
    async answer(text) {
      const answers = page.getByRole('article', { name: /^Ответ:/ })
      const before = await answers.count()
      await page.getByRole('textbox', { name: 'Ответ' }).click()
      await page.keyboard.type(text)
      await page.keyboard.press('Control+Enter')
      await answers.nth(before).waitFor()
    },
  }
}
