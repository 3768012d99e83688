import { argv, exit, stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { withoutPrograms, type NeededProgram } from '../../peers/debian-packages.ts'

/** Whole numbers from the command line by name: `-- --seed 7`. Throws for anything else. */
export const numbersGiven = <N extends string>(defaults: Readonly<Record<N, number>>): Record<N, number> => {
  const names = Object.keys(defaults) as N[]
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  const { values } = parseArgs({ args: argv.slice(2), options })
  const numberOf = (name: N): number => {
    const value = values[name]
    if (value === undefined) return defaults[name]
    if (!/^\d{1,10}$/.test(value)) throw new Error(`--${name} wants a whole number`)
    return Number(value)
  }
  return Object.fromEntries(names.map((name) => [name, numberOf(name)])) as Record<N, number>
}

/** One line of how a story goes on; its last line is its result. */
export const tell = (line: string): void => {
  stdout.write(`${line}\n`)
}

/** Throws where a program of the story cannot be had; as root on Debian its package is installed. */
export const mustHave = async (programs: readonly NeededProgram[]): Promise<void> => {
  const reason = await withoutPrograms(programs)
  if (reason !== null) throw new Error(reason)
}

/** Frees what a story has taken, last first, even where one of them fails. */
export interface Tidy {
  after(act: () => Promise<unknown>): void
}

/** Runs a story and ends the process: its result is the last line on standard output; a failure goes to standard error, status 1. */
export const runStory = async (story: (tidy: Tidy) => Promise<string>): Promise<never> => {
  const acts: (() => Promise<unknown>)[] = []
  let result: string | null = null
  try {
    result = await story({ after: (act) => acts.unshift(act) })
  } catch (error) {
    stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  }
  for (const act of acts) {
    await act().catch((error: unknown) => {
      stderr.write(`${String(error)}\n`)
      result = null
    })
  }
  if (result !== null) tell(result)
  exit(result === null ? 1 : 0)
}
