import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSecretBox, SecretBoxError } from './secret-box.ts'

describe('the secret box', () => {
  const key = randomBytes(32)
  const box = createSecretBox(key)

  it('opens what it sealed, of any length', () => {
    for (const plain of ['', 'x', 'пароль от ящика', 'y'.repeat(10_000)]) assert.equal(box.open(box.seal(plain)), plain)
  })

  it('seals the same secret differently each time and shows nothing of it', () => {
    const [one, two] = [box.seal('hunter2hunter2'), box.seal('hunter2hunter2')]
    assert.notDeepEqual(one, two)
    assert.equal(one.includes('hunter2'), false)
  })

  it('refuses bytes of which one bit was changed, wherever', () => {
    const sealed = box.seal('secret')
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 1
      assert.throws(() => box.open(changed), SecretBoxError)
    }
  })

  it('refuses what was cut short at any place', () => {
    const sealed = box.seal('secret')
    for (let length = 0; length < sealed.length; length++)
      assert.throws(() => box.open(sealed.subarray(0, length)), SecretBoxError)
  })

  it('refuses what another key sealed, and a key of another size', () => {
    assert.throws(() => createSecretBox(randomBytes(32)).open(box.seal('secret')), SecretBoxError)
    assert.throws(() => createSecretBox(randomBytes(16)), SecretBoxError)
  })
})
