import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { CHROMIUM_PROGRAMS, openBrowser, type TestBrowser } from '../test/browser.ts'
import { needPrograms } from '../test/peers/debian-packages.ts'
import { gzipped, watchLoads, type Loaded } from './page-loads.ts'

const PAGE = `<!doctype html><link rel="icon" href="data:,"><p>${'Здравствуйте! '.repeat(50)}</p>`
const SCRIPT = `/* ${'x'.repeat(5_000)} */`

describe('the count of what a page loads', () => {
  let browser: TestBrowser
  let server: Server | null = null
  before(async function () {
    await needPrograms(this, CHROMIUM_PROGRAMS)
    browser = await openBrowser()
  })
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
  })
  after(() => browser?.close())

  const loadsOf = async (answer: RequestListener): Promise<Loaded[]> => {
    server = createServer(answer).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
    const { page } = await browser.person([origin])
    const loaded = watchLoads(page)
    await page.goto(`${origin}/start`)
    return loaded()
  }

  it('holds each body compressed, and nothing for a redirect or an answer without a body', async () => {
    const loads = await loadsOf((request, response) => {
      if (request.url === '/start') response.writeHead(302, { location: '/page' }).end()
      else if (request.url === '/empty') response.writeHead(204).end()
      else if (request.url === '/script') response.setHeader('content-type', 'text/javascript').end(SCRIPT)
      else
        response
          .setHeader('content-type', 'text/html')
          .end(`${PAGE}<script src="/script"></script><script>fetch('/empty')</script>`)
    })
    const byPath = Object.fromEntries(loads.map(({ url, bytes }) => [new URL(url).pathname, bytes]))
    assert.deepEqual(Object.keys(byPath).sort(), ['/empty', '/page', '/script', '/start'])
    assert.deepEqual([byPath['/start'], byPath['/empty'], byPath['/script']], [0, 0, gzipped(Buffer.from(SCRIPT))])
  })

  it('does not leave out what breaks off', async () => {
    const broken = loadsOf((request, response) => {
      if (request.url === '/start') response.setHeader('content-type', 'text/html').end(`${PAGE}<script src="/script"></script>`)
      else response.writeHead(200, { 'content-length': SCRIPT.length + 1 }).write(SCRIPT, () => response.destroy())
    })
    await assert.rejects(broken, /\/script/)
  })
})
