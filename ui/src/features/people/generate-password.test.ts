import assert from 'node:assert/strict'
import { generatePassword, type RandomNumbers } from './generate-password.ts'

/** Numbers in the given order; fails the test when more are asked for. */
function scripted(numbers: readonly number[]): RandomNumbers {
  let place = 0
  return (count) => {
    const given = numbers.slice(place, place + count)
    place += count
    assert.equal(given.length, count)
    return Uint32Array.from(given)
  }
}

describe('a generated password', () => {
  it('is four groups of five characters that cannot be mistaken for each other', () => {
    const password = generatePassword((count) => crypto.getRandomValues(new Uint32Array(count)))
    assert.match(password, /^([a-kmnp-zA-HJ-NP-Z2-9]{5}-){3}[a-kmnp-zA-HJ-NP-Z2-9]{5}$/)
  })

  it('takes each character from one number', () => {
    assert.equal(generatePassword(scripted(Array.from({ length: 20 }, (_, index) => index))), 'abcde-fghij-kmnpq-rstuv')
  })

  it('draws anew where a number would favour the first characters', () => {
    assert.equal(generatePassword(scripted([0xff_ff_ff_ff, ...Array.from({ length: 20 }, () => 1)])), 'bbbbb-bbbbb-bbbbb-bbbbb')
  })
})
