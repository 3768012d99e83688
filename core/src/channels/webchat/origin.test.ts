import assert from 'node:assert/strict'
import { originAllowed, originOf } from './origin.ts'

const ALLOWED = ['https://shop.example.ru', 'http://localhost:5173/']

describe('the origins that may open a chat', () => {
  it('are those of the setting, exactly', () => {
    assert.equal(originAllowed(ALLOWED, { origin: 'https://shop.example.ru', host: 'chat.example.ru' }), true)
    assert.equal(originAllowed(ALLOWED, { origin: 'http://localhost:5173', host: 'chat.example.ru' }), true)
  })

  it('are neither sub-domains, other schemes, other ports nor longer names', () => {
    for (const origin of [
      'https://evil.shop.example.ru',
      'http://shop.example.ru',
      'https://shop.example.ru:8443',
      'https://shop.example.ru.evil.ru',
      'https://SHOP.example.ru.',
      'null',
      '',
    ]) {
      assert.equal(originAllowed(ALLOWED, { origin, host: 'chat.example.ru' }), false, origin)
    }
  })

  it("are the product's own, with and without the header that browsers leave out", () => {
    assert.equal(originAllowed([], { origin: 'https://chat.example.ru', host: 'chat.example.ru' }), true)
    assert.equal(originAllowed([], { 'sec-fetch-site': 'same-origin', host: 'chat.example.ru' }), true)
  })

  it('are not whoever leaves the header out', () => {
    assert.equal(originAllowed(ALLOWED, { host: 'chat.example.ru' }), false)
    assert.equal(originAllowed(ALLOWED, { 'sec-fetch-site': 'cross-site', host: 'chat.example.ru' }), false)
    assert.equal(originAllowed(ALLOWED, { origin: 'ftp://chat.example.ru', host: 'chat.example.ru' }), false)
  })

  it('are read from settings with or without a last slash, and never with a path', () => {
    assert.equal(originOf('https://a.ru/'), 'https://a.ru')
    assert.equal(originOf('https://a.ru:443'), 'https://a.ru')
    assert.equal(originOf('https://a.ru/shop'), null)
    assert.equal(originOf('https://user@a.ru'), null)
    assert.equal(originOf('*'), null)
  })
})
