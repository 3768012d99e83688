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
