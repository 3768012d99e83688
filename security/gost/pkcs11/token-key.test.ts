import assert from 'node:assert/strict'
import { bytesOf, generateKey } from '../secret-key.ts'
import { GostToken } from '../test/gost-token.ts'
import { wasmProvider } from '../wasm/provider.ts'
import { tokenKey } from './token-key.ts'
import { createTokenSession } from './token-session.ts'

describe('a key of a token with GOST algorithms, on a stand-in', () => {
  const own = wasmProvider()
  after(() => own.close())
  const kexp15 = own.operations['kuznyechik-kexp15']
  const setUp = ({ pin = '1234' } = {}) => {
    const pkcs11 = new GostToken({ kexp15, pin: '1234', label: 'oco' })
    const session = createTokenSession({ pkcs11, token: 'ГОСТ', pin })
    return { pkcs11, session, key: tokenKey(session, { token: 'ГОСТ', label: 'oco' }) }
  }

  it('wraps by KExp15, each time under another initial value, and leaves none of our keys there', async () => {
    const { pkcs11, key } = setUp()
    const ours = generateKey()
    const [one, two] = [await key.wrap(ours), await key.wrap(ours)]
    assert.deepEqual([one.length, one[1]], [2 + 8 + 48, 2])
    assert.notDeepEqual(one, two)
    for (const wrapped of [one, two]) assert.deepEqual(bytesOf(await key.unwrap(wrapped)), bytesOf(ours))
    assert.equal(pkcs11.keysOfSessions, 0)
  })

  it('refuses what was changed, and what another token has wrapped', async () => {
    const { key } = setUp()
    const wrapped = Buffer.from(await key.wrap(generateKey()))
    for (const at of [2, 9, 10, 57]) {
      const changed = Buffer.from(wrapped)
      changed[at] = (changed[at] ?? 0) ^ 0x80
      await assert.rejects(key.unwrap(changed), { code: 'tag_mismatch' }, `byte ${String(at)}`)
    }
    await assert.rejects(setUp().key.unwrap(wrapped), { code: 'tag_mismatch' })
  })

  it('says that the token was pulled out, and goes on once it is back', async () => {
    const { pkcs11, key } = setUp()
    const wrapped = await key.wrap(generateKey())
    pkcs11.isIn = false
    await assert.rejects(key.unwrap(wrapped), { code: 'token_missing' })
    pkcs11.isIn = true
    pkcs11.reset()
    assert.ok(await key.unwrap(wrapped))
  })

  it('says that the session was lost where another one is lost at once', async () => {
    const { pkcs11, key } = setUp()
    pkcs11.C_Login = () => undefined
    await assert.rejects(key.wrap(generateKey()), { code: 'session_lost' })
  })

  it('never tries a wrong PIN twice, nor any PIN where one more wrong one locks the token', async () => {
    const { pkcs11, key } = setUp({ pin: '0000' })
    for (let call = 0; call < 5; call++) await assert.rejects(key.wrap(generateKey()), { code: 'pin_refused' })
    assert.equal(pkcs11.tries, 2)
    const rightPin = setUp()
    rightPin.pkcs11.tries = 1
    await assert.rejects(rightPin.key.wrap(generateKey()), { code: 'pin_refused', message: /one more wrong PIN locks/ })
    rightPin.pkcs11.tries = 0
    const later = tokenKey(createTokenSession({ pkcs11: rightPin.pkcs11, token: 'ГОСТ', pin: '1234' }), {
      token: 'ГОСТ',
      label: 'oco',
    })
    await assert.rejects(later.wrap(generateKey()), { code: 'pin_refused', message: /is locked/ })
  })
})
