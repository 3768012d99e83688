import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { env as ownEnv, execPath } from 'node:process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const OCO = fileURLToPath(new URL('../../installer/src/oco.ts', import.meta.url))

export interface OcoOutcome {
  readonly code: number
  readonly output: string
  readonly faults: string
}

/** Runs the operator's command as a process of its own, with nothing of this one's environment but what is given. */
export const runOco = async (
  words: readonly string[],
  { env = {}, input = '' }: { env?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<OcoOutcome> => {
  const child = spawn(execPath, ['--conditions=oco-source', '--import=tsx', OCO, ...words], {
    env: { PATH: ownEnv['PATH'], ...env },
  })
  child.stdin.end(input)
  const ended = once(child, 'exit') as Promise<[number]>
  const [output, faults, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, output, faults }
}
