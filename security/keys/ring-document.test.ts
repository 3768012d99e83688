import assert from 'node:assert/strict'
import { bytesOf, generateKey } from '../gost/secret-key.ts'
import { wasmCrypto } from '../test/wasm-crypto.ts'
import { generateKeyEncryptionKey } from './key-ring.ts'
import { lockOf, readRingDocument, writeRingDocument, type RingLock } from './ring-document.ts'

describe('a key ring as text', () => {
  const crypto = wasmCrypto()
  after(() => crypto.close())
  const versions = [1, 2].map((version) => generateKeyEncryptionKey(version, new Date(`2026-0${version}-01T00:00:00Z`)))
  const passphrase: RingLock = { kind: 'passphrase', passphrase: 'верный конь, батарея', rounds: 1_000 }
  const locks: RingLock[] = [{ kind: 'none' }, passphrase, { kind: 'key', id: 'сейф', key: generateKey() }]
  const read = (text: string, lock: RingLock) => readRingDocument(crypto, text, lock)

  for (const lock of locks) {
    it(`comes back as it was, locked by ${lock.kind}`, async () => {
      const text = await writeRingDocument(crypto, versions, lock)
      assert.equal(lockOf(text), lock.kind)
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
