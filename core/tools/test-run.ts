/**
 * `npm test`: brings the real servers that tests talk to, builds the product, since whole-path tests start it as it ships, runs
 * every test, and those that need a database once more on the distribution's PostgreSQL. The last line is `N passed, N failed`.
 * `-- PATH…` runs the test files under these paths alone.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { CHROMIUM_PROGRAMS } from '../test/browser.ts'
import { withoutPrograms, type NeededProgram } from '../test/peers/debian-packages.ts'
import { DOVECOT_PROGRAMS } from '../test/peers/dovecot.ts'
import { POSTFIX_PROGRAMS } from '../test/peers/postfix.ts'
import { runCommand } from './run-command.ts'
import type { SuiteSum } from './summing-reporter.ts'

const ROOTS = ['core', 'security', 'ui']
const DISTRIBUTION_MAJOR = '15'
const DISTRIBUTION_POSTGRES: NeededProgram = {
  path: `/usr/lib/postgresql/${DISTRIBUTION_MAJOR}/bin/postgres`,
  package: `postgresql-${DISTRIBUTION_MAJOR}`,
}
const PROGRAMS = [...DOVECOT_PROGRAMS, ...POSTFIX_PROGRAMS, ...CHROMIUM_PROGRAMS, DISTRIBUTION_POSTGRES]

/** Stores, steps and migrations: what a statement does may differ between two majors, what a page does cannot. */
const ON_BOTH_MAJORS = /^core\/(src\/|test\/[^/]+$)/
const USES_DATABASE = /\btest(Database|Server)\(/

const suiteSum: z.ZodType<SuiteSum> = z.object({ passed: z.int(), failed: z.int(), skipped: z.int() })
const ONE_FAILED: SuiteSum = { passed: 0, failed: 1, skipped: 0 }
const ONE_SKIPPED: SuiteSum = { passed: 0, failed: 0, skipped: 1 }

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
    if (!sum.success) console.log(`the run ended with ${code} before its last test`)
    if (!sum.success) return ONE_FAILED
    return code !== 0 && sum.data.failed === 0 ? { ...sum.data, failed: 1 } : sum.data
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Null: the servers are there. With CI=true a missing one fails the run, elsewhere its suites skip out loud. */
const prepare = async (): Promise<SuiteSum | null> => {
  const missing = await withoutPrograms(PROGRAMS).catch((error: unknown) => {
    console.log(String(error))
    return ONE_FAILED
  })
  if (typeof missing === 'string') console.log(`suites with real servers will be skipped: ${missing}`)
  if (missing !== null && typeof missing !== 'string') return missing
  console.log('=== build')
  return (await runCommand(['npm', 'run', '--silent', 'build'], { output: 'show' })).code === 0 ? null : ONE_FAILED
}

const onDistribution = async (files: readonly string[]): Promise<SuiteSum> => {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 }
  const reason = await withoutPrograms([DISTRIBUTION_POSTGRES])
  if (reason === null) return runSuite(`on PostgreSQL ${DISTRIBUTION_MAJOR}`, files, { OCO_TEST_POSTGRES: DISTRIBUTION_MAJOR })
  console.log(`SKIPPED on PostgreSQL ${DISTRIBUTION_MAJOR}: ${reason}`)
  return ONE_SKIPPED
}

const runAll = async (): Promise<readonly SuiteSum[]> => {
  const failure = await prepare()
  if (failure !== null) return [failure]
  const files = await testFiles(process.argv.slice(2))
  if (files.length === 0) return []
  return [await runSuite('all tests', files), await onDistribution(await ofBothMajors(files))]
}

const sums = await runAll()
const total = (key: keyof SuiteSum): number => sums.reduce((sum, suite) => sum + suite[key], 0)
if (total('passed') + total('failed') === 0) console.log('no test ran')
const skipped = total('skipped') === 0 ? '' : `, ${total('skipped')} skipped`
console.log(`\n${total('passed')} passed, ${total('failed')} failed${skipped}`)
process.exitCode = total('failed') > 0 || total('passed') === 0 ? 1 : 0
