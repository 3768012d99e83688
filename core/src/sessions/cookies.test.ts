import assert from 'node:assert/strict'
import { cookiesOf, noCookies, readCookie } from './cookies.ts'

describe('cookies of a session', () => {
  it('hide the token from scripts and show them the CSRF value', () => {
    assert.deepEqual(cookiesOf({ token: 't', csrfToken: 'c', maxAgeMs: 3_600_000, secure: true }), [
      'oco_session=t; Path=/; Max-Age=3600; SameSite=Lax; Secure; HttpOnly',
      'oco_csrf=c; Path=/; Max-Age=3600; SameSite=Lax; Secure',
    ])
  })

  it('are Secure only where the request came over TLS: a browser would drop them otherwise', () => {
    for (const cookie of cookiesOf({ token: 't', csrfToken: 'c', maxAgeMs: 1, secure: false }))
      assert.doesNotMatch(cookie, /Secure/)
  })

  it('go when the session ends', () => {
    for (const cookie of noCookies(false)) assert.match(cookie, /^oco_(session|csrf)=; Path=\/; Max-Age=0;/)
  })

  it('are found among others by their whole name', () => {
    assert.equal(readCookie('a=1; oco_session=x=y ; b=2', 'oco_session'), 'x=y')
    assert.equal(readCookie('xoco_session=1; oco_session2=2', 'oco_session'), null)
    assert.equal(readCookie('oco_session=first; oco_session=second', 'oco_session'), 'first')
    assert.equal(readCookie(undefined, 'oco_session'), null)
    assert.equal(readCookie('oco_session', 'oco_session'), null)
    assert.equal(readCookie(`oco_session=${'x'.repeat(9_000)}`, 'oco_session'), null)
  })
})
