import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { CryptoError } from '../crypto-error.ts'
import { CRYPTCP_CODES, printedCode } from './cryptcp-codes.ts'
import { inPrivateFolder } from './private-folder.ts'

/** What it prints beyond is not read. */
const OUTPUT_BYTES_MAX = 64 * 1024
export const CONTENT_BYTES_MAX = 16 * 1024 * 1024

export interface CryptcpOptions {
  /** Of CryptoPro's programs: `/opt/cprocsp/bin/amd64`. */
  readonly folder: string
  /** Of the container's private key; null: it has none, or CryptoPro has kept it. */
  readonly pin: string | null
  readonly timeoutMs: number
  /** Where private folders are made. */
  readonly parent: string
}

export interface CryptcpCall {
  /** Options and the names of files, which are those of `files` and `answer`. Nothing secret: everybody sees them. */
  readonly words: readonly string[]
  /** What it finds in its folder. */
  readonly files: Readonly<Record<string, Uint8Array>>
  /** The file that it writes; null: none. */
  readonly answer: string | null
  /** It will ask for the PIN. */
  readonly needsPin: boolean
}

export interface CryptcpAnswer {
  /** Zero: it is done. */
  readonly number: number
  readonly bytes: Buffer
  /** Of the program, as its first line has it. */
  readonly version: string
}

export interface Cryptcp {
  /**
   * One at a time. Rejects with `not_installed`, `timed_out`, `limit_exceeded`, and with `provider_failed` where it says nothing that
   * can be understood.
   */
  run(call: CryptcpCall): Promise<CryptcpAnswer>
}

/** CryptoPro's program for files: each call in a folder of its own, which is gone afterwards. */
export const createCryptcp = (options: CryptcpOptions): Cryptcp => {
  let last: Promise<unknown> = Promise.resolve()
  let refused: CryptoError | null = null
  const run = (call: CryptcpCall): Promise<CryptcpAnswer> =>
    inPrivateFolder(options.parent, async (folder) => {
      // Three wrong tries lock a token: the same PIN is not tried twice.
      if (call.needsPin && refused !== null) throw refused
      for (const [name, bytes] of Object.entries(call.files)) {
        if (bytes.length > CONTENT_BYTES_MAX) throw new CryptoError('limit_exceeded', 'too long a text for one message')
        await writeFile(join(folder, name), bytes, { mode: 0o600, flag: 'wx' })
      }
      const said = await spawned(options, call, folder)
      const number = numberOf(said)
      if (CRYPTCP_CODES.get(number)?.code === 'pin_refused') refused = cryptcpError(number)
      const bytes = number === 0 && call.answer !== null ? await readFile(join(folder, call.answer)) : Buffer.alloc(0)
      return { number, bytes, version: /CryptCP ([\d.]+)/.exec(said.output)?.[1] ?? 'unknown' }
    })
  return {
    run(call) {
      const turn = last.then(() => run(call))
      last = turn.catch(() => undefined)
      return turn
    },
  }
}

/** Its number as ours. */
export const cryptcpError = (number: number): CryptoError => {
  const known = CRYPTCP_CODES.get(number)
  const hex = `0x${number.toString(16).padStart(8, '0')}`
  return new CryptoError(
    known?.code ?? 'provider_failed',
    `cryptcp answers ${hex}${known === undefined ? '' : `: ${known.says}`}`,
  )
}

interface Said {
  readonly status: number | null
  readonly output: string
}

const numberOf = ({ status, output }: Said): number => {
  const number = printedCode(output)
  // Both have to say that it is done.
  if (number === null || (number === 0 && status !== 0)) {
    throw new CryptoError('provider_failed', `cryptcp ended with ${String(status)} and said no number`)
  }
  return number
}

/** Without a shell, and with as much of the environment as finds the stores of this user. It leads its own group: all of it is killed. */
const spawned = ({ folder, pin, timeoutMs }: CryptcpOptions, { words, needsPin }: CryptcpCall, cwd: string): Promise<Said> =>
  new Promise((resolve, reject) => {
    const { username } = userInfo()
    const child = spawn(join(folder, 'cryptcp'), [...words], {
      cwd,
      detached: true,
      env: { HOME: homedir(), USER: username, LOGNAME: username, PATH: '/usr/bin:/bin', LANG: 'en_US.UTF-8' },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let output = ''
    const hear = (chunk: Buffer): void => {
      output = (output + chunk.toString('latin1')).slice(0, OUTPUT_BYTES_MAX)
    }
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      killGroup(child.pid)
    }, timeoutMs)
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    // It may have ended without asking.
    child.stdin.on('error', () => undefined)
    child.stdin.end(needsPin && pin !== null ? `${pin}\n` : '')
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(new CryptoError('not_installed', `cryptcp cannot be started: ${error.message}`))
    })
    child.on('close', (status) => {
      clearTimeout(timer)
      // What it has started and left is no business of its own.
      killGroup(child.pid)
      if (isLate) reject(new CryptoError('timed_out', `cryptcp did not end within ${String(timeoutMs)} ms`))
      else resolve({ status, output })
    })
  })

const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return
  try {
    // eslint-disable-next-line no-restricted-globals -- a group of processes can be killed by no other way
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
