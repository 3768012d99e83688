import assert from 'node:assert/strict'
import { startTestApp, type TestApp } from '../app.ts'

describe('the door of the product behind a proxy of ours', () => {
  let test: TestApp
  before(async () => {
    test = await startTestApp({ trustedProxies: ['127.0.0.1'] })
  })
  after(() => test.stop())

  const askFrom = async (address: string, path = '/api/v1/setup'): Promise<number> =>
    (await fetch(test.started.address + path, { headers: { 'x-forwarded-for': address } })).status

  it('slows a network of 64 bits of IPv6 down as one caller, and nobody else with it', async () => {
    const statuses = await Promise.all(Array.from({ length: 400 }, (_, index) => askFrom(`2001:db8::${index.toString(16)}`)))
    const refused = statuses.filter((status) => status === 429)
    assert.ok(refused.length > 0 && refused.length < statuses.length, `${refused.length} of ${statuses.length} refused`)
    assert.equal(await askFrom('2001:db8:0:1::1'), 200)
  })

  it('shows its figures to nobody for whom the proxy asks, were it in words that name no address', async () => {
    assert.equal((await fetch(`${test.started.address}/metrics`)).status, 200)
    for (const address of ['203.0.113.7', 'unknown', '203.0.113.7:443']) assert.equal(await askFrom(address, '/metrics'), 401)
  })
})
