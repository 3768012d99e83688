import type { Page } from 'playwright-core'
import { PATIENCE_MS } from '../patience.ts'

/** What a visitor does in the chat on somebody's page, by the words on it (Russian). */
export interface VisitorPage {
  readonly page: Page
  /** Opens the page and the chat, fills the form in and ticks the consent. */
  start(name: string, email?: string): Promise<void>
  /** Types and presses Enter. */
  say(text: string): Promise<void>
  /** Resolves when the chat shows these words. */
  sees(text: string): Promise<void>
}

export const visitorPage = (page: Page, origin: string): VisitorPage => {
  page.setDefaultTimeout(PATIENCE_MS)
  return {
    page,
    async start(name, email) {
      await page.goto(origin)
      await page.getByRole('button', { name: 'Открыть чат' }).click()
      await page.getByLabel('Имя').fill(name)
      if (email !== undefined) await page.getByLabel('Электронная почта').fill(email)
      await page.getByRole('checkbox').check()
      await page.getByRole('button', { name: 'Начать чат' }).click()
      await page.getByRole('textbox', { name: 'Сообщение' }).waitFor()
    },
    async say(text) {
      await page.getByRole('textbox', { name: 'Сообщение' }).fill(text)
      await page.keyboard.press('Enter')
    },
    async sees(text) {
      await page.getByText(text).first().waitFor()
    },
  }
}
