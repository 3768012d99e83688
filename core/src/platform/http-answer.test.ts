import assert from 'node:assert/strict'
import { completeFirstRun, startTestApp, type TestApp } from '../../test/app.ts'
import { COMPRESSED_FROM_BYTES } from './http-answer.ts'

describe('answers', () => {
  let test: TestApp
  before(async () => {
    test = await startTestApp()
  })
  after(() => test.stop())

  it('travel compressed where they are long, and only to who takes it', async () => {
    const { admin } = await completeFirstRun(test)
    for (let index = 0; index < 20; index++) {
      await admin.call('createSkill', { body: { name: `Навык ${'о'.repeat(100)} ${String(index)}` } })
    }
    const headers = { cookie: admin.cookie }
    const url = `${test.started.address}/api/v1/skills`
    const plain = await fetch(url, { headers: { ...headers, 'accept-encoding': 'identity' } })
    const packed = await fetch(url, { headers: { ...headers, 'accept-encoding': 'gzip' } })
    assert.equal(plain.headers.get('content-encoding'), null)
    assert.equal(packed.headers.get('content-encoding'), 'gzip')
    const text = await plain.text()
    assert.ok(text.length >= COMPRESSED_FROM_BYTES)
    assert.equal(await packed.text(), text)
    assert.ok(Number(packed.headers.get('content-length')) < text.length / 4)
    const short = await fetch(`${test.started.address}/api/v1/setup`, { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(short.headers.get('content-encoding'), null)
  })
})
