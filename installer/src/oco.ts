#!/usr/bin/env node
import { UsageError, type Command } from './command.ts'
import { cryptoStatus } from './crypto-status.ts'
import { manifestKey, manifestMake, verify } from './manifest.ts'
import { keysExport, keysImport, keysInit, keysRotate, keysShow } from './keys.ts'

/**
 * The operator's command. It prints to standard output, tells what is wrong in one line on standard error, and ends with 0, with 1 where
 * the thing could not be done, with 2 where it was not understood.
 */
const COMMANDS: Readonly<Record<string, { readonly takes: string; readonly about: string; readonly run: Command }>> = {
  'crypto status': {
    takes: '',
    about: 'which provider does which algorithm here, what each lacks, what is certified',
    run: cryptoStatus,
  },
  'keys init': {
    takes: '[--under pkcs11|cryptopro-cli]',
    about: 'make the key ring before the first start does: under the key of a provider, a passphrase, or nothing',
    run: keysInit,
  },
  'keys status': { takes: '', about: 'versions of the key ring, and how many keys each wraps', run: keysShow },
  'keys rotate': { takes: '', about: 'add a version to the key ring; the product rewraps its keys', run: keysRotate },
  'keys export': {
    takes: '--to <file> --shares <n> --needed <k>',
    about: 'the key ring, locked, and shares that open it, for the safes',
    run: keysExport,
  },
  'keys import': {
    takes: '--from <file> [--under pkcs11|cryptopro-cli]',
    about: 'the key ring back from its export; shares on standard input',
    run: keysImport,
  },
  verify: {
    takes: '--key <verifying key> [--root <folder>] [--json]',
    about: 'hold every installed file against the signed list of them; 0 only where all is whole',
    run: verify,
  },
  'manifest key': {
    takes: '--out <folder> --passphrase-file <file>',
    about: 'make the pair of keys that releases are signed and verified by',
    run: manifestKey,
  },
  'manifest make': {
    takes:
      '--root <folder> --version <number> --key <signing key> --public <verifying key> --passphrase-file <file> [--variable <path>]…',
    about: 'list and sign the files of a release; variable paths may change or come',
    run: manifestMake,
  },
}

const tell = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const usage = (): string[] => [
  'oco <command>',
  ...Object.entries(COMMANDS).flatMap(([name, { takes, about }]) => [`  oco ${name} ${takes}`.trimEnd(), `      ${about}`]),
]

const refuse = (message: string): number => {
  process.stderr.write(`oco: ${message}\n`)
  for (const line of usage()) process.stderr.write(`${line}\n`)
  return 2
}

const main = async (words: readonly string[]): Promise<number> => {
  const [room = '', act = '', ...rest] = words
  if (words.length === 0 || words.includes('--help') || room === 'help') {
    for (const line of usage()) tell(line)
    return 0
  }
  const terminal = { tell, input: process.stdin, env: process.env, workingFolder: process.cwd() }
  const ofOneWord = COMMANDS[room]
  if (ofOneWord !== undefined) return ofOneWord.run(terminal, words.slice(1))
  const command = COMMANDS[`${room} ${act}`]
  if (command === undefined) return refuse(`there is no command "${words.join(' ')}"`)
  return command.run(terminal, rest)
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof UsageError) return refuse(error.message)
  const faults: readonly unknown[] = error instanceof AggregateError ? error.errors : [error]
  for (const fault of faults) process.stderr.write(`oco: ${fault instanceof Error ? fault.message : String(fault)}\n`)
  return 1
})
