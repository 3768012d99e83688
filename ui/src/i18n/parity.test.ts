import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS, SET_ASIDE_REASONS } from '@oco/contract/names'
import { russianPlural } from './plural.ts'

const HERE = import.meta.dirname
const SOURCES = join(HERE, '..')

function keysOf(value: unknown, path = ''): Map<string, string> {
  if (typeof value === 'string') return new Map([[path, value]])
  assert.ok(typeof value === 'object' && value !== null, `${path} is neither text nor a group`)
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...keysOf(inner, path ? `${path}.${key}` : key)]))
}

const read = (locale: string, file: string): Map<string, string> =>
  keysOf(JSON.parse(readFileSync(join(HERE, locale, file), 'utf8')))
const filesOf = (locale: string): string[] => readdirSync(join(HERE, locale)).sort()
const placeholders = (text: string): string[] => [...new Set(text.match(/\{[a-zA-Z]+\}/g) ?? [])].sort()

describe('messages of the page', () => {
  it('has the same files in both languages', () => {
    assert.deepEqual(filesOf('ru'), filesOf('en'))
  })

  for (const file of filesOf('ru')) {
    it(`has the same keys and placeholders in both languages: ${file}`, () => {
      const [ru, en] = [read('ru', file), read('en', file)]
      assert.deepEqual([...ru.keys()].sort(), [...en.keys()].sort())
      for (const [key, text] of ru) assert.deepEqual(placeholders(text), placeholders(en.get(key) ?? ''), `${file}: ${key}`)
    })
  }

  it('words every error code of the contract, and those of the page itself', () => {
    const titles = read('ru', 'errors.json')
    const wanted = [...Object.keys(ERRORS), 'unreachable', 'bad_answer', 'page_fault']
    assert.deepEqual(
      wanted.filter((code) => !titles.has(`${code}.title`)),
      [],
    )
  })

  it('words every reason for which a letter is set aside', () => {
    const words = read('ru', 'channels.json')
    assert.deepEqual(
      SET_ASIDE_REASONS.filter((reason) => !words.has(`set_aside.reason.${reason}`)),
      [],
    )
  })

  it('has every key that the sources name in full', () => {
    const known = new Set(
      filesOf('ru').flatMap((file) => [...read('ru', file).keys()].map((key) => `${file.slice(0, -5)}.${key}`)),
    )
    const missing = sourceFiles(SOURCES).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bt\(\s*'([a-z_]+(?:\.[a-z_]+)+)'/g)]
        .map((match) => match[1] ?? '')
        .filter((key) => !known.has(key))
        .map((key) => `${file.slice(SOURCES.length + 1)}: ${key}`),
    )
    assert.deepEqual(missing, [])
  })
})

describe('Russian plural forms', () => {
  it('follows the last digits, with the teens apart', () => {
    const words = ['сообщение', 'сообщения', 'сообщений']
    const form = (count: number): string | undefined => words[russianPlural(count, 3)]
    assert.deepEqual([1, 2, 5, 11, 14, 21, 22, 25, 101, 111].map(form), [
      'сообщение',
      'сообщения',
      'сообщений',
      'сообщений',
      'сообщений',
      'сообщение',
      'сообщения',
      'сообщений',
      'сообщение',
      'сообщений',
    ])
  })
})

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sourceFiles(path)
    return /\.(vue|ts)$/.test(entry.name) && !entry.name.endsWith('.test.ts') ? [path] : []
  })
}
