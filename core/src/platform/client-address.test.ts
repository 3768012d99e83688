import assert from 'node:assert/strict'
import { clientAddress, trustedProxies } from './client-address.ts'

const trusted = trustedProxies(['10.0.0.0/8', '::1'])

describe('client address', () => {
  it('is the peer where the peer is no proxy of ours, whatever it claims', () => {
    assert.equal(clientAddress('203.0.113.7', '198.51.100.1', trusted), '203.0.113.7')
  })

  it('is the nearest hop that is not ours', () => {
    assert.equal(clientAddress('10.0.0.2', '1.1.1.1, 203.0.113.7, 10.1.1.1', trusted), '203.0.113.7')
  })

  it('is the last proxy where what stands before it is no address', () => {
    assert.equal(clientAddress('10.0.0.2', 'unknown', trusted), '10.0.0.2')
    assert.equal(clientAddress('10.0.0.2', undefined, trusted), '10.0.0.2')
  })

  it('reads IPv4 that came over an IPv6 socket', () => {
    assert.equal(clientAddress('::ffff:10.0.0.2', '::ffff:203.0.113.7', trusted), '203.0.113.7')
    assert.equal(clientAddress('::1', '203.0.113.9', trusted), '203.0.113.9')
  })

  it('refuses a list with something that is no address', () => {
    assert.throws(() => trustedProxies(['proxy.local']), /not an address/)
  })
})
