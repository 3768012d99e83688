import assert from 'node:assert/strict'
import { createFloodGate, FLOOD_LIMITS, type FloodGate } from './flood.ts'

describe('the flood gate', () => {
  const at = (): { nowMs: number; gate: FloodGate } => {
    const time = { nowMs: 0 }
    return Object.assign(time, { gate: createFloodGate(() => time.nowMs) })
  }
  const visit = (visitId: string, address = '10.0.0.1') => ({ address, visitId })

  it('lets a burst through, then one a second', () => {
    const state = at()
    for (let i = 0; i < FLOOD_LIMITS.message.visit.burst; i++) assert.equal(state.gate('message', visit('a')), 0)
    assert.equal(state.gate('message', visit('a')), 1)
    state.nowMs += 1_000
    assert.equal(state.gate('message', visit('a')), 0)
    assert.equal(state.gate('message', visit('a')), 1)
  })

  it('limits visitors apart, and all of one address together', () => {
    const state = at()
    let passed = 0
    for (let i = 0; i < 1_000; i++) if (state.gate('message', visit(`v${i}`)) === 0) passed++
    assert.equal(passed, FLOOD_LIMITS.message.address.burst)
    assert.equal(state.gate('message', visit('v0', '10.0.0.2')), 0)
  })

  it('takes a network of 64 bits of IPv6 for one address', () => {
    const state = at()
    let passed = 0
    for (let i = 0; i < 1_000; i++) if (state.gate('message', visit(`v${i}`, `2001:db8::${i.toString(16)}`)) === 0) passed++
    assert.equal(passed, FLOOD_LIMITS.message.address.burst)
    assert.equal(state.gate('message', visit('v0', '2001:db8:0:1::1')), 0)
  })

  it('takes nothing from an address for what the visitor alone has spent', () => {
    const state = at()
    for (let i = 0; i < 500; i++) state.gate('message', visit('noisy'))
    let passed = 0
    for (let i = 0; i < 1_000; i++) if (state.gate('message', visit(`calm${i}`)) === 0) passed++
    assert.equal(passed, FLOOD_LIMITS.message.address.burst - FLOOD_LIMITS.message.visit.burst)
  })

  it('says how long to wait for what is seldom allowed', () => {
    const state = at()
    const caller = visit('a')
    for (let i = 0; i < FLOOD_LIMITS.transcript.visit.burst; i++) assert.equal(state.gate('transcript', caller), 0)
    assert.equal(state.gate('transcript', caller), 600)
  })

  it('counts acts apart', () => {
    const state = at()
    for (let i = 0; i < 100; i++) state.gate('upload', visit('a'))
    assert.equal(state.gate('message', visit('a')), 0)
  })
})
