import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { CryptoError } from '../gost/crypto-error.ts'
import type { OutsideKey } from '../gost/outside-key.ts'
import { bytesOf, generateKey, importKey, type SecretKey } from '../gost/secret-key.ts'
import { wasmCrypto } from '../test/wasm-crypto.ts'
import { generateKeyEncryptionKey } from './key-ring.ts'
import { lockOf, readRingDocument, writeRingDocument, type RingLock } from './ring-document.ts'

describe('a key ring as text', () => {
  const own = wasmCrypto()
  /** As a provider that keeps a key: what it wraps, it knows again. */
  const wrapped = new Map<string, SecretKey>()
  const outsideKey: OutsideKey = {
    name: 'сейф',
    mechanism: 'a map',
    makeIfMissing: () => Promise.resolve(),
    wrap(key) {
      const name = randomBytes(40)
      wrapped.set(name.toString('hex'), importKey(bytesOf(key)))
      return Promise.resolve(name)
    },
    async unwrap(bytes) {
      const key = wrapped.get(Buffer.from(bytes).toString('hex'))
      if (key === undefined) throw new CryptoError('tag_mismatch', 'not wrapped here')
      return Promise.resolve(importKey(bytesOf(key)))
    },
  }
  const crypto = { ...own, outsideKey: () => outsideKey }
  after(() => own.close())
  const versions = [1, 2].map((version) => generateKeyEncryptionKey(version, new Date(`2026-0${version}-01T00:00:00Z`)))
  const passphrase: RingLock = { kind: 'passphrase', passphrase: 'верный конь, батарея', rounds: 1_000 }
  const locks: RingLock[] = [
    { kind: 'none' },
    passphrase,
    { kind: 'key', id: 'сейф', key: generateKey() },
    { kind: 'provider', provider: 'pkcs11' },
  ]
  const read = (text: string, lock: RingLock) => readRingDocument(crypto, text, lock)

  for (const lock of locks) {
    it(`comes back as it was, locked by ${lock.kind}`, async () => {
      const text = await writeRingDocument(crypto, versions, lock)
      assert.equal(lockOf(text).kind, lock.kind)
      const back = await read(text, lock)
      assert.deepEqual(
        back.map(({ version, createdAt, mac, cipher }) => [version, createdAt, bytesOf(mac), bytesOf(cipher)]),
        versions.map(({ version, createdAt, mac, cipher }) => [version, createdAt, bytesOf(mac), bytesOf(cipher)]),
      )
      assert.equal(lock.kind === 'none', text.includes(Buffer.from(bytesOf(versions[0]?.mac ?? generateKey())).toString('hex')))
    })
  }

  it('opens to no other passphrase or key, and not in another way', async () => {
    const text = await writeRingDocument(crypto, versions, passphrase)
    await assert.rejects(read(text, { ...passphrase, passphrase: 'верный конь, батарейка' }), { code: 'tag_mismatch' })
    await assert.rejects(read(text, { kind: 'none' }), { code: 'key_of_another_kind' })
    const sealed = await writeRingDocument(crypto, versions, { kind: 'key', id: 'a', key: generateKey() })
    await assert.rejects(read(sealed, { kind: 'key', id: 'a', key: generateKey() }), { code: 'tag_mismatch' })
  })

  it('says by which key of which provider it is locked, and opens by no other', async () => {
    const text = await writeRingDocument(crypto, versions, { kind: 'provider', provider: 'pkcs11' })
    assert.deepEqual(lockOf(text), { kind: 'provider', provider: 'pkcs11', name: 'сейф' })
    await assert.rejects(read(text, { kind: 'provider', provider: 'cryptopro-cli' }), { code: 'key_of_another_kind' })
    await assert.rejects(read(text, { kind: 'none' }), { code: 'key_of_another_kind', message: /locked by pkcs11/ })
    const changed = text.replace(/("wrapped": ")(.)/, (_, before: string, sign: string) => `${before}${sign === 'A' ? 'B' : 'A'}`)
    await assert.rejects(read(changed, { kind: 'provider', provider: 'pkcs11' }), { code: 'tag_mismatch' })
    assert.throws(() => lockOf(text.replace('pkcs11', 'pkcs12')), { code: 'unknown_format' })
  })

  it('is sealed each time under another key, which only the provider can give back', async () => {
    const before = wrapped.size
    const texts = await Promise.all(
      [1, 2].map(() => writeRingDocument(crypto, versions, { kind: 'provider', provider: 'pkcs11' })),
    )
    assert.equal(wrapped.size, before + 2)
    for (const text of texts)
      for (const key of wrapped.values()) assert.equal(text.includes(Buffer.from(bytesOf(key)).toString('base64')), false)
  })

  it('takes a passphrase however its accents are typed, and none that is short', async () => {
    const text = await writeRingDocument(crypto, versions, { ...passphrase, passphrase: 'заслуженный йод'.normalize('NFD') })
    assert.equal((await read(text, { ...passphrase, passphrase: 'заслуженный йод'.normalize('NFC') })).length, 2)
    const short: RingLock = { kind: 'passphrase', passphrase: 'короткая' }
    await assert.rejects(writeRingDocument(crypto, versions, short), { code: 'invalid_length' })
  })

  it('is refused when a digit of a key was changed', async () => {
    const text = await writeRingDocument(crypto, versions, { kind: 'none' })
    const changed = text.replace(
      /("material": ")(.)/,
      (_, before: string, digit: string) => `${before}${digit === '0' ? '1' : '0'}`,
    )
    assert.notEqual(changed, text)
    await assert.rejects(read(changed, { kind: 'none' }), { code: 'tag_mismatch' })
  })

  it('is refused where it is none', async () => {
    const texts = [
      '',
      '[]',
      '{}',
      '{"format":2,"protection":{"kind":"none"},"keys":[]}',
      '{"format":1,"protection":{"kind":"none"},"keys":[]}',
    ]
    for (const text of texts) await assert.rejects(read(text, { kind: 'none' }), { code: 'unknown_format' }, text)
    await assert.rejects(read(' '.repeat(5 * 1024 * 1024), { kind: 'none' }), { code: 'limit_exceeded' })
  })
})
