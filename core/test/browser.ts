import axe from 'axe-core'
import { chromium, type BrowserContext, type ConsoleMessage, type Page } from 'playwright-core'
import { eventually } from './eventually.ts'
import type { NeededProgram } from './peers/debian-packages.ts'

export const CHROMIUM_PROGRAMS: readonly NeededProgram[] = [{ path: '/usr/bin/chromium', package: 'chromium' }]

export interface Looks {
  readonly theme?: 'light' | 'dark'
  readonly language?: 'ru' | 'en'
  readonly width?: number
  readonly height?: number
}

/** One person's browser: its own cookies and storage, and a list of everything that should not have happened in it. */
export interface BrowserPerson {
  readonly page: Page
  /** Is signed in from now on as this client is. */
  takeSession(client: { readonly address: string; readonly cookie: string }): Promise<void>
  /**
   * What went wrong since the last call: violations of a content security policy, errors on the console, exceptions that nobody
   * caught, requests to another origin than those that were named.
   */
  complaints(): string[]
  close(): Promise<void>
}

export interface TestBrowser {
  /** `origins`: where its requests may go. */
  person(origins: readonly string[], looks?: Looks): Promise<BrowserPerson>
  close(): Promise<void>
}

/** Real Chromium of Debian's package, which talks to nobody by itself. */
export const openBrowser = async (): Promise<TestBrowser> => {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'],
  })
  return {
    async person(origins, looks = {}) {
      const context = await browser.newContext({
        colorScheme: looks.theme ?? 'light',
        locale: looks.language === 'en' ? 'en-GB' : 'ru-RU',
        timezoneId: 'Europe/Moscow',
        viewport: { width: looks.width ?? 1440, height: looks.height ?? 900 },
        reducedMotion: 'reduce',
      })
      const complaints: string[] = []
      await listen(context, origins, complaints)
      return {
        page: await context.newPage(),
        async takeSession({ address, cookie }) {
          const pairs = cookie.split('; ').map((pair) => pair.split('='))
          await context.addCookies(pairs.map(([name = '', value = '']) => ({ name, value, url: address })))
        },
        complaints: () => complaints.splice(0),
        close: () => context.close(),
      }
    },
    close: () => browser.close(),
  }
}

const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  reportViolation(event.violatedDirective + ' refused ' + (event.blockedURI || event.sample || 'inline') + ' at ' + event.sourceFile + ':' + event.lineNumber)
})`
/** Chromium's own word for an answer of 4xx or 5xx; whether that is a fault is for the test to say. */
const ANSWER_REFUSED = /^Failed to load resource: the server responded with a status of/

const listen = async (context: BrowserContext, origins: readonly string[], complaints: string[]): Promise<void> => {
  await context.exposeBinding('reportViolation', ({ page }, violation: string) => {
    complaints.push(`policy: ${violation} (${page.url()})`)
  })
  await context.addInitScript({ content: REPORT_VIOLATIONS })
  context.on('console', (message: ConsoleMessage) => {
    if (message.type() === 'error' && !ANSWER_REFUSED.test(message.text())) complaints.push(`console: ${message.text()}`)
  })
  context.on('weberror', (error) => complaints.push(`exception: ${error.error().message}`))
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol === 'data:' || protocol === 'blob:' || origins.includes(origin)) return
    complaints.push(`request: ${request.method()} ${request.url()}`)
  })
  context.on('page', (page) => {
    page.on('websocket', (socket) => {
      const origin = new URL(socket.url().replace(/^ws/, 'http')).origin
      if (!origins.includes(origin)) complaints.push(`socket: ${socket.url()}`)
    })
  })
}

/** Resolves when the page has nothing more to fetch and says so. */
export const settled = async (page: Page): Promise<void> => {
  await page.waitForLoadState('networkidle')
  const busy = page.locator('[aria-busy=true]')
  await eventually(async () => ((await busy.count()) === 0 ? true : null))
}

interface AxeNode {
  readonly target: readonly string[]
  readonly html: string
  readonly failureSummary?: string
}
interface AxeRule {
  readonly id: string
  readonly impact: 'minor' | 'moderate' | 'serious' | 'critical' | null
  readonly help: string
  readonly nodes: readonly AxeNode[]
}

const GRAVE = new Set(['serious', 'critical'])

/** Colours on their way from one state to the next are nobody's choice: whatever ends by itself is waited for, a spinner is not. */
const TRANSITIONS_ENDED = `Promise.all(document.getAnimations()
  .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime))
  .map((animation) => animation.finished.catch(() => undefined)))`

/** Serious and critical faults that axe finds on the page when it has come to rest, one line each; none is what a test expects. */
export const accessibilityFaults = async (page: Page): Promise<string[]> => {
  await page.evaluate(TRANSITIONS_ENDED)
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe.source)
  const violations = await page.evaluate<AxeRule[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )
  return violations
    .filter(({ impact }) => impact !== null && GRAVE.has(impact))
    .flatMap(({ id, impact, nodes }) =>
      nodes.map(
        (node) => `${String(impact)} ${id}: ${node.target.join(' ')} ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`,
      ),
    )
}
