import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProvidersConfig } from './config.ts'
import { parseProviders } from './providers-config.ts'

describe('the configuration of providers', () => {
  let workingFolder: string
  beforeEach(() => {
    workingFolder = mkdtempSync(join(tmpdir(), 'oco-providers-'))
    writeFileSync(join(workingFolder, 'pin'), '123456\n', { mode: 0o600 })
  })
  afterEach(() => {
    rmSync(workingFolder, { recursive: true })
  })
  const TOKEN = { OCO_PKCS11_MODULE: '/usr/lib/librtpkcs11ecp.so', OCO_PKCS11_TOKEN: 'Рутокен', OCO_PKCS11_PIN_FILE: 'pin' }
  const load = (env: Record<string, string>) => loadProvidersConfig({ env, workingFolder })
  const faultsOf = (given: Omit<Parameters<typeof parseProviders>[0], 'demo' | 'unknownArguments'>): string[] =>
    parseProviders({ demo: false, unknownArguments: [], ...given }).faults

  it('is none where nothing is set', () => {
    assert.deepEqual(load({}), { pkcs11: null, cryptopro: null })
  })

  it('takes a token, its PIN from a closed file, and its certificate', () => {
    assert.deepEqual(load(TOKEN).pkcs11, {
      module: '/usr/lib/librtpkcs11ecp.so',
      token: 'Рутокен',
      pin: '123456',
      keyLabel: 'oco',
      certificate: null,
    })
    const { pkcs11 } = load({ ...TOKEN, OCO_PKCS11_KEY_LABEL: 'kek', OCO_PKCS11_ASSURANCE: 'KC3,СФ/124-1,2027-02-28' })
    assert.equal(pkcs11?.keyLabel, 'kek')
    assert.deepEqual(pkcs11.certificate, { class: 'KC3', certificateNumber: 'СФ/124-1', validTo: '2027-02-28' })
  })

  it('takes CryptoPro, by a thumbprint as its programs print it, with a PIN or without', () => {
    const csp = { OCO_CRYPTOPRO_FOLDER: '/opt/cprocsp/bin/amd64', OCO_CRYPTOPRO_THUMBPRINT: `${'AB '.repeat(19)}cd` }
    const thumbprint = `${'ab'.repeat(19)}cd`
    assert.deepEqual(load(csp), {
      pkcs11: null,
      cryptopro: { folder: '/opt/cprocsp/bin/amd64', thumbprint, pin: null, certificate: null },
    })
    const { cryptopro } = load({ ...csp, OCO_CRYPTOPRO_PIN_FILE: 'pin', OCO_CRYPTOPRO_ASSURANCE: 'KC1, СФ/114-2, 2027-02-28' })
    assert.equal(cryptopro?.pin, '123456')
    assert.deepEqual(cryptopro.certificate, { class: 'KC1', certificateNumber: 'СФ/114-2', validTo: '2027-02-28' })
    assert.deepEqual(faultsOf({ cryptoproFolder: '/opt' }), ['OCO_CRYPTOPRO_FOLDER is set, OCO_CRYPTOPRO_THUMBPRINT is not'])
    assert.deepEqual(faultsOf({ cryptoproPinFile: 'pin' }), [
      'OCO_CRYPTOPRO_PIN_FILE is set, OCO_CRYPTOPRO_FOLDER is not: CryptoPro is not used',
    ])
    assert.match(
      faultsOf({ cryptoproFolder: '/opt', cryptoproThumbprint: 'ab' }).join(),
      /^OCO_CRYPTOPRO_THUMBPRINT is no thumbprint/,
    )
  })

  it('takes no PIN out of a file that others may read, and no empty one', () => {
    chmodSync(join(workingFolder, 'pin'), 0o640)
    assert.throws(() => load(TOKEN), /pin is open to others: chmod 600 it/)
    writeFileSync(join(workingFolder, 'empty'), '\n', { mode: 0o600 })
    assert.throws(() => load({ ...TOKEN, OCO_PKCS11_PIN_FILE: 'empty' }), /holds no PIN/)
  })

  it('names what is missing or makes no sense, without its value', () => {
    assert.deepEqual(faultsOf({ pkcs11Module: '/m.so' }), [
      'OCO_PKCS11_MODULE is set, OCO_PKCS11_TOKEN is not',
      'OCO_PKCS11_MODULE is set, OCO_PKCS11_PIN_FILE is not',
    ])
    assert.deepEqual(faultsOf({ pkcs11Token: 't' }), ['OCO_PKCS11_TOKEN is set, OCO_PKCS11_MODULE is not: no token is used'])
    const token = { pkcs11Module: '/m.so', pkcs11Token: 't', pkcs11PinFile: 'pin' }
    assert.deepEqual(faultsOf({ ...token, pkcs11Token: 'т'.repeat(17) }), ["OCO_PKCS11_TOKEN is longer than any token's label"])
    for (const wrong of [
      'KC9, СФ/1, 2027-01-01',
      'KC1, СФ/1',
      'KC1, СФ/1, 2027-13-01',
      'KC1, СФ/1, 31.12.2027',
      'KC1, a, b, c',
    ]) {
      const faults = faultsOf({ ...token, pkcs11Assurance: wrong })
      assert.match(faults.join(), /^OCO_PKCS11_ASSURANCE is no class \(KC1, KC2, KC3, KV, KA\), number and last day/, wrong)
    }
  })
})
