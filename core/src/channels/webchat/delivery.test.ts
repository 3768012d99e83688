import assert from 'node:assert/strict'
import fc from 'fast-check'
import { deliveryOf, GONE_AFTER_MS, UNCONFIRMED_AFTER_MS, type Reach } from './delivery.ts'

const now = new Date('2026-11-25T10:00:00Z')
const ago = (ms: number): Date => new Date(now.getTime() - ms)
const reach = (over: Partial<Reach> = {}): Reach => ({ hasEmail: true, lastSeenAt: now, receivedSequence: 0, ...over })
const answer = (sentAt = now) => ({ sequence: 7, sentAt })

describe('the delivery of an answer in a chat', () => {
  it('is done once the page has confirmed its place, or a later one', () => {
    assert.deepEqual(deliveryOf(reach({ receivedSequence: 7 }), answer(), now), { kind: 'received' })
    assert.deepEqual(deliveryOf(reach({ receivedSequence: 9, lastSeenAt: ago(GONE_AFTER_MS * 9) }), answer(), now), {
      kind: 'received',
    })
  })

  it('waits in the history where the visitor has left no address', () => {
    assert.deepEqual(deliveryOf(reach({ hasEmail: false, lastSeenAt: ago(GONE_AFTER_MS * 9) }), answer(), now), { kind: 'kept' })
  })

  it('goes by mail at once where the visitor left long before', () => {
    assert.deepEqual(deliveryOf(reach({ lastSeenAt: ago(GONE_AFTER_MS) }), answer(), now), { kind: 'gone' })
  })

  it('waits a little for one who has just left, and not beyond the moment of being gone', () => {
    const sentAt = ago(4_000)
    assert.deepEqual(deliveryOf(reach({ lastSeenAt: ago(10_000) }), answer(sentAt), now), {
      kind: 'away',
      until: new Date(now.getTime() + 2_000),
    })
    const almost = deliveryOf(reach({ lastSeenAt: ago(GONE_AFTER_MS - 500) }), answer(ago(60_000)), now)
    assert.deepEqual(almost, { kind: 'away', until: new Date(now.getTime() + 500) })
  })

  it('does not believe for ever in a page that is connected and confirms nothing', () => {
    assert.deepEqual(deliveryOf(reach(), answer(ago(UNCONFIRMED_AFTER_MS)), now), { kind: 'gone' })
  })

  it('always ends: every wait is in the future, and never later than the end of all waiting', () => {
    fc.assert(
      fc.property(fc.nat(GONE_AFTER_MS * 2), fc.nat(UNCONFIRMED_AFTER_MS * 2), (awayMs, unconfirmedMs) => {
        const delivery = deliveryOf(reach({ lastSeenAt: ago(awayMs) }), answer(ago(unconfirmedMs)), now)
        if (delivery.kind !== 'away') return delivery.kind === 'gone'
        return delivery.until > now && delivery.until.getTime() <= now.getTime() + Math.min(GONE_AFTER_MS - awayMs, 30_000)
      }),
    )
  })
})
