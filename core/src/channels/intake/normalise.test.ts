import assert from 'node:assert/strict'
import { digestOf, normaliseIntake, type IntakeBody } from './normalise.ts'

const now = new Date('2026-11-25T10:00:00Z')
const body = (over: Partial<IntakeBody> = {}): IntakeBody => ({
  from: { name: 'Анна', email: 'anna@example.ru' },
  subject: 'Счёт',
  text: 'Пришлите счёт',
  ...over,
})
const message = (given: IntakeBody) => {
  const made = normaliseIntake(given, 'key-00000001', now)
  assert.ok(made?.kind === 'message')
  return made
}

describe('a request of another system', () => {
  it('is unique by its key and carries what was asked', () => {
    const made = message(body({ priority: 4, caseId: 'CRM-17' }))
    assert.equal(made.externalId, 'key-00000001')
    assert.equal(made.priority, 4)
    assert.deepEqual(made.thread, { conversationKey: 'CRM-17', references: [] })
    assert.equal(made.subject, 'Счёт')
    assert.equal(made.digest, digestOf(body({ priority: 4, caseId: 'CRM-17' })))
  })

  it('believes its sender that all addresses are one contact, e-mail first', () => {
    const made = message(body({ from: { name: 'Анна', externalId: '42', phone: '+7 900 000-00-00', email: 'anna@example.ru' } }))
    assert.deepEqual(made.from, { kind: 'email', value: 'anna@example.ru', displayName: 'Анна' })
    assert.deepEqual(made.alsoKnownAs, [
      { kind: 'phone', value: '+7 900 000-00-00', displayName: 'Анна' },
      { kind: 'external', value: '42', displayName: 'Анна' },
    ])
  })

  it('may know its customer by a number of its own alone', () => {
    assert.deepEqual(message(body({ from: { externalId: '42' } })).from, { kind: 'external', value: '42' })
  })

  it('starts a conversation of its own without a case', () => {
    assert.deepEqual(message(body()).thread, { references: [] })
  })

  it('is nothing where nothing readable is left of it', () => {
    assert.equal(normaliseIntake(body({ text: '\u0000 ' }), 'key-00000001', now), null)
    assert.equal(normaliseIntake(body({ from: { externalId: '\u0007' } }), 'key-00000001', now), null)
  })

  it('has the same digest for the same content in any order, and another for any other content', () => {
    const one: IntakeBody = { subject: 'a', text: 'b', from: { email: 'a@b.ru', name: 'c' } }
    assert.equal(digestOf(one), digestOf({ from: { name: 'c', email: 'a@b.ru' }, text: 'b', subject: 'a' }))
    const others: IntakeBody[] = [
      { ...one, text: 'c' },
      { ...one, subject: 'b', text: 'a' },
      { ...one, priority: 3 },
      { ...one, caseId: '1' },
      { ...one, from: { email: 'a@b.ru' } },
      { ...one, from: { ...one.from, externalId: 'c' } },
    ]
    assert.equal(new Set([one, ...others].map(digestOf)).size, others.length + 1)
  })
})
