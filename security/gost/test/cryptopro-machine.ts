import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ENGINE_PROGRAM } from '../openssl/provider.ts'

export const CRYPTOPRO_MACHINE_PROGRAMS = [{ path: '/usr/bin/openssl', package: 'openssl' }, ENGINE_PROGRAM] as const

export interface CryptcpCallSeen {
  readonly words: readonly string[]
  readonly folder: string
  readonly mode: number
  readonly files: readonly string[]
  readonly env: readonly string[]
}

/** A folder as CryptoPro's, with a stand-in for its program and a store of certificates. */
export interface CryptoproMachine {
  readonly folder: string
  /** An empty one, for what lies in files during a call. */
  readonly parent: string
  /** A new certificate in the store, with its private key; answers its thumbprint. */
  issue(options?: { readonly pin?: string }): Promise<string>
  behave(how: 'hang' | 'licence' | 'mute'): void
  /** Of a certificate: takes its private key, or everybody's trust. */
  take(thumbprint: string, what: 'key' | 'trust'): void
  /** The id of the program that a hanging stand-in has started. */
  hanging(): number
  calls(): CryptcpCallSeen[]
  dispose(): void
}

export const makeCryptoproMachine = (): CryptoproMachine => {
  const top = mkdtempSync(join(tmpdir(), 'oco-cryptopro-'))
  const [folder, parent] = [join(top, 'bin'), join(top, 'private')]
  for (const each of [folder, parent, join(folder, 'store')]) mkdirSync(each)
  const standIn = new URL('./stand-in-cryptcp.mjs', import.meta.url).href
  writeFileSync(join(folder, 'cryptcp'), `#!${process.execPath}\nimport(${JSON.stringify(standIn)})\n`, { mode: 0o700 })
  return {
    folder,
    parent,
    async issue({ pin } = {}) {
      const [key, cert] = [join(top, 'key'), join(top, 'cert')]
      const run = (...words: string[]) => promisify(execFile)(CRYPTOPRO_MACHINE_PROGRAMS[0].path, words)
      const kind = ['-newkey', 'gost2012_256', '-pkeyopt', 'paramset:TCA', '-md_gost12_256', '-nodes']
      await run('req', '-x509', '-engine', 'gost', ...kind, '-subj', '/CN=oco', '-days', '30', '-keyout', key, '-out', cert)
      const { stdout } = await run('x509', '-engine', 'gost', '-in', cert, '-noout', '-fingerprint', '-sha1')
      const thumbprint = (stdout.split('=')[1] ?? '').trim().replaceAll(':', '').toLowerCase()
      for (const [from, kindOfFile] of [
        [key, 'key'],
        [cert, 'cert'],
      ] as const) {
        writeFileSync(join(folder, 'store', `${thumbprint}.${kindOfFile}`), readFileSync(from), { mode: 0o600 })
      }
      if (pin !== undefined) writeFileSync(join(folder, 'store', `${thumbprint}.pin`), pin)
      return thumbprint
    },
    behave(how) {
      writeFileSync(join(folder, how), '')
    },
    take(thumbprint, what) {
      if (what === 'key') rmSync(join(folder, 'store', `${thumbprint}.key`))
      else writeFileSync(join(folder, 'store', `${thumbprint}.untrusted`), '')
    },
    hanging: () => Number(readFileSync(join(folder, 'hanging'), 'utf8')),
    calls() {
      const path = join(folder, 'calls')
      if (!existsSync(path)) return []
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
      return lines.map((line) => JSON.parse(line) as CryptcpCallSeen)
    },
    dispose() {
      rmSync(top, { recursive: true, force: true })
    },
  }
}
