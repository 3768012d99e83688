import * as contract from '@oco/contract'
import assert from 'node:assert/strict'
import {
  emptyQueue,
  newQueue,
  OFFER_TIMEOUT_MS_MAX,
  OFFER_TIMEOUT_MS_MIN,
  PRIORITIES,
  queueChange,
  queueFaults,
  queueFormOf,
  TARGET_MS_MAX,
} from './queue-form.ts'

const queue: contract.QueueView = {
  id: '018f3c1e-0000-7000-8000-000000000001',
  name: 'Первая линия',
  priority: 3,
  skillId: null,
  offerTimeoutMs: 30_000,
  firstReplyTargetMs: null,
  resolutionTargetMs: 86_400_000,
  memberCount: 1,
  channelNames: [],
  openItems: 0,
  version: 7,
}

describe('the form of a queue', () => {
  it('has the limits of the contract', () => {
    assert.deepEqual([OFFER_TIMEOUT_MS_MIN, OFFER_TIMEOUT_MS_MAX], [contract.OFFER_TIMEOUT_MS_MIN, contract.OFFER_TIMEOUT_MS_MAX])
    assert.equal(TARGET_MS_MAX, contract.TARGET_MS_MAX)
    assert.deepEqual([PRIORITIES[0], PRIORITIES.at(-1)], [contract.PRIORITY_MAX, contract.PRIORITY_MIN])
  })

  it('starts with what the contract takes once it has a name', () => {
    const form = { ...emptyQueue(), name: 'Вторая линия' }
    assert.deepEqual(queueFaults(form), {})
    assert.ok(contract.createQueue.request.body.safeParse(newQueue(form)).success)
  })

  it('lets a target be absent but not an offer without an end', () => {
    assert.deepEqual(queueFaults({ ...queueFormOf(queue), resolutionTargetMs: null }), {})
    assert.deepEqual(queueFaults({ ...queueFormOf(queue), offerTimeoutMs: null }), { offerTimeoutMs: { key: 'required' } })
  })

  it('refuses lengths beyond the limits, and a resolution before the first reply', () => {
    assert.equal(queueFaults({ ...queueFormOf(queue), offerTimeoutMs: 1_000 })['offerTimeoutMs']?.key, 'length')
    assert.equal(
      queueFaults({ ...queueFormOf(queue), firstReplyTargetMs: TARGET_MS_MAX + 1 })['firstReplyTargetMs']?.key,
      'length',
    )
    const early = { ...queueFormOf(queue), firstReplyTargetMs: 3_600_000, resolutionTargetMs: 60_000 }
    assert.deepEqual(queueFaults(early), { resolutionTargetMs: { key: 'before_reply' } })
  })

  it('sends only what was changed, and an absent target as none', () => {
    assert.equal(queueChange(queue, queueFormOf(queue)), null)
    assert.deepEqual(queueChange(queue, { ...queueFormOf(queue), priority: 1, resolutionTargetMs: null }), {
      priority: 1,
      resolutionTargetMs: null,
      version: 7,
    })
  })
})
