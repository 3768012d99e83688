/**
 * `npm test`: brings the real servers that tests talk to, builds the product, since whole-path tests start it as it ships, runs
 * every test, and those that need a database once more on the distribution's PostgreSQL. The last lines repeat what failed; the very
 * last is `N passed, N failed`.
 * `-- PATH…` runs the test files under these paths alone.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { CHROMIUM_PROGRAMS } from '../test/browser.ts'
import { withoutPrograms } from '../test/peers/debian-packages.ts'
import { DOVECOT_PROGRAMS } from '../test/peers/dovecot.ts'
import { POSTFIX_PROGRAMS } from '../test/peers/postfix.ts'
import { DISTRIBUTION_MAJOR, DISTRIBUTION_POSTGRES } from '../test/postgres.ts'
import { closingLines } from './closing-lines.ts'
import { runCommand } from './run-command.ts'
import type { SuiteSum } from './summing-reporter.ts'

const ROOTS = ['core', 'security', 'installer', 'ui']
const PROGRAMS = [...DOVECOT_PROGRAMS, ...POSTFIX_PROGRAMS, ...CHROMIUM_PROGRAMS, DISTRIBUTION_POSTGRES]

/** Stores, steps and migrations: what a statement does may differ between two majors, what a page does cannot. */
const ON_BOTH_MAJORS = /^core\/(src\/|test\/[^/]+$)/
const USES_DATABASE = /\btest(Database|Server)\(/

const suiteSum: z.ZodType<SuiteSum> = z.object({
  passed: z.int(),
  skipped: z.int(),
  failures: z.array(z.object({ title: z.string(), error: z.string() })),
})
const NOTHING: SuiteSum = { passed: 0, skipped: 0, failures: [] }
const failed = (title: string, error: string): SuiteSum => ({ ...NOTHING, failures: [{ title, error }] })

const isTest = (path: string): boolean => path.endsWith('.test.ts') && !/(^|\/)(node_modules|dist)\//.test(path)

const testFiles = async (wanted: readonly string[]): Promise<readonly string[]> => {
  const found = await Promise.all(
    ROOTS.map(async (root) => (await readdir(root, { recursive: true })).map((path) => join(root, path))),
  )
  return found
    .flat()
    .filter((path) => isTest(path) && (wanted.length === 0 || wanted.some((prefix) => path.startsWith(prefix))))
    .sort()
}

const ofBothMajors = async (files: readonly string[]): Promise<readonly string[]> => {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return files.filter((file, index) => ON_BOTH_MAJORS.test(file) && USES_DATABASE.test(texts[index] ?? ''))
}

/** One run of mocha. Its sum comes from the reporter; a run that dies before its end has failed, whatever it printed. */
const runSuite = async (title: string, files: readonly string[], env: Record<string, string> = {}): Promise<SuiteSum> => {
  console.log(`\n=== ${title}: ${files.length} files`)
  const folder = await mkdtemp(join(tmpdir(), 'oco-sum-'))
  const sumFile = join(folder, 'sum.json')
  try {
    const { code } = await runCommand(['mocha', '--reporter', './core/tools/summing-reporter.ts', ...files], {
      output: 'show',
      env: { ...env, OCO_TEST_SUM: sumFile },
    })
    const sum = suiteSum.safeParse(JSON.parse(await readFile(sumFile, 'utf8').catch(() => 'null')))
    if (!sum.success) return failed(title, `the run ended with ${code} before its last test`)
    const { passed, skipped, failures } = sum.data
    if (code !== 0 && failures.length === 0) return { ...failed(title, `the run ended with ${code}`), passed, skipped }
    return { passed, skipped, failures: failures.map((failure) => ({ ...failure, title: `${title}: ${failure.title}` })) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Null: the servers are there. With CI=true a missing one fails the run, elsewhere its suites skip out loud. */
const prepare = async (): Promise<SuiteSum | null> => {
  const missing = await withoutPrograms(PROGRAMS).catch((error: unknown) => failed('the servers of the tests', String(error)))
  if (typeof missing === 'string') console.log(`suites with real servers will be skipped: ${missing}`)
  if (missing !== null && typeof missing !== 'string') return missing
  console.log('=== build')
  const { code } = await runCommand(['npm', 'run', '--silent', 'build'], { output: 'show' })
  return code === 0 ? null : failed('build', `ended with ${code}`)
}

const onDistribution = async (files: readonly string[]): Promise<SuiteSum> => {
  if (files.length === 0) return NOTHING
  const reason = await withoutPrograms([DISTRIBUTION_POSTGRES])
  if (reason === null) return runSuite(`on PostgreSQL ${DISTRIBUTION_MAJOR}`, files, { OCO_TEST_POSTGRES: DISTRIBUTION_MAJOR })
  console.log(`SKIPPED on PostgreSQL ${DISTRIBUTION_MAJOR}: ${reason}`)
  return { ...NOTHING, skipped: 1 }
}

const runAll = async (): Promise<readonly SuiteSum[]> => {
  const failure = await prepare()
  if (failure !== null) return [failure]
  const files = await testFiles(process.argv.slice(2))
  if (files.length === 0) return []
  return [await runSuite('all tests', files), await onDistribution(await ofBothMajors(files))]
}

const sums = await runAll()
console.log(`\n${closingLines(sums).join('\n')}`)
const isGreen = sums.every((sum) => sum.failures.length === 0) && sums.some((sum) => sum.passed > 0)
process.exitCode = isGreen ? 0 : 1
