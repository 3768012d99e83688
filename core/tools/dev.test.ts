import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPidFile } from '../src/platform/postgres-cluster.ts'
import { eventually } from '../test/eventually.ts'
import { addressIn, startProduct, type Product } from '../test/product.ts'

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

interface Dev extends Product {
  readonly folder: string
  /** Where vite serves the page. */
  readonly page: string
}

/** On an empty folder and free ports. */
const startDev = async (...args: string[]): Promise<Dev> => {
  const folder = mkdtempSync(join(tmpdir(), 'oco-dev-'))
  const [core, vite] = [await freePort(), await freePort()]
  const env = { OCO_PORT: String(core), OCO_DEV_PORT: String(vite) }
  const product = startProduct({ dataDir: folder, command: ['core/tools/dev.mjs'], args, env })
  return { ...product, folder, page: `http://127.0.0.1:${String(vite)}` }
}

describe('npm run dev', () => {
  const started: Dev[] = []
  const start = async (...args: string[]): Promise<Dev> => {
    const dev = await startDev(...args)
    started.push(dev)
    return dev
  }
  afterEach(async () => {
    for (const dev of started.splice(0)) {
      dev.signal('SIGTERM')
      await dev.ended
      rmSync(dev.folder, { recursive: true })
    }
  })

  it('serves the page and core from their sources, without demo data that nobody asked for, and ends both', async () => {
    const dev = await start()
    const line = await dev.ready
    assert.match(line, /код первой настройки/)
    assert.equal((await fetch(`${addressIn(line)}/api/v1/health`)).status, 200)

    const html = await eventually(async () => (await fetch(dev.page).catch(() => null))?.text() ?? null)
    const script = /<script type="module"[^>]* src="(\/src\/[^"]+)"/.exec(html)?.[1] ?? assert.fail(html)
    const source = await fetch(`${dev.page}${script}`)
    assert.deepEqual([source.status, source.headers.get('content-type')], [200, 'text/javascript'])
    assert.equal((await fetch(`${dev.page}/api/v1/health`)).status, 200)

    dev.signal('SIGTERM')
    const { code, signal, output } = await dev.ended
    assert.deepEqual([code, signal], [0, null])
    assert.ok(output.includes(dev.page), output)
    await assert.rejects(fetch(dev.page))
    assert.equal(readPidFile(join(dev.folder, 'postgres')), null, 'the database was left running')
  })

  it('hands its arguments on: --demo brings the demo', async () => {
    const dev = await start('--demo')
    assert.match(await dev.ready, /вход: agent/)
  })
})
