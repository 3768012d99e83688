import assert from 'node:assert/strict'
import { expiryOf, hashToken, isToken, newToken, SESSION_ABSOLUTE_MS, SESSION_IDLE_MS, sessionState } from './session.ts'

const START = new Date('2026-03-02T08:00:00Z')
const later = (ms: number): Date => new Date(START.getTime() + ms)

describe('a session', () => {
  it('lives while it is used', () => {
    const session = { lastSeenAt: later(SESSION_ABSOLUTE_MS - 2), expiresAt: expiryOf(START) }
    assert.equal(sessionState(session, later(SESSION_ABSOLUTE_MS - 1)), 'alive')
  })

  it('ends when it is not used, from the very moment of the limit on', () => {
    const session = { lastSeenAt: START, expiresAt: expiryOf(START) }
    assert.equal(sessionState(session, later(SESSION_IDLE_MS - 1)), 'alive')
    assert.equal(sessionState(session, later(SESSION_IDLE_MS)), 'idle')
  })

  it('ends for good in the end, however busy', () => {
    const session = { lastSeenAt: later(SESSION_ABSOLUTE_MS), expiresAt: expiryOf(START) }
    assert.equal(sessionState(session, later(SESSION_ABSOLUTE_MS)), 'expired')
  })
})

describe('a token', () => {
  it('is new each time and recognised by its form', () => {
    const tokens = new Set(Array.from({ length: 1_000 }, newToken))
    assert.equal(tokens.size, 1_000)
    for (const token of tokens) assert.ok(isToken(token))
    for (const other of ['', 'x', `${newToken()}x`, newToken().slice(1), `${newToken().slice(1)}=`]) assert.ok(!isToken(other))
  })

  it('is kept as its SHA-256 (FIPS 180-4 example)', () => {
    assert.equal(hashToken('abc').toString('hex'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})
