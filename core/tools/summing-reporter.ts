import { writeFileSync } from 'node:fs'
import { env } from 'node:process'
import Mocha, { type MochaOptions, type Runner } from 'mocha'

export interface Failure {
  /** The test's whole name, its groups before it. */
  readonly title: string
  readonly error: string
}

/** What one run of mocha came to. */
export interface SuiteSum {
  readonly passed: number
  readonly skipped: number
  readonly failures: readonly Failure[]
}

/** Mocha's own list of tests, and beside it the sum in the file that OCO_TEST_SUM names, written when the last test has ended. */
export default class SummingReporter extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    const failures: Failure[] = []
    runner.on('fail', (test: { fullTitle(): string }, error: unknown) => {
      failures.push({ title: test.fullTitle(), error: textOf(error) })
    })
    runner.once('end', () => {
      const file = env['OCO_TEST_SUM']
      const sum: SuiteSum = { passed: this.stats.passes, skipped: this.stats.pending, failures }
      if (file !== undefined) writeFileSync(file, JSON.stringify(sum))
    })
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))
