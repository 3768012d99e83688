import assert from 'node:assert/strict'
import { createSetupCode, WRONG_CODES_MAX } from './setup-code.ts'

describe('set-up code', () => {
  it('is read however it was typed', () => {
    const { code, matches } = createSetupCode()
    assert.match(code, /^[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}$/)
    assert.ok(matches(code))
    assert.ok(matches(` ${code.toLowerCase().replaceAll('-', ' ')} `))
  })

  it('is another one each time', () => {
    assert.equal(new Set(Array.from({ length: 50 }, () => createSetupCode().code)).size, 50)
  })

  it('shuts for good after too many guesses', () => {
    const { code, matches } = createSetupCode()
    for (let guess = 0; guess < WRONG_CODES_MAX; guess++) assert.equal(matches('AAAA-AAAA-AAA0'), false)
    assert.equal(matches(code), false)
  })
})
