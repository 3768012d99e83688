import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { StartFault } from '../kernel/start-fault.ts'
import { completeBinaries, embeddedBinaries, identityOf, serverUser, SYSTEM_FOLDER } from './postgres-binaries.ts'

const asRoot = userInfo().uid === 0

describe('the binaries of the embedded database', () => {
  let parent: string
  let native: string
  const user = serverUser('/nonexistent')

  const version = (binFolder: string): string => {
    const program = join(binFolder, 'postgres')
    return spawnSync(program, ['--version'], { cwd: '/', encoding: 'utf8', ...identityOf(user) }).stdout.trim()
  }
  const links = (): string[] =>
    (JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[]).map(({ target }) =>
      join(dirname(native), target),
    )

  /** As npm leaves the package when install scripts may not run: without its symbolic links. */
  before(() => {
    parent = mkdtempSync(join(tmpdir(), 'oco-binaries-'))
    chmodSync(parent, 0o755)
    native = join(parent, 'checkout', 'native')
    cpSync(dirname(embeddedBinaries(user, SYSTEM_FOLDER).binFolder), native, { recursive: true })
    for (const link of links()) rmSync(link)
  })
  after(() => {
    rmSync(parent, { recursive: true })
  })

  it('lack their libraries without the links', () => {
    assert.equal(version(join(native, 'bin')), '')
  })

  it('are completed in place', () => {
    const found = completeBinaries({ native, version: '18.4' }, user, join(parent, 'unused'))
    assert.equal(found.binFolder, join(native, 'bin'))
    assert.match(version(found.binFolder), /^postgres \(PostgreSQL\) 18/)
    for (const link of links()) assert.ok(lstatSync(link).isSymbolicLink(), link)
  })

  ;(asRoot ? it : it.skip)('are copied to where the plain user can reach them', () => {
    chmodSync(join(parent, 'checkout'), 0o700)
    const copyFolder = join(parent, 'copies')
    const found = completeBinaries({ native, version: '18.4' }, user, copyFolder)
    assert.equal(found.binFolder, join(copyFolder, 'postgresql-18.4', 'bin'))
    assert.match(version(found.binFolder), /^postgres \(PostgreSQL\) 18/)
    assert.deepEqual(completeBinaries({ native, version: '18.4' }, user, copyFolder), found)
  })

  ;(asRoot ? it : it.skip)('are refused where even the copy cannot be reached', () => {
    const copyFolder = join(parent, 'closed')
    mkdirSync(copyFolder, { mode: 0o700 })
    assert.throws(
      () => completeBinaries({ native, version: '18.4' }, user, copyFolder),
      (error: unknown) => error instanceof StartFault && error.code === 'database_binaries',
    )
  })
})
