import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closingLines } from './closing-lines.ts'
import { runCommand } from './run-command.ts'
import type { SuiteSum } from './summing-reporter.ts'

const GREEN: SuiteSum = { passed: 7, skipped: 0, failures: [] }
const RED: SuiteSum = { passed: 2, skipped: 1, failures: [{ title: 'a queue loses nothing', error: 'Error: lost\n    at here' }] }

describe('the end of a run', () => {
  it('is the sum of its suites in one line', () => {
    assert.deepEqual(closingLines([GREEN, GREEN]), ['14 passed, 0 failed'])
  })

  it('says what was skipped in the line before, not in the last one', () => {
    assert.deepEqual(closingLines([GREEN, { ...GREEN, skipped: 3 }]), ['3 skipped', '14 passed, 0 failed'])
  })

  it('repeats what failed, and why', () => {
    const lines = [
      'FAILED  a queue loses nothing',
      '        Error: lost',
      '            at here',
      '',
      '1 skipped',
      '9 passed, 1 failed',
    ]
    assert.deepEqual(closingLines([GREEN, RED]), lines)
  })

  it('keeps a long error short', () => {
    const error = Array.from({ length: 40 }, () => 'x'.repeat(1_000)).join('\n')
    const lines = closingLines([{ ...GREEN, failures: [{ title: 'long', error }] }])
    assert.deepEqual(lines.slice(-3), ['        … 25 lines more above', '', '7 passed, 1 failed'])
    assert.ok(lines.every((line) => line.length < 400))
  })

  it('says so where no test ran', () => {
    assert.deepEqual(closingLines([]), ['no test ran', '0 passed, 0 failed'])
  })
})

describe('the sum of one run of mocha', function () {
  let folder: string
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'oco-sum-test-'))))
  after(() => rm(folder, { recursive: true }))

  it('counts what passed, failed and was skipped, and tells each failure by its whole name', async () => {
    const [suite, sumFile] = [join(folder, 'suite.mjs'), join(folder, 'sum.json')]
    await writeFile(
      suite,
      `describe('a group', () => {
        it('passes', () => undefined)
        it('is skipped', function () { this.skip() })
        it('fails', () => { throw new Error('for this reason') })
        describe('inside', () => { before(() => { throw new Error('in a hook') }); it('is not reached', () => undefined) })
      })`,
    )
    const reporter = ['--reporter', './core/tools/summing-reporter.ts']
    const { code } = await runCommand(['mocha', ...reporter, suite], { output: 'keep', env: { OCO_TEST_SUM: sumFile } })
    assert.equal(code, 2)
    const sum = JSON.parse(await readFile(sumFile, 'utf8')) as SuiteSum
    assert.deepEqual([sum.passed, sum.skipped], [1, 1])
    const titles = ['a group fails', 'a group inside "before all" hook for "is not reached"']
    assert.deepEqual(
      sum.failures.map(({ title }) => title),
      titles,
    )
    assert.match(sum.failures[0]?.error ?? '', /^Error: for this reason\n\s+at /)
  })
})
