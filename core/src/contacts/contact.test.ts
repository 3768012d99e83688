import assert from 'node:assert/strict'
import { nameFor } from './contact.ts'

describe('the name of a contact', () => {
  it('is the one that was given, or of the address', () => {
    assert.equal(nameFor({ kind: 'email', value: 'anna@example.test' }), 'anna')
    assert.equal(nameFor({ kind: 'email', value: 'anna@example.test', displayName: '  ' }), 'anna')
    assert.equal(nameFor({ kind: 'phone', value: '+7 495 1234567' }), '+7 495 1234567')
    assert.equal(nameFor({ kind: 'email', value: 'a@b.c', displayName: 'Анна' }), 'Анна')
    assert.equal([...nameFor({ kind: 'external', value: '😀'.repeat(300) })].length, 120)
  })
})
