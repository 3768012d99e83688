import assert from 'node:assert/strict'
import { testDatabase, type TestDatabase } from '../../../test/harness.ts'
import { CITIES, CONTACT_NAMES, FRESH_LETTERS, SCENARIOS } from '../../demo/scenarios.ts'
import { sql } from '../db.ts'
import { lexemesOf, wordsOf } from './words.ts'

const CORPUS = JSON.stringify([SCENARIOS, CONTACT_NAMES, CITIES, FRESH_LETTERS])

describe('words that are searched', () => {
  let db: TestDatabase
  before(async () => {
    db = await testDatabase()
  })
  after(() => db.drop())

  it('have the stems that PostgreSQL’s dictionary of Russian gives them', async () => {
    const words = [
      ...new Set(
        [
          ...CORPUS.toLowerCase()
            .replaceAll('ё', 'е')
            .matchAll(/[а-я]{2,}/g),
        ].map(([word]) => word),
      ),
    ]
    const { rows } = await sql<{ word: string; lexemes: string[] }>`
      select word, ts_lexize('russian_stem', word) as lexemes from unnest(${words}::text[]) as word`.execute(db.database.read)
    assert.ok(rows.length > 300, String(rows.length))
    for (const { word, lexemes } of rows) {
      const [ours] = lexemesOf(word)
      // Function words are in neither index; the two lists of them are not the same.
      if (lexemes[0] !== undefined && ours !== undefined) assert.equal(ours, lexemes[0], word)
    }
  })

  it('are the same in capitals, with ё, and in every form', () => {
    assert.deepEqual([...lexemesOf('Ещё ЁЛКА ёлки елкой')], ['елк'])
    assert.deepEqual([...lexemesOf('orders ORDERED, ordering')], ['order'])
  })

  it('stand where they stand', () => {
    const text = 'Заказ №А-17/2, срочно'
    assert.deepEqual(
      wordsOf(text).map(({ from, to }) => text.slice(from, to)),
      ['Заказ', 'А', '17', '2', 'срочно'],
    )
  })
})
