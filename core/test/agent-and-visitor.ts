import { startAppliance, type Appliance } from './appliance.ts'
import { openBrowser, type Looks, type TestBrowser } from './browser.ts'
import { agentPage, type AgentPage } from './pages/agent-page.ts'
import { visitorPage, type VisitorPage } from './pages/visitor-page.ts'
import { goThroughFirstRun } from './first-run.ts'
import { startShop, type Shop } from './peers/shop.ts'

/** The product on an empty folder, a shop on another origin, and two browsers: an agent's, and that of a visitor of the shop. */
export interface AgentAndVisitor {
  readonly product: Appliance
  readonly shop: Shop
  readonly browser: TestBrowser
  readonly agent: AgentPage
  readonly visitor: VisitorPage
  /** Of both browsers: see BrowserPerson. */
  complaints(): string[]
  stop(): Promise<void>
}

export const startAgentAndVisitor = async (looks: { readonly agent?: Looks } = {}): Promise<AgentAndVisitor> => {
  const running: { stop(): Promise<void> }[] = []
  const stop = async (): Promise<void> => {
    for (const one of running.splice(0).reverse()) await one.stop()
  }
  try {
    const shop = await startShop()
    running.push(shop)
    const product = await startAppliance()
    running.push(product)
    const browser = await openBrowser()
    running.push({ stop: () => browser.close() })
    const agent = await browser.person([product.address], looks.agent)
    const visitor = await browser.person([shop.origin, product.address])
    return {
      product,
      shop,
      browser,
      agent: agentPage(agent.page, product.address),
      visitor: visitorPage(visitor.page, shop.origin),
      complaints: () => [...agent.complaints(), ...visitor.complaints()],
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const CHAT = {
  kind: 'webchat',
  title: 'Поддержка магазина',
  greeting: 'Здравствуйте! Чем помочь?',
  askEmail: 'optional',
  consentText: 'Согласен на обработку персональных данных',
} as const

/** Goes through the first run with a chat, and puts it on the shop's page. */
export const openChat = async ({ product, shop }: Pick<AgentAndVisitor, 'product' | 'shop'>): Promise<void> => {
  const { webchatChannelId } = await goThroughFirstRun(
    { address: product.address, code: product.setupCode },
    { webchat: { name: 'Чат на сайте', settings: { ...CHAT, allowedOrigins: [shop.origin] } } },
  )
  shop.embed({ product: product.address, channelId: webchatChannelId ?? '' })
}
