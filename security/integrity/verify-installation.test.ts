import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Crypto } from '../gost/crypto.ts'
import { openProductCrypto } from '../gost/product-crypto.ts'
import {
  byPath,
  ManifestFault,
  readManifest,
  writeManifest,
  type Entry,
  type Manifest,
  type ManifestFaultCode,
} from './manifest.ts'
import { newSigningPair, readSigningKey, readVerifyingKey, signManifest } from './signing-keys.ts'
import { entriesOf } from './tree.ts'
import { verifyInstallation, type FileFaultKind, type Verdict } from './verify-installation.ts'

const PASSPHRASE = 'длинная парольная фраза'
const HUGE_BYTES = 64 * 1024 * 1024

describe('a manifest', () => {
  const hex = fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', 'f'), minLength: 64, maxLength: 64 })
  const part = fc
    .string({ unit: fc.constantFrom('a', 'я', ' ', '.', '-', '_', '1'), minLength: 1, maxLength: 6 })
    .filter((each) => each !== '.' && each !== '..')
  const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
  const entry: fc.Arbitrary<Entry> = fc.oneof(
    fc
      .tuple(path, fc.nat(), fc.integer({ min: 0, max: 0o7777 }), hex)
      .map(([at, sizeBytes, mode, sum]) => ({ kind: 'file' as const, path: at, sizeBytes, mode, sum })),
    fc.tuple(path, part).map(([at, target]) => ({ kind: 'link' as const, path: at, target })),
  )
  const made = (entries: Entry[], variable: string[] = []): Manifest => {
    return { version: '1.2.3', madeAt: new Date('2026-11-25T10:00:00Z'), variable, entries }
  }

  it('is read as it was written, in the order of its paths', () => {
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: (each) => each.path, maxLength: 20 }), (entries) => {
        const text = writeManifest(made(entries, ['data', 'log']))
        assert.deepEqual(readManifest(text), made([...entries].sort(byPath), ['data', 'log']))
      }),
    )
  })

  it('is refused where it is not, to the byte, what is written', () => {
    const file = (name: string): Entry => ({ kind: 'file', path: name, sizeBytes: 1, mode: 0o644, sum: '0'.repeat(64) })
    const text = writeManifest(made([file('a'), file('b')]))
    const line = (name: string): string => `file\t${'0'.repeat(64)}\t1\t0644\t${name}\n`
    const cases: [string, ManifestFaultCode][] = [
      ['', 'not_a_manifest'],
      [text.replace('oco-manifest 1', 'oco-manifest 2'), 'unknown_version'],
      [text.slice(0, -1), 'cut'],
      [text.replace(line('b'), ''), 'cut'],
      [text.replace('end\t2', 'end\t02'), 'cut'],
      [text.replace(line('b'), line('a')), 'twice'],
      [text.replace(line('a'), line('c')), 'not_sorted'],
      [text.replace(line('b'), line('../b')), 'bad_path'],
      [text.replace(line('b'), line('/b')), 'bad_path'],
      [text.replace(line('b'), line('b//c')), 'bad_path'],
      [text.replace('\t0644\t', '\t644\t'), 'bad_line'],
      [text.replace('\t1\t', '\t01\t'), 'bad_line'],
      [text.replace('sum\tstreebog-256', 'sum\tsha-256'), 'bad_line'],
      [`${text}more\n`, 'bad_line'],
    ]
    for (const [given, code] of cases) {
      assert.throws(
        () => readManifest(given),
        (error) => error instanceof ManifestFault && error.code === code,
        `${code}: ${given.slice(-80)}`,
      )
    }
    for (const name of ['a\nb', 'a\tb', '../x', '/x', ''])
      assert.throws(() => writeManifest(made([file(name)])), ManifestFault, name)
  })
})

describe('an installation', () => {
  let crypto: Crypto
  let root: string
  let keys: Awaited<ReturnType<typeof newSigningPair>>
  const at = (...parts: string[]): string => join(root, ...parts)

  before(async () => {
    crypto = await openProductCrypto()
    keys = await newSigningPair(crypto, PASSPHRASE)
  })
  after(() => crypto.close())
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'oco-verify-'))
    await mkdir(at('core', 'dist'), { recursive: true })
    await mkdir(at('data'))
    await writeFile(at('core', 'dist', 'main.js'), 'export {}\n', { mode: 0o644 })
    await writeFile(at('core', 'запуск службы.sh'), '#!/bin/sh\n', { mode: 0o755 })
    await writeFile(at('empty'), '')
    await writeFile(at('huge'), '')
    await truncate(at('huge'), HUGE_BYTES)
    await symlink('dist/main.js', at('core', 'main'))
    await writeFile(at('data', 'changes.log'), 'today')
    await sign(keys)
  })
  afterEach(() => rm(root, { recursive: true }))

  const sign = async ({ signing, verifying }: { signing: string; verifying: string }): Promise<void> => {
    const variable = ['data', 'oco.manifest', 'oco.manifest.sig']
    const entries = await entriesOf(crypto, root, variable)
    const text = writeManifest({ version: '1.2.3', madeAt: new Date(0), variable, entries })
    const pair = { signing: await readSigningKey(crypto, signing, PASSPHRASE), verifying: readVerifyingKey(verifying) }
    await writeFile(at('oco.manifest'), text)
    await writeFile(at('oco.manifest.sig'), await signManifest(crypto, pair, text))
  }
  const verdict = (verifying = keys.verifying): Promise<Verdict> =>
    verifyInstallation(crypto, {
      ...{ root, manifestPath: at('oco.manifest'), signaturePath: at('oco.manifest.sig') },
      verifying: readVerifyingKey(verifying),
    })
  const faults = async (): Promise<string[]> => {
    const given = await verdict()
    assert.ok(given.state === 'faults', given.state)
    return given.faults.map(({ kind, path }) => `${kind} ${path}`)
  }

  it('is whole where nothing was touched but what may change', async () => {
    await writeFile(at('data', 'new'), 'tomorrow')
    assert.deepEqual(await verdict(), { state: 'whole', version: '1.2.3', files: 5 })
  })

  const touched: readonly [what: string, act: () => Promise<unknown>, fault: `${FileFaultKind} ${string}`][] = [
    ['one byte of a file', () => writeFile(at('core', 'dist', 'main.js'), 'export{} \n'), 'changed core/dist/main.js'],
    ['a byte at the end of a large one', () => truncate(at('huge'), HUGE_BYTES + 1), 'changed huge'],
    ['a file that is gone', () => unlink(at('empty')), 'missing empty'],
    ['a file that has come', () => writeFile(at('core', 'dist', 'extra.js'), ''), 'extra core/dist/extra.js'],
    [
      'a link in the place of a file',
      async () => {
        await rename(at('empty'), at('data', 'empty'))
        await symlink('data/empty', at('empty'))
      },
      'type empty',
    ],
    [
      'a link that leads elsewhere',
      async () => {
        await unlink(at('core', 'main'))
        await symlink('/bin/sh', at('core', 'main'))
      },
      'link_target core/main',
    ],
    ['other permissions', () => chmod(at('core', 'запуск службы.sh'), 0o777), 'mode core/запуск службы.sh'],
    [
      'a folder in the place of a file',
      async () => {
        await unlink(at('empty'))
        await mkdir(at('empty'))
      },
      'missing empty',
    ],
  ]
  for (const [what, act, fault] of touched) {
    it(`is not whole with ${what}`, async () => {
      await act()
      assert.deepEqual(await faults(), [fault])
    })
  }

  it('is not compared at all where the list, its signature or the key is another', async () => {
    const reason = async (verifying?: string): Promise<string> => {
      const given = await verdict(verifying)
      assert.ok(given.state === 'no_manifest', given.state)
      return given.reason
    }
    const list = await readFile(at('oco.manifest'), 'utf8')
    const signature = await readFile(at('oco.manifest.sig'), 'utf8')
    const other = await newSigningPair(crypto, PASSPHRASE)
    assert.equal(await reason(other.verifying), 'of_another_key')
    await writeFile(at('oco.manifest'), list.replace('0644', '0666'))
    assert.equal(await reason(), 'wrong')
    await writeFile(at('oco.manifest'), list.slice(0, -20))
    assert.equal(await reason(), 'wrong')
    await writeFile(at('oco.manifest'), list)
    const turned = Buffer.from(/signature\t(.*)/.exec(signature)?.[1] ?? '', 'base64')
    turned[3] = (turned[3] ?? 0) ^ 1
    await writeFile(at('oco.manifest.sig'), signature.replace(/signature\t.*/, `signature\t${turned.toString('base64')}`))
    assert.equal(await reason(), 'wrong')
    await writeFile(at('oco.manifest.sig'), 'nothing')
    assert.equal(await reason(), 'unreadable')
    await unlink(at('oco.manifest.sig'))
    assert.equal(await reason(), 'missing')
    await sign(other)
    assert.equal(await reason(), 'of_another_key')
    assert.equal((await verdict(other.verifying)).state, 'whole')
  })

  it('is signed by whoever knows the passphrase', async () => {
    await assert.rejects(readSigningKey(crypto, keys.signing, 'другая парольная фраза'), { code: 'tag_mismatch' })
    assert.doesNotMatch(keys.signing, new RegExp(keys.fingerprint))
  })
})
