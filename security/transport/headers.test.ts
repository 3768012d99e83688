import assert from 'node:assert/strict'
import { apiHeaders, assetHeaders, letterHeaders, newNonce, pageHeaders } from './headers.ts'

const directives = (policy: string | undefined): Map<string, string> =>
  new Map(
    (policy ?? '').split(';').map((directive) => {
      const [name = '', ...values] = directive.trim().split(' ')
      return [name, values.join(' ')]
    }),
  )

describe('headers of a page', () => {
  const headers = pageHeaders({ nonce: 'abc123==', secure: false })
  const policy = directives(headers['content-security-policy'])

  it('lets only marked scripts and styles in', () => {
    assert.equal(policy.get('script-src'), "'nonce-abc123=='")
    assert.equal(policy.get('style-src'), "'nonce-abc123=='")
    assert.equal(policy.get('default-src'), "'none'")
    assert.doesNotMatch(headers['content-security-policy'] ?? '', /unsafe/)
  })

  it('speaks to its own server alone and stands in no frame', () => {
    assert.equal(policy.get('connect-src'), "'self'")
    assert.equal(policy.get('frame-src'), "'self'")
    assert.equal(policy.get('frame-ancestors'), "'none'")
    assert.equal(policy.get('img-src'), "'self' data: blob:")
    assert.equal(headers['x-frame-options'], 'DENY')
  })

  it('allows a constant style by its hash', () => {
    const allowed = pageHeaders({ nonce: 'n', secure: false, styleHashes: ['sha256-YQ==', 'sha256-Yg=='] })
    assert.equal(directives(allowed['content-security-policy']).get('style-src'), "'nonce-n' 'sha256-YQ==' 'sha256-Yg=='")
  })

  it('asks for TLS only where the page came over TLS', () => {
    assert.equal(headers['strict-transport-security'], undefined)
    assert.equal(pageHeaders({ nonce: 'n', secure: true })['strict-transport-security'], 'max-age=31536000')
  })

  it('has helmet’s own headers', () => {
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['x-powered-by'], undefined)
  })

  it('never gives the same nonce twice', () => {
    const nonces = new Set(Array.from({ length: 1_000 }, newNonce))
    assert.equal(nonces.size, 1_000)
    for (const nonce of nonces) assert.match(nonce, /^[A-Za-z0-9+/]{22}==$/)
  })
})

describe('headers of other answers', () => {
  it('make an answer of the API inert', () => {
    const policy = directives(apiHeaders({ secure: false })['content-security-policy'])
    assert.equal(policy.get('default-src'), "'none'")
    assert.equal(policy.get('sandbox'), '')
    assert.equal(apiHeaders({ secure: false })['cache-control'], 'no-store')
  })

  it('let a letter paint itself and show its pictures, without script and without anything from outside', () => {
    const headers = letterHeaders({ secure: false })
    const policy = directives(headers['content-security-policy'])
    assert.equal(policy.get('default-src'), "'none'")
    assert.equal(policy.get('style-src'), "'unsafe-inline'")
    assert.equal(policy.get('img-src'), "data: 'self'")
    assert.equal(policy.get('script-src'), undefined)
    assert.equal(policy.get('frame-ancestors'), "'self'")
    assert.doesNotMatch(policy.get('sandbox') ?? 'allow-scripts', /allow-scripts|allow-forms|allow-top/)
    assert.equal(headers['x-frame-options'], 'SAMEORIGIN')
  })

  it('let only the widget into pages of other sites', () => {
    assert.equal(assetHeaders({ secure: false, embeddable: true })['cross-origin-resource-policy'], 'cross-origin')
    assert.equal(assetHeaders({ secure: false, embeddable: false })['cross-origin-resource-policy'], 'same-origin')
  })
})
