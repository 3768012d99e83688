import assert from 'node:assert/strict'
import { normalised } from './address.ts'

describe('addresses', () => {
  it('are compared without case, spaces or the signs of a phone number', () => {
    assert.equal(normalised({ kind: 'email', value: ' Anna@Example.TEST ' }), 'anna@example.test')
    assert.equal(normalised({ kind: 'phone', value: '8 (495) 123-45-67' }), '74951234567')
    assert.equal(normalised({ kind: 'phone', value: '+7 495 1234567' }), '74951234567')
    assert.equal(normalised({ kind: 'phone', value: '112' }), '112')
    assert.equal(normalised({ kind: 'external', value: ' A-1 ' }), 'A-1')
  })
})
