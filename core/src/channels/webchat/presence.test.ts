import assert from 'node:assert/strict'
import { createPresence, PAGES_OF_ADDRESS_MAX, PAGES_OF_VISIT_MAX } from './presence.ts'

describe('the presence of visitors', () => {
  it('knows who is here until the last page has gone', () => {
    const presence = createPresence()
    const first = presence.join('a', null)
    const second = presence.join('a', null)
    assert.deepEqual(presence.visitIds(), ['a'])
    first?.()
    first?.()
    assert.deepEqual(presence.visitIds(), ['a'])
    second?.()
    assert.deepEqual(presence.visitIds(), [])
  })

  it('takes so many pages of a visit and of an address', () => {
    const presence = createPresence()
    for (let i = 0; i < PAGES_OF_VISIT_MAX; i++) assert.notEqual(presence.join('a', `10.0.0.${i}`), null)
    assert.equal(presence.join('a', '10.0.1.1'), null)
    for (let i = 0; i < PAGES_OF_ADDRESS_MAX; i++) assert.notEqual(presence.join(`v${i}`, '10.0.2.2'), null)
    assert.equal(presence.join('b', '10.0.2.2'), null)
    assert.notEqual(presence.join('b', '10.0.2.3'), null)
  })

  it('says that an answer has come as soon as a page confirms it or a later one', async () => {
    const presence = createPresence()
    presence.join('a', null)
    const confirmed = presence.confirmed('a', 5, 10_000)
    presence.confirm('a', 4)
    presence.confirm('b', 9)
    presence.confirm('a', 6)
    assert.equal(await confirmed, true)
  })

  it('waits for nobody where nobody is here, and no longer once the last page goes', async () => {
    const presence = createPresence()
    assert.equal(await presence.confirmed('a', 5, 10_000), false)
    const leave = presence.join('a', null)
    const confirmed = presence.confirmed('a', 5, 10_000)
    leave?.()
    assert.equal(await confirmed, false)
  })

  it('gives up after the time it was given', async () => {
    const presence = createPresence()
    presence.join('a', null)
    assert.equal(await presence.confirmed('a', 5, 5), false)
  })
})
