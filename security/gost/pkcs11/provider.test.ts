import assert from 'node:assert/strict'
import { needPrograms } from '../../../core/test/peers/debian-packages.ts'
import type { OutsideKey } from '../outside-key.ts'
import { bytesOf, generateKey, importKey } from '../secret-key.ts'
import { makeSoftToken, needCompiledModule, SOFT_TOKEN_PROGRAMS, type SoftToken } from '../test/soft-token.ts'
import { CKA, CKF, CKK, CKM, CKO_SECRET_KEY, CKU_USER } from './cryptoki.ts'
import { pkcs11Provider, type Pkcs11Options } from './provider.ts'
import type { Handle } from './pkcs11js.ts'
import { openTokenModule, type TokenModule } from './token-module.ts'
import { findToken } from './token-session.ts'

describe("a token's provider, on SoftHSM", () => {
  let soft: SoftToken
  const opened: { close(): Promise<void> }[] = []

  before(async function () {
    await needPrograms(this, SOFT_TOKEN_PROGRAMS)
    needCompiledModule(this)
  })
  beforeEach(async () => {
    soft = await makeSoftToken()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()))
    soft.dispose()
  })

  const open = async (change: Partial<Pkcs11Options> = {}) => {
    const { module, token, pin } = soft
    const provider = await pkcs11Provider({
      ...{ module, token, pin, keyLabel: 'oco', assurance: { certified: false } },
      ...change,
    })
    opened.push(provider)
    return provider
  }
  const keyOf = async (change: Partial<Pkcs11Options> = {}): Promise<OutsideKey> => {
    const { outsideKey } = await open(change)
    assert.ok(outsideKey !== undefined)
    return outsideKey
  }
  /** As another program of this process would use the token. */
  const beside = async (work: (module: TokenModule['pkcs11'], session: Handle, slot: Handle) => Promise<void> | void) => {
    const module = openTokenModule(soft.module)
    const { slot } = findToken(module.pkcs11, soft.token)
    const session = module.pkcs11.C_OpenSession(slot, CKF.SERIAL_SESSION | CKF.RW_SESSION)
    try {
      await work(module.pkcs11, session, slot)
    } finally {
      module.release()
    }
  }

  it('wraps a key of ours and unwraps it, in this process and the next', async () => {
    const key = generateKey()
    const first = await open()
    await first.outsideKey?.makeIfMissing()
    const wrapped = await first.outsideKey?.wrap(key)
    assert.ok(wrapped !== undefined)
    // RFC 3394 adds eight bytes, our header two.
    assert.equal(wrapped.length, 42)
    assert.equal(Buffer.from(wrapped).includes(Buffer.from(bytesOf(key))), false)
    await first.close()
    const next = await keyOf()
    assert.deepEqual(bytesOf(await next.unwrap(wrapped)), bytesOf(key))
    assert.equal(next.name, 'pkcs11:token=oco;object=oco;type=secret-key')
  })

  it('says what it is, and that it has none of the algorithms itself', async () => {
    const { id, version, assurance, operations } = await open()
    assert.equal(id, 'pkcs11')
    assert.match(version, /^SoftHSM v2, .* 2\.\d+, GOST mechanisms: 0$/)
    assert.deepEqual([assurance, operations], [{ certified: false }, {}])
  })

  it('makes its key once, so that it does not leave the token and does nothing but wrap', async () => {
    const key = await keyOf()
    await assert.rejects(key.wrap(generateKey()), { code: 'key_unknown' })
    await key.makeIfMissing()
    const wrapped = await key.wrap(importKey(Buffer.alloc(32, 5)))
    await key.makeIfMissing()
    assert.deepEqual(bytesOf(await key.unwrap(wrapped)), Uint8Array.from(Buffer.alloc(32, 5)))
    await beside((pkcs11, session) => {
      pkcs11.C_FindObjectsInit(session, [{ type: CKA.LABEL, value: 'oco' }])
      const [handle, second] = pkcs11.C_FindObjects(session, 2)
      pkcs11.C_FindObjectsFinal(session)
      assert.ok(handle !== undefined && second === undefined)
      const flags = pkcs11.C_GetAttributeValue(
        session,
        handle,
        [CKA.EXTRACTABLE, CKA.SENSITIVE, CKA.ENCRYPT, CKA.DECRYPT].map((type) => ({ type })),
      )
      assert.deepEqual(
        flags.map(({ value }) => value[0]),
        [0, 1, 0, 0],
      )
      assert.throws(() => pkcs11.C_GetAttributeValue(session, handle, [{ type: CKA.VALUE }]), /CKR_ATTRIBUTE_SENSITIVE/)
    })
  })

  it('leaves nothing of our keys in the token', async () => {
    const key = await keyOf()
    await key.makeIfMissing()
    await key.unwrap(await key.wrap(generateKey()))
    await assert.rejects(key.unwrap(Buffer.alloc(42, 1)), { code: 'tag_mismatch' })
    await beside((pkcs11, session) => {
      pkcs11.C_FindObjectsInit(session, [{ type: CKA.CLASS, value: CKO_SECRET_KEY }])
      assert.equal(pkcs11.C_FindObjects(session, 10).length, 1)
      pkcs11.C_FindObjectsFinal(session)
    })
  })

  it('refuses what another key has wrapped, what was changed, and what nobody has wrapped', async () => {
    const [one, other] = [await keyOf({ keyLabel: 'one' }), await keyOf({ keyLabel: 'other' })]
    await Promise.all([one.makeIfMissing(), other.makeIfMissing()])
    const wrapped = Buffer.from(await one.wrap(generateKey()))
    await assert.rejects(other.unwrap(wrapped), { code: 'tag_mismatch' })
    for (const at of [2, 20, wrapped.length - 1]) {
      const changed = Buffer.from(wrapped)
      changed[at] = (changed[at] ?? 0) ^ 1
      await assert.rejects(one.unwrap(changed), { code: 'tag_mismatch' }, `byte ${String(at)}`)
    }
    const [otherFormat, otherWrapping] = [Buffer.from(wrapped), Buffer.from(wrapped)]
    otherFormat[0] = 2
    otherWrapping[1] = 2
    await assert.rejects(one.unwrap(otherFormat), { code: 'unknown_format' })
    await assert.rejects(one.unwrap(otherWrapping), { code: 'tag_mismatch' })
    for (const length of [0, 2]) await assert.rejects(one.unwrap(wrapped.subarray(0, length)), { code: 'unknown_format' })
    await assert.rejects(one.unwrap(Buffer.concat([wrapped, Buffer.alloc(300)])), { code: 'unknown_format' })
    assert.ok(await one.unwrap(wrapped))
  })

  it('refuses a wrong PIN at the start', async () => {
    await assert.rejects(open({ pin: '0000' }), { code: 'pin_refused', message: /CKR_PIN_INCORRECT/ })
    assert.ok(await open())
  })

  it('says that the token is not there, or its library', async () => {
    await assert.rejects(open({ token: 'другой' }), { code: 'token_missing', message: /no token is called другой/ })
    await assert.rejects(open({ module: '/nowhere/librtpkcs11ecp.so' }), { code: 'not_installed', message: /librtpkcs11ecp/ })
  })

  it('opens another session where the token has ended it', async () => {
    const key = await keyOf()
    await key.makeIfMissing()
    const wrapped = await key.wrap(importKey(Buffer.alloc(32, 9)))
    await beside((pkcs11, _, slot) => {
      pkcs11.C_CloseAllSessions(slot)
    })
    assert.deepEqual(bytesOf(await key.unwrap(wrapped)), Uint8Array.from(Buffer.alloc(32, 9)))
  })

  it('says that its key is gone where the token was wiped, and makes no other by itself', async () => {
    const key = await keyOf()
    await key.makeIfMissing()
    soft.wipe()
    await assert.rejects(key.wrap(generateKey()), { code: 'key_unknown' })
  })

  it('takes one call after the other, however many come at once', async () => {
    const key = await keyOf()
    await key.makeIfMissing()
    const keys = Array.from({ length: 20 }, (_, at) => importKey(Buffer.alloc(32, at)))
    const back = await Promise.all(keys.map(async (each) => key.unwrap(await key.wrap(each))))
    assert.deepEqual(
      back.map((each) => bytesOf(each)[0]),
      keys.map((_, at) => at),
    )
  })

  it('takes no key that could be read out of the token, none that may not wrap, and not one of two', async () => {
    const make = (label: string, change: Readonly<Record<number, boolean>>) =>
      beside(async (pkcs11, session) => {
        pkcs11.C_Login(session, CKU_USER, soft.pin)
        const flags = { [CKA.TOKEN]: true, [CKA.PRIVATE]: true, [CKA.SENSITIVE]: true, [CKA.EXTRACTABLE]: false }
        const uses = { [CKA.WRAP]: true, [CKA.UNWRAP]: true }
        await pkcs11.C_GenerateKeyAsync(session, { mechanism: CKM.AES_KEY_GEN }, [
          { type: CKA.CLASS, value: CKO_SECRET_KEY },
          { type: CKA.KEY_TYPE, value: CKK.AES },
          { type: CKA.VALUE_LEN, value: 32 },
          { type: CKA.LABEL, value: label },
          ...Object.entries({ ...flags, ...uses, ...change }).map(([type, value]) => ({ type: Number(type), value })),
        ])
        pkcs11.C_CloseSession(session)
      })
    await make('open', { [CKA.EXTRACTABLE]: true })
    await make('idle', { [CKA.UNWRAP]: false })
    await make('twice', {})
    await make('twice', {})
    for (const keyLabel of ['open', 'idle', 'twice']) {
      const key = await keyOf({ keyLabel })
      await assert.rejects(key.wrap(generateKey()), { code: 'invalid_key' }, keyLabel)
    }
  })
})
