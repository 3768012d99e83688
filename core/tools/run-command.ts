import { spawn } from 'node:child_process'

export interface CommandResult {
  /** The exit code; 1 where a signal ended the command. */
  readonly code: number
  /** Both streams as they came, where they were kept. */
  readonly output: string
  readonly seconds: number
}

export interface CommandOptions {
  /** `keep` holds the output back for the caller; `show` lets it through. */
  readonly output: 'keep' | 'show'
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Runs one command from the top of the project without an input, and waits for it. Throws where it cannot be started. */
export const runCommand = (command: readonly string[], options: CommandOptions): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    const [file = '', ...args] = command
    const begun = performance.now()
    const child = spawn(file, args, {
      stdio: options.output === 'show' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    })
    const chunks: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8'), seconds: (performance.now() - begun) / 1_000 })
    })
  })
