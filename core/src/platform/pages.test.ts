import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestApp, type TestApp } from '../../test/app.ts'

describe('built pages', () => {
  let test: TestApp
  let uiDir: string
  const script = 'export const words = "много слов "\n'.repeat(500)
  before(async () => {
    uiDir = await mkdtemp(join(tmpdir(), 'oco-pages-'))
    await mkdir(join(uiDir, 'assets'))
    await mkdir(join(uiDir, 'widget'))
    await writeFile(join(uiDir, 'index.html'), '<!doctype html><script nonce="__NONCE__" src="/assets/a.js"></script>')
    await writeFile(join(uiDir, 'assets', 'a.js'), script)
    await writeFile(join(uiDir, 'widget', 'oco-chat.js'), script)
    test = await startTestApp({ uiDir })
  })
  after(async () => {
    await test.stop()
    await rm(uiDir, { recursive: true, force: true })
  })
  const get = (path: string, encoding = 'gzip') =>
    fetch(test.started.address + path, { headers: { 'accept-encoding': encoding } })

  it('come with a nonce of their own each time, for any address of the page', async () => {
    const nonces = new Set<string>()
    for (const path of ['/', '/agent/mine', '/board', '/']) {
      const response = await get(path)
      const nonce = /nonce="([^"]+)"/.exec(await response.text())?.[1] ?? ''
      assert.ok(response.headers.get('content-security-policy')?.includes(`'nonce-${nonce}'`))
      nonces.add(nonce)
    }
    assert.equal(nonces.size, 4)
  })

  it('let a browser keep what has its hash in the name, compressed where it takes that', async () => {
    for (const encoding of ['gzip', 'identity']) {
      const response = await get('/assets/a.js', encoding)
      assert.equal(await response.text(), script)
      assert.equal(response.headers.get('content-encoding'), encoding === 'gzip' ? 'gzip' : null)
      assert.match(response.headers.get('cache-control') ?? '', /immutable/)
      assert.equal(response.headers.get('cross-origin-resource-policy'), 'same-origin')
    }
  })

  it('open the chat’s script alone to pages of other sites', async () => {
    const response = await get('/widget/oco-chat.js')
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    assert.equal(response.headers.get('cross-origin-resource-policy'), 'cross-origin')
  })

  it('do not answer for files that are not there, nor for paths beside their folder', async () => {
    for (const path of ['/assets/b.js', '/..%2fpackage.json', '/assets/../../package.json']) {
      assert.equal((await get(path)).status, 404, path)
    }
  })
})
