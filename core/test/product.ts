import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { assert } from '../src/kernel/assert.ts'

const TOP = fileURLToPath(new URL('../../', import.meta.url))

export interface ProductEnd {
  /** Null: a signal ended it. */
  readonly code: number | null
  /** The one that ended it. */
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly faults: string
}

export interface Product {
  readonly pid: number
  /** The line with its address; rejects with its faults when it ends before. */
  readonly ready: Promise<string>
  readonly ended: Promise<ProductEnd>
  signal(name: NodeJS.Signals): void
}

export interface ProductOptions {
  readonly dataDir: string
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** From its sources by default, so that nothing need be built. */
  readonly command?: readonly string[]
}

const READY = 'ОЦО готов'
const FROM_SOURCE = ['--conditions=oco-source', '--import=tsx', 'core/src/main.ts']

/** The product as a process of its own, on a free port of the loopback, without anything of our own environment. */
export const startProduct = ({ dataDir, env = {}, args = [], command = FROM_SOURCE }: ProductOptions): Product => {
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: TOP,
    env: { PATH: process.env['PATH'], OCO_DATA_DIR: dataDir, OCO_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [output, faults] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (faults += text))
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    output,
    faults,
  }))
  const readyLine = new Promise<string>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith(READY)) resolve(line)
    })
  })
  const early = ended.then((end) => Promise.reject(new Error(`the product ended with ${String(end.code)}: ${end.faults}`)))
  const ready = Promise.race([readyLine, early])
  ready.catch(() => undefined)
  assert(child.pid !== undefined, 'the product is a process')
  return { pid: child.pid, ready, ended, signal: (name) => void child.kill(name) }
}

/** The address in the line that it prints. */
export const addressIn = (line: string): string => /https?:\/\/\S+/.exec(line)?.[0] ?? ''
