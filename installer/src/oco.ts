#!/usr/bin/env node
import { cryptoStatus } from './crypto-status.ts'

/**
 * The operator's command. Each word line of `COMMANDS` is one thing that it does; it prints to standard output, tells what is wrong in one
 * line on standard error, and ends with 0, with 1 where the thing could not be done, with 2 where it was not understood.
 */
type Command = (tell: (line: string) => void) => Promise<number>

const COMMANDS: Readonly<Record<string, { readonly about: string; readonly run: Command }>> = {
  'crypto status': { about: 'which provider does which algorithm here, what each lacks, what is certified', run: cryptoStatus },
}

const tell = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const usage = (): string[] => [
  'oco <command>',
  ...Object.entries(COMMANDS).map(([name, { about }]) => `  oco ${name.padEnd(16)} ${about}`),
]

const main = async (words: readonly string[]): Promise<number> => {
  const command = COMMANDS[words.join(' ')]
  if (command !== undefined) return command.run(tell)
  const asks = words.length === 0 || words[0] === 'help' || words[0] === '--help'
  if (!asks) process.stderr.write(`oco: there is no command "${words.join(' ')}"\n`)
  for (const line of usage()) (asks ? process.stdout : process.stderr).write(`${line}\n`)
  return asks ? 0 : 2
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`oco: ${error instanceof Error ? error.message : String(error)}\n`)
  return 1
})
