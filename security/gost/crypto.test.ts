import assert from 'node:assert/strict'
import { openCrypto } from './crypto.ts'
import type { Algorithm } from './operations.ts'
import type { OutsideKey } from './outside-key.ts'
import type { CryptoProvider, ProviderId } from './provider.ts'
import { generateKey } from './secret-key.ts'
import { wasmProvider } from './wasm/provider.ts'

describe('the choice of providers', () => {
  const NEEDED: readonly Algorithm[] = ['kuznyechik-mgm', 'streebog-256']
  const closed: ProviderId[] = []

  /** Our own provider under another name, having only some, with one that errs. */
  const another = (id: ProviderId, has: readonly Algorithm[], errs: Algorithm | null = null): CryptoProvider => {
    const { operations, close } = wasmProvider()
    const kept = Object.entries(operations).filter(([name]) => has.some((algorithm) => algorithm === name))
    const table: CryptoProvider['operations'] = Object.fromEntries(kept)
    const wrong = { start: () => ({ update: () => undefined, finish: () => new Uint8Array(32) }) }
    return {
      id,
      version: '1',
      assurance: { certified: false },
      operations: errs === 'streebog-256' ? { ...table, 'streebog-256': wrong } : table,
      async close() {
        closed.push(id)
        await close()
      },
    }
  }

  it('takes the fastest that has an algorithm, and tells who else could', async () => {
    const crypto = await openCrypto([another('wasm', NEEDED), another('openssl', ['streebog-256'])], NEEDED)
    assert.deepEqual(crypto.status.algorithms, [
      { algorithm: 'kuznyechik-mgm', provider: 'wasm', others: [] },
      { algorithm: 'streebog-256', provider: 'openssl', others: ['wasm'] },
    ])
    const hash = crypto.operation('streebog-256').start()
    hash.update(Buffer.from('012345678901234567890123456789012345678901234567890123456789012'))
    assert.equal(hash.finish().length, 32)
    assert.throws(() => crypto.operation('magma-ctr'), { code: 'no_provider' })
    await crypto.close()
  })

  it('does not use what gave a wrong answer, and says so', async () => {
    const crypto = await openCrypto([another('openssl', ['streebog-256'], 'streebog-256'), another('wasm', NEEDED)], NEEDED)
    assert.deepEqual(
      crypto.status.algorithms.map(({ algorithm, provider }) => [algorithm, provider]),
      [
        ['kuznyechik-mgm', 'wasm'],
        ['streebog-256', 'wasm'],
      ],
    )
    const failed = crypto.status.providers[0]?.failed ?? []
    assert.deepEqual(
      failed.map(({ algorithm }) => algorithm),
      ['streebog-256'],
    )
    assert.match(failed[0]?.reason ?? '', /^(RFC 6986|gost-engine).*: another outcome$/)
    await crypto.close()
  })

  it('gives the key and the messages of whoever has them, and tells of the key', async () => {
    const outsideKey: OutsideKey = {
      name: 'сейф',
      mechanism: 'none',
      makeIfMissing: () => Promise.resolve(),
      wrap: () => Promise.resolve(Buffer.of(1)),
      unwrap: () => Promise.resolve(generateKey()),
    }
    const crypto = await openCrypto([{ ...another('pkcs11', []), outsideKey }, another('wasm', NEEDED)], NEEDED)
    assert.equal(crypto.outsideKey('pkcs11'), outsideKey)
    assert.deepEqual(
      crypto.status.providers.map((provider) => provider.outsideKey),
      [{ name: 'сейф', mechanism: 'none' }, null],
    )
    assert.throws(() => crypto.outsideKey('cryptopro-cli'), { code: 'no_provider' })
    assert.throws(() => crypto.outsideKey('wasm'), { code: 'no_provider' })
    assert.throws(() => crypto.cms(), { code: 'no_provider' })
    await crypto.close()
  })

  it('does not open where an algorithm that is needed has nobody, names it, and closes what was opened', async () => {
    closed.length = 0
    const providers = [another('openssl', ['streebog-256'], 'streebog-256'), another('wasm', ['kuznyechik-mgm'])]
    await assert.rejects(openCrypto(providers, [...NEEDED, 'magma-mgm']), {
      code: 'no_provider',
      message: /streebog-256 \(openssl: .*another outcome\); magma-mgm \(nobody has it\)$/,
    })
    assert.deepEqual(closed, ['openssl', 'wasm'])
  })
})
