import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runOco } from '../../core/test/run-oco.ts'

/** What is installed of the product's own: the sources stand for what is built of them, for a test builds nothing. */
const PRODUCT = fileURLToPath(new URL('../..', import.meta.url))

describe('oco manifest and oco verify', () => {
  let folder: string
  let root: string
  const at = (name: string): string => join(folder, name)

  const run = (...words: string[]) => runOco(words)
  const make = () =>
    run(
      ...[
        'manifest',
        'make',
        '--root',
        root,
        '--version',
        '0.1.0',
        '--key',
        at('oco-signing.key'),
        '--public',
        at('oco-release.pub'),
      ],
      ...['--passphrase-file', at('passphrase'), '--variable', 'data'],
    )
  const verify = (...more: string[]) => run('verify', '--root', root, '--key', at('oco-release.pub'), ...more)

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oco-manifest-'))
    root = at('product')
    mkdirSync(root)
    for (const part of [
      'core/src',
      'core/migrations',
      'security/index.ts',
      'security/gost/wasm',
      'installer/src',
      'package.json',
    ]) {
      cpSync(join(PRODUCT, part), join(root, part), { recursive: true })
    }
    mkdirSync(join(root, 'data'))
    writeFileSync(at('passphrase'), 'длинная парольная фраза\n', { mode: 0o600 })
  })
  after(() => {
    rmSync(folder, { recursive: true })
  })

  it('make the pair of keys once, the signing one closed to others', async () => {
    const made = await run('manifest', 'key', '--out', folder, '--passphrase-file', at('passphrase'))
    assert.equal(made.code, 0, made.faults)
    assert.match(made.output, /fingerprint is [0-9a-f]{64}\n$/)
    assert.equal(statSync(at('oco-signing.key')).mode & 0o777, 0o600)
    const again = await run('manifest', 'key', '--out', folder, '--passphrase-file', at('passphrase'))
    assert.equal(again.code, 1)
    assert.match(again.faults, /EEXIST/)
  }).timeout(30_000)

  it('sign a product, find it whole, and say what was touched', async () => {
    const made = await make()
    assert.equal(made.code, 0, made.faults)
    writeFileSync(join(root, 'data', 'today.log'), 'anything')
    const whole = await verify()
    assert.deepEqual([whole.code, whole.faults], [0, ''])
    assert.match(whole.output, /^whole: \d{3} files of version 0\.1\.0 are what was signed\n$/)
    writeFileSync(join(root, 'core', 'src', 'main.ts'), '// another\n')
    writeFileSync(join(root, 'core', 'src', 'extra.ts'), '')
    const touched = await verify()
    assert.equal(touched.code, 1)
    assert.match(
      touched.output,
      /^changed: core\/src\/main\.ts\nnot of this installation: core\/src\/extra\.ts\nnot whole: 2 faults in \d+ files/,
    )
    const json = JSON.parse((await verify('--json')).output) as { state: string; faults: unknown[] }
    assert.deepEqual([json.state, json.faults.length], ['faults', 2])
  }).timeout(60_000)

  it('believe no list that was changed after it was signed', async () => {
    writeFileSync(join(root, 'oco.manifest'), 'oco-manifest 1\n')
    const changed = await verify()
    assert.equal(changed.code, 1)
    assert.equal(changed.output, 'not verified: the list of files or its signature is not to be believed (wrong)\n')
  }).timeout(30_000)

  it('refuse a key that lies in what it verifies, an open passphrase, and what is missing', async () => {
    cpSync(at('oco-release.pub'), join(root, 'oco-release.pub'))
    assert.equal((await run('verify', '--root', root, '--key', join(root, 'oco-release.pub'))).code, 2)
    assert.equal((await run('verify', '--root', root)).code, 2)
    writeFileSync(at('open'), 'длинная парольная фраза', { mode: 0o644 })
    const open = await run('manifest', 'key', '--out', folder, '--passphrase-file', at('open'))
    assert.equal(open.code, 1)
    assert.match(open.faults, /open to others/)
  }).timeout(30_000)
})
