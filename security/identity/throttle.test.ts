import assert from 'node:assert/strict'
import {
  ADDRESS_LIMITS,
  addressKey,
  afterFailure,
  freshCounter,
  isOver,
  LOGIN_LIMITS,
  loginKey,
  pauseLeftMs,
  type SignInCounter,
} from './throttle.ts'

const START = new Date('2026-03-02T08:00:00Z')
const later = (ms: number): Date => new Date(START.getTime() + ms)

const failed = (times: number): SignInCounter => {
  let counter = freshCounter(START)
  for (let count = 0; count < times; count++) counter = afterFailure(counter, LOGIN_LIMITS, START)
  return counter
}

describe('the sign-in counter', () => {
  it('lets the first failures pass', () => {
    assert.equal(pauseLeftMs(failed(LOGIN_LIMITS.freeFailures - 1), START), 0)
  })

  it('then pauses, each time twice as long, up to a limit', () => {
    const pauses = [0, 1, 2, 3, 20, 2_000].map((beyond) => pauseLeftMs(failed(LOGIN_LIMITS.freeFailures + beyond), START))
    assert.deepEqual(pauses, [30_000, 60_000, 120_000, 240_000, LOGIN_LIMITS.pauseMsMax, LOGIN_LIMITS.pauseMsMax])
  })

  it('lets one try again when the pause is over, and pauses longer after the next failure', () => {
    const counter = failed(LOGIN_LIMITS.freeFailures)
    assert.equal(pauseLeftMs(counter, later(29_999)), 1)
    assert.equal(pauseLeftMs(counter, later(30_000)), 0)
    assert.equal(pauseLeftMs(afterFailure(counter, LOGIN_LIMITS, later(30_000)), later(30_000)), 60_000)
  })

  it('forgets after a quiet window, not before', () => {
    const few = failed(2)
    assert.equal(isOver(few, LOGIN_LIMITS, later(LOGIN_LIMITS.windowMs - 1)), false)
    assert.equal(isOver(few, LOGIN_LIMITS, later(LOGIN_LIMITS.windowMs)), true)
    assert.equal(afterFailure(few, LOGIN_LIMITS, later(LOGIN_LIMITS.windowMs)).failures, 1)
    const locked = failed(LOGIN_LIMITS.freeFailures)
    assert.equal(isOver(locked, LOGIN_LIMITS, later(LOGIN_LIMITS.windowMs)), false)
    assert.equal(isOver(locked, LOGIN_LIMITS, later(LOGIN_LIMITS.windowMs + 30_000)), true)
  })

  it('lets a whole office fail more often than one login', () => {
    assert.ok(ADDRESS_LIMITS.freeFailures > LOGIN_LIMITS.freeFailures)
  })
})

describe('the counter’s key', () => {
  it('keeps logins and addresses apart', () => {
    assert.equal(loginKey('10.0.0.1'), 'login:10.0.0.1')
    assert.equal(addressKey('10.0.0.1'), 'address:10.0.0.1')
    assert.equal(addressKey(null), 'address:unknown')
  })

  it('takes an IPv6 network as one address, however it is written', () => {
    const one = addressKey('2001:db8:0:7::1')
    assert.equal(one, 'address:2001:db8:0:7::/64')
    assert.equal(addressKey('2001:0DB8:0000:0007:aaaa:bbbb:cccc:dddd'), one)
    assert.notEqual(addressKey('2001:db8:0:8::1'), one)
    assert.equal(addressKey('::1'), 'address:0:0:0:0::/64')
    assert.equal(addressKey('fe80::1'), 'address:fe80:0:0:0::/64')
  })
})
