import assert from 'node:assert/strict'
import { expiresAt, expiryTone } from './token-expiry.ts'

const NOW = Date.parse('2026-02-03T09:00:00Z')
const inDays = (days: number): string => new Date(NOW + days * 86_400_000).toISOString()

describe('how long an access key lives', () => {
  it('ends after the chosen length, or never', () => {
    assert.equal(expiresAt('quarter', NOW), inDays(90))
    assert.equal(expiresAt('never', NOW), null)
  })

  it('is marked when it ends soon and when it has ended', () => {
    assert.equal(expiryTone(null, NOW), null)
    assert.equal(expiryTone(inDays(15), NOW), null)
    assert.equal(expiryTone(inDays(14), NOW), 'warn')
    assert.equal(expiryTone(inDays(0), NOW), 'danger')
  })
})
