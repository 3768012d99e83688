import assert from 'node:assert/strict'
import {
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  getCipherInfo,
  getCiphers,
  getHashes,
  setEngine,
  sign,
  verify,
} from 'node:crypto'
import { needPrograms } from '../../../core/test/peers/debian-packages.ts'
import { SECTION_BYTES, type CipherStream, type MacStream } from '../operations.ts'
import type { CryptoProvider } from '../provider.ts'
import { importKey } from '../secret-key.ts'
import { wasmProvider } from '../wasm/provider.ts'
import { octets, oid, sequence, smallInteger } from './der.ts'
import { dropStaleError } from './engine.ts'
import { ENGINE_PROGRAM, opensslProvider } from './provider.ts'

/** The number 1 as a key on tc26-256-a. */
const one = Uint8Array.of(1, ...new Uint8Array(31))
const algorithm = sequence(oid('1.2.643.7.1.1.1.1'), sequence(oid('1.2.643.7.1.2.1.1.1')))
const derOfOne = sequence(smallInteger(0), algorithm, octets(one))
const pemOfOne = `-----BEGIN PRIVATE KEY-----\n${derOfOne.toString('base64')}\n-----END PRIVATE KEY-----\n`

/**
 * Each trap twice: that it is still there when the engine is used directly, so that we hear of it when it goes, and that the provider
 * does not fall into it.
 */
describe("a trap of the engine's", () => {
  let provider: CryptoProvider
  let own: CryptoProvider
  let rsaPem: string
  const bytes = Buffer.alloc(32, 7)
  const key = importKey(bytes)
  before(async function () {
    await needPrograms(this, [ENGINE_PROGRAM])
    const loaded = opensslProvider()
    assert.ok(loaded !== null)
    provider = loaded
    own = wasmProvider()
    rsaPem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  })
  afterEach(() => dropStaleError())
  after(() => own.close())

  /** Throws what lies in OpenSSL's queue, as every reader of a key would. */
  const readRsaKey = (): void => {
    assert.equal(createPrivateKey(rsaPem).asymmetricKeyType, 'rsa')
  }

  it('is the error that createHash leaves to the next reader of a key, even of RSA', async () => {
    for (const name of ['md_gost12_256', 'md_gost12_512']) {
      createHash(name)
      assert.throws(readRsaKey, { code: 'ERR_OSSL_EVP_UNSUPPORTED' })
      readRsaKey()
    }
    const loadedAgain = opensslProvider()
    readRsaKey()
    assert.ok(loadedAgain !== null)
    const { operations } = loadedAgain
    const sum = (stream: MacStream | undefined): void => {
      stream?.update(bytes)
      readRsaKey()
      stream?.finish()
    }
    const { signing, verifying } = (await operations['gost3410-2012-256']?.generate('tc26-256-b')) ?? assert.fail()
    const signature = (await operations['gost3410-2012-256']?.sign(signing, bytes)) ?? assert.fail()
    const uses: (() => unknown)[] = [
      () => sum(operations['streebog-256']?.start()),
      () => sum(operations['streebog-512']?.start()),
      () => sum(operations['hmac-streebog-256']?.start(key)),
      () => sum(operations['hmac-streebog-512']?.start(key)),
      () => operations['kuznyechik-ecb']?.encrypt(key, bytes),
      () => operations['kuznyechik-ctr-acpkm']?.start(key, bytes.subarray(0, 8)).update(bytes),
      () => operations['magma-ctr']?.start(key, bytes.subarray(0, 4)).update(bytes),
      () => operations['pbkdf2-streebog-512']?.derive({ password: bytes, salt: bytes, rounds: 1, bytes: 1 }),
      () => operations['gost3410-2012-512']?.generate('tc26-512-a'),
      () => operations['gost3410-2012-256']?.sign(signing, bytes),
      () => operations['gost3410-2012-256']?.verify(verifying, bytes, signature),
      () => operations['gost3410-2012-256']?.verify(verifying, bytes, signature.fill(0)),
    ]
    for (const use of uses) {
      await use()
      readRsaKey()
    }
  })

  it('is that it reads a private key from PEM and not from DER', async () => {
    const operation = provider.operations['gost3410-2012-256']
    assert.ok(operation !== undefined)
    const { signing } = await operation.generate('tc26-256-a')
    assert.equal((await operation.sign(signing, bytes)).length, 64)
    assert.equal(createPrivateKey(pemOfOne).type, 'private')
    assert.throws(() => createPrivateKey({ key: derOfOne, format: 'der', type: 'pkcs8' }), { code: 'ERR_OSSL_UNSUPPORTED' })
  })

  it('is that it takes no ready digest: without a name of a hash it hashes all the same', async () => {
    const operation = provider.operations['gost3410-2012-256']
    assert.ok(operation !== undefined)
    const raw = createPrivateKey(pemOfOne)
    const signature = sign(null, bytes, raw)
    assert.equal(verify('md_gost12_256', bytes, createPublicKey(raw), signature), true)
    const ours = await operation.sign({ curve: 'tc26-256-a', secret: importKey(one) }, bytes)
    assert.equal(verify('md_gost12_256', bytes, createPublicKey(raw), ours), true)
  })

  it('is that Node makes no key for it', async () => {
    for (const name of ['gost2012_256', 'gost2012_512']) {
      assert.throws(() => Reflect.apply(generateKeyPairSync, null, [name, {}]), { code: 'ERR_INVALID_ARG_VALUE' })
    }
    const pair = await provider.operations['gost3410-2012-512']?.generate('tc26-512-c')
    assert.equal(pair?.verifying.point.length, 128)
  })

  it('is KExp15, which answers nothing and says nothing', () => {
    for (const [name, ivBytes] of [
      ['kuznyechik-kexp15', 8],
      ['magma-kexp15', 4],
    ] as const) {
      const cipher = createCipheriv(name, Buffer.alloc(64), Buffer.alloc(ivBytes))
      assert.equal(Buffer.concat([cipher.update(bytes), cipher.final()]).length, 0)
      assert.equal(provider.operations[name], undefined)
    }
  })

  it('is CTR-ACPKM-OMAC, which gives no tag', () => {
    for (const [name, ivBytes] of [
      ['kuznyechik-ctr-acpkm-omac', 8],
      ['magma-ctr-acpkm-omac', 4],
    ] as const) {
      const cipher = createCipheriv(name, bytes, Buffer.alloc(ivBytes))
      assert.equal(Buffer.concat([cipher.update(bytes), cipher.final()]).length, bytes.length)
      const tagOf: unknown = Reflect.get(cipher, 'getAuthTag')
      assert.ok(tagOf instanceof Function)
      assert.throws(() => Reflect.apply(tagOf, cipher, []) as unknown, { code: 'ERR_CRYPTO_INVALID_STATE' })
    }
    assert.ok(Object.keys(provider.operations).every((name) => !name.includes('omac')))
  })

  it('is OMAC, a hash by its name that has no way to take a key', () => {
    for (const name of ['kuznyechik-mac', 'magma-mac']) {
      const mac = createHash(name)
      assert.throws(() => mac.update(bytes), { code: 'ERR_CRYPTO_HASH_UPDATE_FAILED' })
    }
    assert.equal(provider.operations['kuznyechik-omac'], undefined)
    assert.equal(provider.operations['magma-omac'], undefined)
  })

  it('is that Magma has no mode without one', () => {
    assert.throws(() => createCipheriv('magma-ecb', bytes, null), { code: 'ERR_CRYPTO_UNKNOWN_CIPHER' })
    assert.equal(provider.operations['magma-ecb'], undefined)
  })

  for (const cipher of ['kuznyechik', 'magma'] as const) {
    it(`is that ${cipher}'s sections are fixed`, () => {
      const section = SECTION_BYTES[cipher]
      const iv = Buffer.alloc(cipher === 'magma' ? 4 : 8, 3)
      const text = Buffer.alloc(3 * section)
      const [acpkm, ctr] = [`${cipher}-ctr-acpkm`, `${cipher}-ctr`] as const
      const ownMode = own.operations[acpkm]
      const mode = provider.operations[acpkm]
      assert.ok(ownMode !== undefined && mode !== undefined)
      const through = (stream: CipherStream): Buffer => Buffer.from(stream.update(text))

      const raw = createCipheriv(acpkm, bytes, iv).update(text)
      const plain = createCipheriv(ctr, bytes, iv).update(text)
      assert.ok(raw.subarray(0, section).equals(plain.subarray(0, section)))
      assert.ok(!raw.subarray(section, section + 8).equals(plain.subarray(section, section + 8)))
      assert.ok(raw.equals(through(ownMode.start(key, iv, section))))
      assert.ok(!raw.equals(through(ownMode.start(key, iv, 2 * section))))

      assert.equal(mode.onlySectionBytes, section)
      assert.ok(raw.equals(through(mode.start(key, iv))))
      assert.ok(raw.equals(through(mode.start(key, iv, section))))
      assert.throws(() => mode.start(key, iv, 2 * section), { code: 'provider_failed' })
      assert.throws(() => mode.start(key, iv, 32), { code: 'provider_failed' })
      for (const none of [0, -32, 33, 1.5, Number.NaN]) {
        assert.throws(() => mode.start(key, iv, none), { code: 'invalid_length' })
      }
    })
  }

  it('is that lists of ciphers and hashes do not name what it brings', () => {
    const isGost = (name: string): boolean => /kuzn|grasshopper|magma|gost|streebog/i.test(name)
    assert.deepEqual([...getCiphers(), ...getHashes()].filter(isGost), [])
    assert.equal(getCipherInfo('kuznyechik-ctr')?.ivLength, 8)
    assert.ok(opensslProvider() !== null)
  })

  it('is that it cannot be loaded twice', () => {
    assert.throws(() => setEngine(ENGINE_PROGRAM.path), { code: 'ERR_CRYPTO_ENGINE_UNKNOWN' })
    assert.ok(opensslProvider() !== null)
    // In other threads: see the provider's own tests.
  })
})
