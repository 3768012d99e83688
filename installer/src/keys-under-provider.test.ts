import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOco } from '../../core/test/run-oco.ts'
import { needPrograms } from '../../core/test/peers/debian-packages.ts'
import { CRYPTOPRO_MACHINE_PROGRAMS, makeCryptoproMachine } from '../../security/gost/test/cryptopro-machine.ts'
import { makeSoftToken, needCompiledModule, SOFT_TOKEN_PROGRAMS, type SoftToken } from '../../security/gost/test/soft-token.ts'

describe('oco keys --under, on SoftHSM and a stand-in for CryptoPro', () => {
  let soft: SoftToken
  let folder: string
  let env: Record<string, string>

  before(async function () {
    await needPrograms(this, SOFT_TOKEN_PROGRAMS)
    needCompiledModule(this)
  })
  beforeEach(async () => {
    soft = await makeSoftToken()
    folder = mkdtempSync(join(tmpdir(), 'oco-keys-token-'))
    const pinFile = join(folder, 'pin')
    writeFileSync(pinFile, `${soft.pin}\n`, { mode: 0o600 })
    env = {
      ...soft.env,
      OCO_DATA_DIR: folder,
      OCO_PKCS11_MODULE: soft.module,
      OCO_PKCS11_TOKEN: soft.token,
      OCO_PKCS11_PIN_FILE: pinFile,
      OCO_PKCS11_ASSURANCE: 'KC2, СФ/124-0000, 2099-12-31',
    }
  })
  afterEach(() => {
    soft.dispose()
    rmSync(folder, { recursive: true })
  })

  const run = (words: string[], input = '') => runOco(words, { env, input })
  const ok = async (words: string[], input?: string): Promise<string> => {
    const { code, output, faults } = await run(words, input)
    assert.equal(code, 0, faults)
    return output
  }
  const ring = (): string => readFileSync(join(folder, 'key-ring.json'), 'utf8')

  it('locks the ring by a key of the token, and keeps that lock when a version is added', async () => {
    const told = await ok(['keys', 'init', '--under', 'pkcs11'])
    assert.match(told, /^ {2}locked by pkcs11:token=oco;object=oco;type=secret-key$\n^ {2}version 1, /m)
    assert.match(ring(), /"kind": "provider",\n {4}"provider": "pkcs11"/)
    assert.doesNotMatch(ring(), /material/)
    assert.match(await ok(['keys', 'rotate']), /^ {2}locked by pkcs11.*\n.*version 1.*\n.*version 2, .*, current$/m)
    assert.doesNotMatch(ring(), /material/)
  })

  it('opens nothing without the token, with a wrong PIN, or under another key of its name', async () => {
    await ok(['keys', 'init', '--under', 'pkcs11'])
    const { OCO_PKCS11_MODULE: module, ...rest } = env
    env = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('OCO_PKCS11')))
    const without = await run(['keys', 'status'])
    assert.deepEqual(
      [without.code, /is locked by pkcs11:token=oco.*, and pkcs11 is not configured$/m.test(without.faults)],
      [1, true],
    )
    env = { ...rest, OCO_PKCS11_MODULE: String(module), OCO_PKCS11_TOKEN: 'нет такого' }
    assert.match((await run(['keys', 'status'])).faults, /^oco: token_missing: no token is called нет такого$/m)
    env['OCO_PKCS11_TOKEN'] = soft.token
    writeFileSync(join(folder, 'pin'), '0000')
    assert.match((await run(['keys', 'status'])).faults, /^oco: pin_refused: the token answers CKR_PIN_INCORRECT$/m)
    writeFileSync(join(folder, 'pin'), soft.pin)
    soft.wipe()
    assert.match((await run(['keys', 'status'])).faults, /cannot be used: key_unknown: the token has no key that is called oco/)
    const path = join(folder, 'key-ring.json')
    const before = ring()
    rmSync(path)
    await ok(['keys', 'init', '--under', 'pkcs11'])
    writeFileSync(path, before, { mode: 0o600 })
    assert.match((await run(['keys', 'status'])).faults, /another key has locked it, or it was changed/)
  })

  it('brings the ring of a lost token back from its export, under another token', async () => {
    await ok(['keys', 'init', '--under', 'pkcs11'])
    const exported = join(folder, 'ring.export')
    const told = await ok(['keys', 'export', '--to', exported, '--shares', '2', '--needed', '2'])
    const shares = told.split('\n').filter((line) => line.startsWith('OCO1-'))
    soft.wipe()
    rmSync(join(folder, 'key-ring.json'))
    const back = await ok(['keys', 'import', '--from', exported, '--under', 'pkcs11'], `${shares.join('\n')}\n`)
    assert.match(back, /locked by pkcs11/)
    assert.match(await ok(['keys', 'status']), /locked by pkcs11.*\n.*version 1, .*, current$/m)
  })

  it('shows the token, what it keeps, and its certificate', async () => {
    const told = await ok(['crypto', 'status'])
    assert.match(told, /^ {2}pkcs11, SoftHSM v2, .*: certified, class KC2, certificate СФ\/124-0000 until 2099-12-31$/m)
    assert.match(told, /^ {4}keeps pkcs11:token=oco;object=oco;type=secret-key, wraps by CKM_AES_KEY_WRAP/m)
    assert.match(told, /^ {4}lacks every algorithm$/m)
    env['OCO_PKCS11_ASSURANCE'] = 'KC2, СФ/124-0000, 2020-12-31'
    assert.match(await ok(['crypto', 'status']), /^ {2}pkcs11, .*: not certified$/m)
  })

  it('locks the ring by the certificate of CryptoPro as well', async function () {
    await needPrograms(this, CRYPTOPRO_MACHINE_PROGRAMS)
    const machine = makeCryptoproMachine()
    try {
      const thumbprint = await machine.issue()
      env = { OCO_DATA_DIR: folder, OCO_CRYPTOPRO_FOLDER: machine.folder, OCO_CRYPTOPRO_THUMBPRINT: thumbprint }
      assert.match(
        await ok(['keys', 'init', '--under', 'cryptopro-cli']),
        new RegExp(`locked by cryptopro:thumbprint=${thumbprint}$`, 'm'),
      )
      assert.doesNotMatch(ring(), /material/)
      assert.match(await ok(['keys', 'rotate']), /locked by cryptopro.*\n.*version 1.*\n.*version 2, .*, current$/m)
      assert.match(await ok(['crypto', 'status']), /^ {2}cryptopro-cli, CryptCP 5\.0: not certified$\n^ {4}keeps cryptopro:/m)
      machine.take(thumbprint, 'key')
      assert.match((await run(['keys', 'status'])).faults, /cannot be used: key_unknown: cryptcp answers 0x20000136/)
    } finally {
      machine.dispose()
    }
  })

  it('knows no other keeper', async () => {
    const { code, faults } = await run(['keys', 'init', '--under', 'wasm'])
    assert.equal(code, 2)
    assert.match(faults, /^oco: --under takes pkcs11/m)
  })
}).timeout(120_000)
