import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { accessibilityFaults, CHROMIUM_PROGRAMS, openBrowser, type TestBrowser } from '../../core/test/browser.ts'
import { needPrograms } from '../../core/test/peers/debian-packages.ts'

const PAGE = `<!doctype html><html lang="ru"><head><title>Плохая страница</title><link rel="icon" href="data:,"></head>
<body><main><h1>Страница</h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><p style="color: red">Текст</p></main>
<script>fetch('http://127.0.0.2:9/elsewhere').catch(() => undefined)</script></body></html>`

describe('the instruments of the browser tests', () => {
  let server: Server
  let browser: TestBrowser
  let address: string
  before(async function () {
    await needPrograms(this, CHROMIUM_PROGRAMS)
    server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.setHeader(
        'content-security-policy',
        "default-src 'none'; script-src 'unsafe-inline'; img-src data:; connect-src *",
      )
      response.end(PAGE)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    server?.close()
  })

  it('find what is wrong with a page that is wrong', async () => {
    const person = await browser.person([address])
    await person.page.goto(address)
    await person.page.waitForLoadState('networkidle')
    const faults = await accessibilityFaults(person.page)
    const complaints = person.complaints()
    assert.ok(
      faults.some((line) => line.startsWith('critical image-alt')),
      faults.join('\n'),
    )
    for (const kind of ['policy: style-src', 'console: ', 'request: GET http://127.0.0.2:9/elsewhere']) {
      assert.ok(
        complaints.some((line) => line.startsWith(kind)),
        `${kind} is not among ${complaints.join('\n')}`,
      )
    }
    assert.deepEqual(person.complaints(), [])
  })
})
