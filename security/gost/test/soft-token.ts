import type { Context } from 'mocha'
import { newCryptoki } from '../pkcs11/pkcs11js.ts'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Debian's token in software. */
export const SOFT_TOKEN_PROGRAMS = [
  { path: '/usr/lib/softhsm/libsofthsm2.so', package: 'libsofthsm2' },
  { path: '/usr/bin/softhsm2-util', package: 'softhsm2' },
] as const

export const SOFT_TOKEN_PIN = '4719-ключ'

export interface SoftToken {
  readonly module: string
  readonly token: string
  readonly pin: string
  /** What a process needs in its environment to find it. */
  readonly env: Readonly<Record<string, string>>
  /** Takes all objects out of it, as another program might. */
  wipe(): void
  dispose(): void
}

/** A token of its own in a folder of its own. The library reads the environment when it is initialised: this process's is set, too. */
export const makeSoftToken = async (token = 'oco'): Promise<SoftToken> => {
  const folder = mkdtempSync(join(tmpdir(), 'oco-token-'))
  const tokens = join(folder, 'tokens')
  const configuration = join(folder, 'softhsm2.conf')
  mkdirSync(tokens)
  writeFileSync(configuration, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`)
  const env = { SOFTHSM2_CONF: configuration }
  const words = ['--init-token', '--free', '--label', token, '--pin', SOFT_TOKEN_PIN, '--so-pin', '00000000']
  await promisify(execFile)(SOFT_TOKEN_PROGRAMS[1].path, words, { env: { ...process.env, ...env } })
  const before = process.env['SOFTHSM2_CONF']
  process.env['SOFTHSM2_CONF'] = configuration
  return {
    module: SOFT_TOKEN_PROGRAMS[0].path,
    token,
    pin: SOFT_TOKEN_PIN,
    env,
    wipe() {
      for (const serial of readdirSync(tokens)) {
        for (const file of readdirSync(join(tokens, serial))) {
          if (!file.startsWith('token.')) rmSync(join(tokens, serial, file))
        }
      }
    },
    dispose() {
      if (before === undefined) delete process.env['SOFTHSM2_CONF']
      else process.env['SOFTHSM2_CONF'] = before
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Skips the suite out loud where pkcs11js could not be compiled when the packages were installed: it is optional, and no server that could be
 * installed now.
 */
export const needCompiledModule = (suite: Context): void => {
  try {
    newCryptoki()
  } catch (error) {
    console.log(`SKIPPED: ${String(error)}`)
    suite.skip()
  }
}
