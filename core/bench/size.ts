/**
 * How many bytes a person's browser loads: everything that the signed-in desk fetches with a conversation open until the network is idle
 * (pages, scripts, styles, fonts, pictures, API answers), each compressed by gzip; then what the rich editor adds on the reply's first
 * focus; and the web chat's script by itself. Something that does not come, or cannot be read, ends it with a failure.
 *
 *   npm run size
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exit, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { CHROMIUM_PROGRAMS, openBrowser } from '../test/browser.ts'
import { withoutPrograms } from '../test/peers/debian-packages.ts'
import { agentPage } from '../test/pages/agent-page.ts'
import { startAppliance } from '../test/appliance.ts'
import { gzipped, watchLoads, type Loaded } from './page-loads.ts'

const KIBIBYTE = 1024
const PASSWORD = 'size-password-1'
const WIDGET = fileURLToPath(new URL('../../ui/dist/widget', import.meta.url))

const kilobytes = (bytes: number): string => (bytes / KIBIBYTE).toFixed(1)

const total = (loads: readonly Loaded[]): number => loads.reduce((sum, load) => sum + load.bytes, 0)

const main = async (): Promise<void> => {
  const missing = await withoutPrograms(CHROMIUM_PROGRAMS)
  if (missing !== null) throw new Error(missing)
  const appliance = await startAppliance({ args: ['--demo'], env: { OCO_DEMO_PASSWORD: PASSWORD } })
  const browser = await openBrowser()
  try {
    const person = await browser.person([appliance.address])
    const { page } = person
    const agent = agentPage(page, appliance.address)
    await agent.signIn('agent', PASSWORD)
    await page.locator('a[href^="/agent/mine/"]').first().click()
    await page.getByRole('region', { name: 'Переписка' }).waitFor()
    const address = page.url()
    await person.page.close()

    const fresh = await page.context().newPage()
    const loaded = watchLoads(fresh)
    await fresh.goto(address)
    const desk = await loaded()
    for (const { url, bytes } of [...desk].sort((a, b) => b.bytes - a.bytes)) {
      stdout.write(`${kilobytes(bytes).padStart(8)} KB  ${new URL(url).pathname}\n`)
    }
    await fresh.keyboard.press('KeyR')
    await fresh.locator('[contenteditable=true]').waitFor()
    const editor = total(await loaded()) - total(desk)
    if (editor <= 0) throw new Error('the editor did not load')
    const widget = await Promise.all((await readdir(WIDGET)).map((name) => readFile(join(WIDGET, name))))
    const widgetBytes = widget.reduce((sum, bytes) => sum + gzipped(bytes), 0)
    stdout.write(`ui: ${kilobytes(total(desk))} KB, widget: ${kilobytes(widgetBytes)} KB, editor: ${kilobytes(editor)} KB\n`)
  } finally {
    await browser.close()
    await appliance.stop()
  }
}

await main().catch((error: unknown) => {
  stdout.write(`size failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  exit(1)
})
