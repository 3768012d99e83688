import { parseArgs } from 'node:util'

/**
 * One thing that the operator's command does. It tells on standard output, throws what is wrong, and answers its exit code: 0, or 1
 * where the thing could not be done.
 */
export type Command = (terminal: Terminal, words: readonly string[]) => Promise<number>

/** What a command has of the process. */
export interface Terminal {
  tell(line: string): void
  readonly input: NodeJS.ReadStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly workingFolder: string
}

/** The command was not understood. */
export class UsageError extends Error {}

type Kinds = Readonly<Record<string, 'string' | 'list' | 'flag'>>
type ValueOf<K> = K extends 'flag' ? boolean : K extends 'list' ? string[] : string

/** The options of a command by their kinds. Throws a `UsageError` for any other word. */
export const valuesOf = <const K extends Kinds>(words: readonly string[], kinds: K): { [N in keyof K]?: ValueOf<K[N]> } => {
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      { type: kind === 'flag' ? ('boolean' as const) : ('string' as const), multiple: kind === 'list' },
    ]),
  )
  try {
    return parseArgs({ args: [...words], options, allowPositionals: false }).values as { [N in keyof K]?: ValueOf<K[N]> }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Throws a `UsageError` that names what is missing. */
export const required = (value: string | undefined, what: string): string => {
  if (value === undefined || value === '') throw new UsageError(`${what} is missing`)
  return value
}
