import assert from 'node:assert/strict'
import { nameFor, normalised } from './contact.ts'

describe('addresses of contacts', () => {
  it('are compared without case, spaces or the signs of a phone number', () => {
    assert.equal(normalised({ kind: 'email', value: ' Anna@Example.TEST ' }), 'anna@example.test')
    assert.equal(normalised({ kind: 'phone', value: '8 (495) 123-45-67' }), '74951234567')
    assert.equal(normalised({ kind: 'phone', value: '+7 495 1234567' }), '74951234567')
    assert.equal(normalised({ kind: 'phone', value: '112' }), '112')
    assert.equal(normalised({ kind: 'external', value: ' A-1 ' }), 'A-1')
  })

  it('give a name where none was given', () => {
    assert.equal(nameFor({ kind: 'email', value: 'anna@example.test' }), 'anna')
    assert.equal(nameFor({ kind: 'email', value: 'anna@example.test', displayName: '  ' }), 'anna')
    assert.equal(nameFor({ kind: 'phone', value: '+7 495 1234567' }), '+7 495 1234567')
    assert.equal(nameFor({ kind: 'email', value: 'a@b.c', displayName: 'Анна' }), 'Анна')
    assert.equal([...nameFor({ kind: 'external', value: '😀'.repeat(300) })].length, 120)
  })
})
