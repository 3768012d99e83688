import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const LINES_MAX = 400
const LINE_LENGTH_MAX = 160
/** A sentence, a style or a pattern in quotes is not broken for a margin. */
const TEXT = /['"`/]/
/** Written by a tool from the migrated database. */
const GENERATED = ['core/src/platform/tables.ts']
const TOP = ['LICENSE', 'README.md', 'package.json', 'package-lock.json', 'tsconfig.json', 'eslint.config.js', 'knip.jsonc']
const ROOMS = ['core', 'ui', 'security', 'installer', 'ansible', 'docs']
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`)

/** Every file of the project that is not ignored: committed, or about to be. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file))
const own = files.filter((file) => !/(^|\/)fixtures\/|^package-lock[.]json$/.test(file))
const text = (file: string): string => readFileSync(file, 'utf8')
const sources = own.filter((file) => /[.](ts|vue|js|mjs)$/.test(file) && !GENERATED.includes(file))
/** This file names what it looks for. */
const others = sources.filter((file) => file !== 'core/test/tidy.test.ts')
const texts = own.filter((file) => /[.](ts|vue|js|mjs|sql|css|html|md|sh|yml)$/.test(file))

/** `file: what` for each line of these files that the test picks. */
const lines = (among: readonly string[], picks: (line: string) => boolean): readonly string[] =>
  among.flatMap((file) =>
    text(file)
      .split('\n')
      .flatMap((line, index) => (picks(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 80)}`] : [])),
  )

describe('the project is tidy', () => {
  it('keeps at the top only what tools insist on finding there', () => {
    const top = new Set(files.map((file) => file.split('/')[0] ?? ''))
    assert.deepEqual(
      [...top].filter((name) => !name.startsWith('.') && ![...TOP, ...ROOMS].includes(name)),
      [],
    )
  })

  it('leaves no words of unfinished work', () => {
    assert.deepEqual(
      lines(texts, (line) => UNFINISHED.test(line)),
      [],
    )
  })

  it(`holds every file to ${LINES_MAX} lines and every line of code to ${LINE_LENGTH_MAX} characters`, () => {
    assert.deepEqual(
      sources.filter((file) => text(file).split('\n').length > LINES_MAX + 1),
      [],
    )
    assert.deepEqual(
      lines(
        sources.filter((file) => !file.endsWith('.vue')),
        (line) => line.length > LINE_LENGTH_MAX && !TEXT.test(line),
      ),
      [],
    )
  })

  it('names every file after what it holds', () => {
    assert.deepEqual(
      sources.filter((file) => /^(utils?|helpers?|managers?|misc|common-?\w*s)[.]/.test(basename(file))),
      [],
    )
    assert.deepEqual(
      sources.filter((file) => file.endsWith('.ts') && !/^[a-z0-9]+([-.][a-z0-9]+)*[.]ts$/.test(basename(file))),
      [],
    )
  })

  it('gives a reason beside every rule that is switched off', () => {
    const unexplained = (line: string) => line.includes('eslint-disable') && !/eslint-disable[\w-]* [\w@/, -]+ -- \S/.test(line)
    assert.deepEqual(lines(others, unexplained), [])
    assert.deepEqual(
      lines(others, (line) => /@ts-(ignore|nocheck)/.test(line)),
      [],
    )
  })

  it('switches off no test for good', () => {
    assert.deepEqual(
      lines(others, (line) => /^\s*(describe|it)[.]skip\(|^\s*x(it|describe)\(/.test(line)),
      [],
    )
  })

  it('holds no link in a document that leads nowhere', () => {
    const broken = own
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        [...text(file).matchAll(/\]\(([^)\s]+)\)/g)]
          .map(([, target]) => (target ?? '').replace(/#.*$/, ''))
          .filter((target) => target !== '' && !/^[a-z]+:/.test(target) && !existsSync(join(dirname(file), target)))
          .map((target) => `${file} -> ${target}`),
      )
    assert.deepEqual(broken, [])
  })

  it('names no file in a document that is not there', () => {
    const named = own
      .filter(
        (file) =>
          /^(README|docs\/(ARCHITECTURE|CONTRIBUTING|STYLE|STATUS|how-to\/.*|adr\/.*))[.]md$/.test(file) ||
          /^docs\/(how-to|adr)\//.test(file),
      )
      .flatMap((file) =>
        [...text(file).matchAll(/`((?:core|ui|security)\/[\w./-]+[.](?:ts|vue|sql|json|md))`/g)].map(([, path]) => [
          file,
          path ?? '',
        ]),
      )
    assert.deepEqual(
      named.filter(([, path]) => !existsSync(path ?? '')).map(([file, path]) => `${file} -> ${path}`),
      [],
    )
  })

  it('numbers the decisions without a gap', () => {
    const numbers = files.flatMap((file) => /^docs\/adr\/(\d{4})-[a-z0-9-]+[.]md$/.exec(file)?.[1] ?? []).map(Number)
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    )
    assert.ok(numbers.length > 0)
    const untitled = files.filter((file) => {
      const number = /^docs\/adr\/(\d{4})-/.exec(file)?.[1]
      return number !== undefined && !text(file).startsWith(`# ${Number(number)}. `)
    })
    assert.deepEqual(untitled, [])
  })
})
