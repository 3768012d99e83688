import { createInterface } from 'node:readline'
import { exportKeyRing, importKeyRing, initKeyRing, keysStatus, rotateKeyRing, type KeysStatus } from '@oco/core/admin'
import { required, UsageError, valuesOf, type Command } from './command.ts'

export const keysInit: Command = async (terminal, words) => {
  const { under } = valuesOf(words, { under: 'string' })
  for (const line of ringLines(await initKeyRing(terminal, keeperOf(under)))) terminal.tell(line)
  terminal.tell('Export it for the safes now: without it nothing of the data can be read. oco keys export --help')
  return 0
}

export const keysShow: Command = async (terminal) => {
  for (const line of ringLines(await keysStatus(terminal))) terminal.tell(line)
  return 0
}

export const keysRotate: Command = async (terminal) => {
  const status = await rotateKeyRing(terminal)
  for (const line of ringLines(status)) terminal.tell(line)
  terminal.tell(
    `Version ${String(status.current)} wraps from now on. The running product takes it up and rewraps the keys: oco keys status`,
  )
  terminal.tell('Export the ring again: what lies in the safes does not know this version.')
  return 0
}

/** The shares go to standard output alone: each is printed, and kept by another officer. */
export const keysExport: Command = async (terminal, words) => {
  const { to, shares, needed } = valuesOf(words, { to: 'string', shares: 'string', needed: 'string' })
  const made = await exportKeyRing(terminal, {
    path: required(to, '--to <file>'),
    shares: Number(required(shares, '--shares <how many>')),
    needed: Number(required(needed, '--needed <how many open it>')),
  })
  terminal.tell(
    `The key ring lies in ${made.path}, locked. Any ${String(needed)} of these open it; give each to another officer:`,
  )
  for (const line of made.shares) terminal.tell(line)
  return 0
}

/** Shares come on standard input, a line each, so that they are in no list of processes and in no history. */
export const keysImport: Command = async (terminal, words) => {
  const { from, under } = valuesOf(words, { from: 'string', under: 'string' })
  const keeper = keeperOf(under)
  const path = required(from, '--from <file>')
  const shares: string[] = []
  if (terminal.input.isTTY) terminal.tell('Type the shares, a line each, and an empty line after the last:')
  for await (const line of createInterface({ input: terminal.input })) {
    if (line.trim() === '') break
    shares.push(line)
  }
  for (const line of ringLines(await importKeyRing(terminal, { path, shares, under: keeper }))) terminal.tell(line)
  return 0
}

const KEEPERS = ['pkcs11', 'cryptopro-cli'] as const

const keeperOf = (word: string | undefined): (typeof KEEPERS)[number] | null => {
  if (word === undefined) return null
  const found = KEEPERS.find((each) => each === word)
  if (found === undefined) throw new UsageError(`--under takes ${KEEPERS.join(' or ')}`)
  return found
}

/** For people: where the ring is, its versions, and how many keys each of them wraps. */
export const ringLines = ({ path, under, versions, current, keys }: KeysStatus): string[] => {
  const counts = 'unreachable' in keys ? null : keys
  const waiting =
    counts === null ? 0 : [...counts.byRingVersion].reduce((sum, [version, count]) => sum + (version < current ? count : 0), 0)
  return [
    `Key ring ${path}`,
    ...(under === null ? [] : [`  locked by ${under}`]),
    ...versions.map(({ version, createdAt }) => {
      const wraps = counts === null ? '' : `, wraps ${String(counts.byRingVersion.get(version) ?? 0)} keys`
      return `  version ${String(version)}, made ${createdAt.toISOString()}${wraps}${version === current ? ', current' : ''}`
    }),
    ...('unreachable' in keys
      ? [`The keys database cannot be asked: ${keys.unreachable}`]
      : [
          `Destroyed keys: ${String(keys.destroyed)}`,
          waiting === 0 ? 'Every key is under the current version.' : `${String(waiting)} keys wait to be rewrapped.`,
        ]),
  ]
}
