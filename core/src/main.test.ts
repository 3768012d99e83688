import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { testDatabase, type TestDatabase } from '../test/harness.ts'
import { addressIn, startProduct, type Product, type ProductEnd } from '../test/product.ts'
import { readPidFile } from './platform/postgres-cluster.ts'

const isReady = async (line: string): Promise<boolean> => (await fetch(`${addressIn(line)}/api/v1/health`)).status === 200

describe('the product as a process', () => {
  let folder: string
  const products: Product[] = []

  const start = (env: Record<string, string> = {}, args: string[] = []): Product => {
    const product = startProduct({ dataDir: folder, env, args })
    products.push(product)
    return product
  }
  const server = () => readPidFile(join(folder, 'postgres'))

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oco-main-'))
    chmodSync(folder, 0o711)
  })
  afterEach(async () => {
    for (const product of products.splice(0)) {
      product.signal('SIGTERM')
      await product.ended
    }
  })
  after(() => {
    rmSync(folder, { recursive: true })
  })

  const assertCleanEnd = ({ code, output, faults }: ProductEnd): void => {
    assert.deepEqual({ code, faults, lines: output.split('\n').length }, { code: 0, faults: '', lines: 2 })
    assert.equal(server(), null, 'the database was left running')
  }

  it('prints one line with its address and the one-time code, and serves', async () => {
    const product = start()
    const line = await product.ready
    assert.match(line, /^ОЦО готов: http:\/\/127\.0\.0\.1:\d+ · код первой настройки: \S+$/)
    assert.equal(await isReady(line), true)
    product.signal('SIGTERM')
    assertCleanEnd(await product.ended)
    const log = readFileSync(join(folder, 'log', 'oco.log'), 'utf8')
      .trim()
      .split('\n')
    assert.equal((JSON.parse(log.at(-1) ?? '') as { msg: string }).msg, 'the embedded database is stopped')
  })

  it('goes on over the same data, and ends cleanly by Ctrl-C, which may come twice at once', async () => {
    const product = start()
    assert.equal(await isReady(await product.ready), true)
    product.signal('SIGINT')
    product.signal('SIGINT')
    assertCleanEnd(await product.ended)
  })

  it('is the only one on its data folder', async () => {
    const first = start()
    await first.ready
    const { code, faults, output } = await start().ended
    assert.deepEqual({ code, output }, { code: 1, output: '' })
    assert.equal(
      faults,
      `oco: the data folder ${folder} is in use by process ${String(first.pid)}: stop it, or set OCO_DATA_DIR\n`,
    )
  })

  it('goes on with the database that a killed process left', async () => {
    const first = start()
    await first.ready
    const left = server()?.pid
    first.signal('SIGKILL')
    await first.ended
    const second = start()
    assert.equal(await isReady(await second.ready), true)
    assert.equal(server()?.pid, left)
    second.signal('SIGTERM')
    assertCleanEnd(await second.ended)
  })

  it('is not stopped by the end of its database: it has it started again', async () => {
    const product = start()
    const line = await product.ready
    const killed = server()?.pid ?? 0
    process.kill(killed, 'SIGKILL')
    while (server()?.pid === killed || server()?.ready !== true) await pause(50)
    while (!(await isReady(line))) await pause(50)
    product.signal('SIGTERM')
    assertCleanEnd(await product.ended)
  })

  it('says in one line that its port is taken, and leaves no database behind', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { code, output, faults } = await start({ OCO_PORT: String(port) }).ended
    other.close()
    assert.deepEqual({ code, output }, { code: 1, output: '' })
    assert.match(faults, new RegExp(`^oco: 127\\.0\\.0\\.1:${String(port)} is in use by another program: .*OCO_PORT.*\\n$`))
    assert.equal(server(), null)
  })

  it('says in one line each what is wrong with its configuration', async () => {
    const { code, faults } = await start({ OCO_PORT: 'http', OCO_LOG: 'nowhere' }, ['--dmeo']).ended
    assert.equal(code, 1)
    assert.deepEqual(faults.trim().split('\n').sort(), [
      'oco: --dmeo is no argument of this program: there is --demo alone',
      'oco: OCO_LOG is neither file nor stdout',
      'oco: OCO_PORT is not a port number',
    ])
  })

  it('says in one line that its data folder cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '')
    const { code, faults } = await startProduct({ dataDir: join(folder, 'file') }).ended
    assert.equal(code, 1)
    assert.match(faults, /^oco: the data folder \S+\/file cannot be written: .*\n$/)
  })

  it('says in one line that the database does not answer, without its password', async () => {
    const { code, faults } = await start({
      DATABASE_URL: 'postgresql://oco:hidden@127.0.0.1:1/oco',
      KEYS_DATABASE_URL: 'postgresql://oco:hidden@127.0.0.1:1/keys',
    }).ended
    assert.equal(code, 1)
    assert.match(
      faults,
      /^oco: the database \(127\.0\.0\.1:1, database (oco|keys), user oco\) does not answer: connect ECONNREFUSED.*\n$/,
    )
    assert.doesNotMatch(faults, /hidden/)
  })

  describe('on an outside database', () => {
    let db: TestDatabase
    let keys: { url: string; ownerUrl: string }
    before(async () => {
      db = await testDatabase()
      keys = await db.keys()
    })
    after(() => db.drop())

    it('logs to standard output where it is told to, after the same start and before the same end', async () => {
      const product = start({
        DATABASE_URL: db.url,
        DATABASE_OWNER_URL: db.ownerUrl,
        KEYS_DATABASE_URL: keys.url,
        KEYS_DATABASE_OWNER_URL: keys.ownerUrl,
        OCO_LOG: 'stdout',
      })
      await product.ready
      product.signal('SIGTERM')
      const { code, output } = await product.ended
      assert.equal(code, 0)
      const lines = output
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('ОЦО'))
      assert.ok(lines.length > 0)
      for (const line of lines) assert.equal(typeof (JSON.parse(line) as { msg: unknown }).msg, 'string')
    })

    it('shares it with a second process, which needs no owner when nothing is to migrate', async () => {
      const env = { DATABASE_URL: db.url, KEYS_DATABASE_URL: keys.url, OCO_KEY_RING_FILE: join(folder, 'key-ring.json') }
      const all = [start(env), startProduct({ dataDir: folder, env })]
      for (const product of all) assert.equal(await isReady(await product.ready), true)
      for (const product of all) product.signal('SIGTERM')
      for (const product of all) assert.equal((await product.ended).code, 0)
    })
  })
})
