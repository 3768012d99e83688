import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { needPrograms } from '../../../core/test/peers/debian-packages.ts'
import { tryKnownAnswers } from '../known-answers.ts'
import { capabilitiesOf, type CryptoProvider } from '../provider.ts'
import { destroyKey, importKey } from '../secret-key.ts'
import type { EngineProbe, ThreadProbe } from '../test/engine-probe.ts'
import { VECTOR_FILES } from '../vectors/index.ts'
import { ENGINE_PROGRAM, opensslProvider } from './provider.ts'

describe("the engine's provider", () => {
  let provider: CryptoProvider
  before(async function () {
    await needPrograms(this, [ENGINE_PROGRAM])
    const loaded = opensslProvider()
    assert.ok(loaded !== null)
    provider = loaded
  })

  it('is null where nothing loads, and there in every thread once one has loaded it', async () => {
    const probe = fileURLToPath(new URL('../test/engine-probe.ts', import.meta.url))
    const args = ['--conditions=oco-source', '--import', 'tsx', probe, ENGINE_PROGRAM.path]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const seen = JSON.parse(stdout) as EngineProbe
    const there: ThreadProbe = {
      provider: [true, true],
      // It throws in any thread when it is there already; that is no reason to do without it.
      setEngine: 'ERR_CRYPTO_ENGINE_UNKNOWN',
      // RFC 6986 has no text of no bytes: this is what openssl(1) answers.
      digest: '3f539a213e97c802cc229d474c6aa32a825a360b2a933a949fd925208d9ce1bb',
    }
    assert.deepEqual(seen, {
      missing: false,
      noLibrary: false,
      anotherEngine: { setEngine: null, provider: false },
      inFirstWorker: there,
      inMain: there,
      inSecondWorker: there,
    })
  })

  it('says what it is', () => {
    assert.equal(provider.id, 'openssl')
    assert.match(provider.version, /^OpenSSL 3\./)
    assert.deepEqual(provider.assurance, { certified: false })
    assert.equal(capabilitiesOf(provider).size, 13)
  })

  it('knows every answer that there is for what it has', async () => {
    const { passed, failed } = await tryKnownAnswers(provider)
    const wrong = [...failed].filter(([, reason]) => reason !== 'no_known_answer')
    assert.deepEqual(wrong, [])
    const withVectors = new Set(VECTOR_FILES.map(({ algorithm }) => algorithm))
    // Vectors of ACPKM have sections shorter than the engine's.
    const able = [...capabilitiesOf(provider)].filter((name) => withVectors.has(name) && !name.endsWith('-ctr-acpkm'))
    assert.deepEqual(
      able.filter((name) => !passed.has(name)),
      [],
    )
  })

  it('answers a sum once', () => {
    for (const name of ['streebog-256', 'streebog-512', 'hmac-streebog-256', 'hmac-streebog-512'] as const) {
      const operation = provider.operations[name]
      assert.ok(operation !== undefined)
      const stream = operation.start(importKey(Buffer.from('key')))
      stream.finish()
      assert.throws(() => stream.update(Buffer.from('more')), { code: 'stream_ended' })
      assert.throws(() => stream.finish(), { code: 'stream_ended' })
    }
  })

  it('does nothing with a key that was destroyed, or is none of this process', () => {
    const { 'hmac-streebog-256': hmac, 'kuznyechik-ctr': ctr, 'kuznyechik-ecb': ecb } = provider.operations
    assert.ok(hmac !== undefined && ctr !== undefined && ecb !== undefined)
    const key = importKey(Buffer.alloc(32, 1))
    const started = hmac.start(key)
    destroyKey(key)
    assert.throws(() => started.finish(), { code: 'key_destroyed' })
    assert.throws(() => hmac.start(key), { code: 'key_destroyed' })
    assert.throws(() => ctr.start(key, Buffer.alloc(8)), { code: 'key_destroyed' })
    assert.throws(() => ecb.encrypt(key, Buffer.alloc(16)), { code: 'key_destroyed' })
    assert.throws(() => ctr.start({ kind: 'secret' }, Buffer.alloc(8)), { code: 'key_of_another_kind' })
  })

  it('refuses lengths that an algorithm does not have', () => {
    const { operations } = provider
    const key = importKey(Buffer.alloc(32, 1))
    const short = importKey(Buffer.alloc(31, 1))
    for (const [name, bytes] of [
      ['kuznyechik-ctr', 8],
      ['kuznyechik-ctr-acpkm', 8],
      ['magma-ctr', 4],
      ['magma-ctr-acpkm', 4],
    ] as const) {
      assert.throws(() => operations[name]?.start(key, Buffer.alloc(2 * bytes)), { code: 'invalid_length' })
      assert.throws(() => operations[name]?.start(key, Buffer.alloc(0)), { code: 'invalid_length' })
      assert.throws(() => operations[name]?.start(short, Buffer.alloc(bytes)), { code: 'invalid_length' })
    }
    const ecb = operations['kuznyechik-ecb']
    assert.throws(() => ecb?.encrypt(key, Buffer.alloc(17)), { code: 'invalid_length' })
    assert.throws(() => ecb?.decrypt(key, Buffer.alloc(1)), { code: 'invalid_length' })
    assert.throws(() => ecb?.encrypt(key, Buffer.alloc(1024 * 1024)), { code: 'limit_exceeded' })
    const long = importKey(Buffer.alloc(64 * 1024 + 1))
    assert.throws(() => operations['hmac-streebog-256']?.start(long), { code: 'limit_exceeded' })
  })

  it('has the limits of our own provider for passwords', async () => {
    const kdf = provider.operations['pbkdf2-streebog-512']
    assert.ok(kdf !== undefined)
    const fine = { password: Buffer.from('password'), salt: Buffer.from('salt'), rounds: 1, bytes: 64 }
    assert.equal((await kdf.derive(fine)).length, 64)
    const beyond = [
      { rounds: 0 },
      { rounds: 10_000_001 },
      { rounds: 1.5 },
      { bytes: 0 },
      { bytes: 1_025 },
      { password: Buffer.alloc(1_025) },
      { salt: Buffer.alloc(1_025) },
    ]
    for (const change of beyond) await assert.rejects(kdf.derive({ ...fine, ...change }), { code: 'limit_exceeded' })
  })
})
