import { writeFileSync } from 'node:fs'
import { env } from 'node:process'
import Mocha, { type MochaOptions, type Runner } from 'mocha'

/** What one run of mocha came to. */
export interface SuiteSum {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Mocha's own list of tests, and beside it the sum in the file that OCO_TEST_SUM names, written when the last test has ended. */
export default class SummingReporter extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options)
    runner.once('end', () => {
      const file = env['OCO_TEST_SUM']
      const sum: SuiteSum = { passed: this.stats.passes, failed: this.stats.failures, skipped: this.stats.pending }
      if (file !== undefined) writeFileSync(file, JSON.stringify(sum))
    })
  }
}
