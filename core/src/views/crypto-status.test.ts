import assert from 'node:assert/strict'
import { readCryptoStatus } from '@oco/contract'
import { openProductCrypto } from '@oco/security'
import { call } from '../../test/call.ts'
import { START } from '../../test/queue-rows.ts'
import { cryptoStatusRoutes } from './crypto-status.ts'

describe('the state of the cryptography', () => {
  it('names a provider for every algorithm, each of them among those that are told of, and none as certified', async () => {
    const crypto = await openProductCrypto()
    const { answer } = await call(cryptoStatusRoutes({ crypto, testedAt: START }), readCryptoStatus, {})
    assert.equal(answer.testedAt, START.toISOString())
    const ids = new Set(answer.providers.map(({ id }) => id))
    assert.ok(ids.has('wasm'))
    const mgm = answer.algorithms.find(({ algorithm }) => algorithm === 'kuznyechik-mgm')
    assert.deepEqual(mgm, { algorithm: 'kuznyechik-mgm', provider: 'wasm', others: [] })
    for (const { provider, others } of answer.algorithms) assert.ok([provider, ...others].every((id) => ids.has(id)))
    for (const { certificate } of answer.providers) assert.equal(certificate, null)
    await crypto.close()
  })

  it('tells a certificate as it is, and the key that is kept', async () => {
    const outsideKey = { name: 'pkcs11:token=oco;object=oco', mechanism: 'CKM_AES_KEY_WRAP' }
    const assurance = { certified: true, class: 'KC1', certificateNumber: 'СФ/114-0000', validTo: '2027-12-31' } as const
    const provider = { id: 'pkcs11', version: '2.1', assurance, failed: [], lacks: ['magma-ecb'], outsideKey } as const
    const status = { algorithms: [], providers: [provider] }
    const { answer } = await call(cryptoStatusRoutes({ crypto: { status }, testedAt: START }), readCryptoStatus, {})
    assert.deepEqual(answer.providers[0]?.certificate, { class: 'KC1', number: 'СФ/114-0000', validTo: '2027-12-31' })
    assert.deepEqual(answer.providers[0].outsideKey, outsideKey)
  })
})
