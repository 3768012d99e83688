import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { statusLines } from './crypto-status.ts'

describe('oco crypto status', () => {
  const oco = fileURLToPath(new URL('./oco.ts', import.meta.url))
  const run = (...words: string[]) =>
    promisify(execFile)(process.execPath, ['--conditions=oco-source', '--import=tsx', oco, ...words])

  it('tells who does what on this machine, and that nothing of it is certified', async () => {
    const { stdout } = await run('crypto', 'status')
    assert.match(stdout, /^ {2}kuznyechik-mgm +wasm$/m)
    assert.match(stdout, /^ {2}gost3410-2012-256 +(openssl|gost-crypto)/m)
    assert.match(stdout, /^ {2}wasm, .*: not certified$/m)
    assert.match(stdout, /Nothing here is certified/)
  })

  it('tells a certificate as it is, and what was not used and why', () => {
    const lines = statusLines({
      algorithms: [
        { algorithm: 'streebog-256', provider: 'cryptopro-cli', others: ['wasm'] },
        { algorithm: 'magma-ctr', provider: 'wasm', others: [] },
      ],
      providers: [
        {
          id: 'cryptopro-cli',
          version: '5.0',
          assurance: { certified: true, class: 'KC1', certificateNumber: 'СФ/114-0000', validTo: '2027-12-31' },
          failed: [{ algorithm: 'magma-ctr', reason: 'another outcome' }],
          lacks: ['magma-ecb'],
          outsideKey: { name: 'pkcs11:token=oco;object=oco', mechanism: 'CKM_AES_KEY_WRAP' },
        },
      ],
    })
    assert.deepEqual(lines, [
      'Algorithms',
      '  streebog-256  cryptopro-cli  (else wasm)',
      '  magma-ctr     wasm',
      '',
      'Providers',
      '  cryptopro-cli, 5.0: certified, class KC1, certificate СФ/114-0000 until 2027-12-31',
      '    not used for magma-ctr: another outcome',
      '    keeps pkcs11:token=oco;object=oco, wraps by CKM_AES_KEY_WRAP',
      '    lacks magma-ecb',
      '',
      'A certificate covers only what its provider does itself.',
    ])
  })

  it('says what there is where it does not understand', async () => {
    await assert.rejects(run('crypto', 'stauts'), { code: 2, stderr: /there is no command "crypto stauts"\noco <command>/ })
    assert.match((await run('help')).stdout, /oco crypto status/)
  })
})
