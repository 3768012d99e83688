import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LOOPBACK } from './foreground.ts'

/** A site of somebody else: an origin of its own, whose page loads a product's chat and has a strict policy of its own. */
export interface Shop {
  readonly origin: string
  /** What its page loads from now on: the script of this product, with this channel's id. */
  embed(chat: { product: string; channelId: string }): void
  stop(): Promise<void>
}

export const startShop = async (): Promise<Shop> => {
  let chat: { product: string; channelId: string } | null = null
  const server = createServer((request, response) => {
    if (request.url !== '/') {
      response.writeHead(404).end()
      return
    }
    const script =
      chat === null ? '' : `<script async src="${chat.product}/widget/oco-chat.js" data-channel="${chat.channelId}"></script>`
    const sources =
      chat === null ? '' : `script-src ${chat.product}; connect-src ${chat.product} ${chat.product.replace('http', 'ws')};`
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; img-src data: blob:; ${sources} style-src 'none'; require-trusted-types-for 'script'`,
    })
    response.end(`<!doctype html><html lang="ru"><head><title>Магазин</title>
<link rel="icon" href="data:,"></head><body><main><h1>Магазин</h1><p>Корзина пуста.</p></main>${script}</body></html>`)
  })
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://${LOOPBACK}:${String(port)}`,
    embed(given) {
      chat = given
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
