import type { SuiteSum } from './summing-reporter.ts'

/** Of each error; the whole of it stands above, where its suite ended. */
const ERROR_LINES_MAX = 15
const LINE_LENGTH_MAX = 300

/**
 * The end of a run: what failed, each with its error, so that the end of a log alone tells it; how many were skipped, where any were;
 * and always as the last line `N passed, N failed`.
 */
export const closingLines = (sums: readonly SuiteSum[]): readonly string[] => {
  const failures = sums.flatMap((sum) => sum.failures)
  const passed = total(sums.map((sum) => sum.passed))
  const skipped = total(sums.map((sum) => sum.skipped))
  return [
    ...(passed + failures.length === 0 ? ['no test ran'] : []),
    ...failures.flatMap(({ title, error }) => [`FAILED  ${title}`, ...shortened(error), '']),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
    `${passed} passed, ${failures.length} failed`,
  ]
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

const shortened = (error: string): string[] => {
  const lines = error.trimEnd().split('\n')
  const kept = lines.slice(0, ERROR_LINES_MAX).map((line) => `        ${line.slice(0, LINE_LENGTH_MAX)}`)
  return lines.length > ERROR_LINES_MAX ? [...kept, `        … ${lines.length - ERROR_LINES_MAX} lines more above`] : kept
}
