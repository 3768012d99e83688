import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOco } from '../../core/test/run-oco.ts'

describe('oco keys', () => {
  let folder: string
  let env: Record<string, string>

  const run = (words: string[], input = '') => runOco(['keys', ...words], { env, input })
  const ok = async (words: string[], input?: string): Promise<string> => {
    const { code, output, faults } = await run(words, input)
    assert.equal(code, 0, faults)
    return output
  }
  const ringPath = (): string => join(folder, 'ring.json')

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oco-keys-'))
    const passphraseFile = join(folder, 'passphrase')
    writeFileSync(passphraseFile, 'двадцать семь воробьёв\n', { mode: 0o600 })
    env = { OCO_DATA_DIR: folder, OCO_KEY_RING_FILE: ringPath(), OCO_KEY_RING_PASSPHRASE_FILE: passphraseFile }
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it('makes a ring once, locked by its passphrase and closed to others', async () => {
    assert.match(await ok(['init']), /^Key ring .*ring\.json$\n^ {2}version 1, made \S+, current$/m)
    assert.equal(statSync(ringPath()).mode & 0o777, 0o600)
    assert.match(readFileSync(ringPath(), 'utf8'), /"kind": "passphrase"/)
    const again = await run(['init'])
    assert.deepEqual([again.code, again.faults], [1, `oco: ${ringPath()} exists: it is never made anew\n`])
    delete env['OCO_KEY_RING_PASSPHRASE_FILE']
    assert.match((await run(['status'])).faults, /is locked by a passphrase: OCO_KEY_RING_PASSPHRASE_FILE names/)
  })

  it('adds a version that is current from then on, and keeps the old ones', async () => {
    await ok(['init'])
    const told = await ok(['rotate'])
    assert.match(told, /version 1, made \S+$/m)
    assert.match(told, /version 2, made \S+, current$/m)
    assert.match(told, /^The keys database cannot be asked: the embedded database was not made yet$/m)
  })

  it('comes back from its export by any two of three shares, and by no one', async () => {
    await ok(['init'])
    await ok(['rotate'])
    const exported = join(folder, 'ring.export')
    const told = await ok(['export', '--to', exported, '--shares', '3', '--needed', '2'])
    const shares = told.split('\n').filter((line) => line.startsWith('OCO1-'))
    assert.equal(shares.length, 3)
    assert.doesNotMatch(readFileSync(exported, 'utf8'), /material/)
    rmSync(ringPath())
    const one = await run(['import', '--from', exported], `${shares[1] ?? ''}\n`)
    assert.equal(one.code, 1)
    assert.match(one.faults, /2 different shares are needed, 1 are here/)
    assert.equal(existsSync(ringPath()), false)
    const slip = `${shares[0] ?? ''}\n${(shares[2] ?? '').replace(/.$/, (sign) => (sign === '2' ? '3' : '2'))}\n`
    assert.match((await run(['import', '--from', exported], slip)).faults, /share 2 has a slip in it/)
    assert.match(await ok(['import', '--from', exported], `${shares[2] ?? ''}\n${shares[0] ?? ''}\n\n`), /version 2, .*current$/m)
    assert.match(readFileSync(ringPath(), 'utf8'), /"kind": "passphrase"/)
  })

  it('does not put an export over a ring that knows more', async () => {
    await ok(['init'])
    const exported = join(folder, 'ring.export')
    const shares = (await ok(['export', '--to', exported, '--shares', '2', '--needed', '2'])).split('\n').slice(1).join('\n')
    await ok(['rotate'])
    const { code, faults } = await run(['import', '--from', exported], shares)
    assert.equal(code, 1)
    assert.match(faults, /has version 2, which the exported ring has not/)
    assert.match(await ok(['status']), /version 2, made \S+, current$/m)
  })

  it('says what is missing, and does not write over what is there', async () => {
    assert.match(
      (await run(['status'])).faults,
      /^oco: there is no key ring at \S+ring\.json: oco keys init, or the first start, makes one\n$/,
    )
    await ok(['init'])
    const bare = await run(['export', '--to', join(folder, 'x')])
    assert.deepEqual([bare.code, /^oco: --shares <how many> is missing$/m.test(bare.faults)], [2, true])
    assert.match(
      (await run(['export', '--to', ringPath(), '--shares', '2', '--needed', '2'])).faults,
      /cannot be written: EEXIST/,
    )
    assert.match(
      (await run(['export', '--to', join(folder, 'x'), '--shares', '2', '--needed', '3'])).faults,
      /^oco: limit_exceeded: /,
    )
    assert.equal(existsSync(join(folder, 'x')), false)
  })
}).timeout(60_000)
