import assert from 'node:assert/strict'
import { firstWords, plainLine, plainText } from './plain-text.ts'

describe('plain text', () => {
  it('keeps line feeds and tabs, and drops what PostgreSQL or a reader cannot take', () => {
    assert.equal(plainText('a\u0000b\u0007c\td\ne'), 'abc\td\ne')
  })

  it('makes every way of ending a line one', () => {
    assert.equal(plainText('a\r\nb\rc\nd'), 'a\nb\nc\nd')
  })

  it('drops halves of surrogate pairs and keeps whole ones', () => {
    assert.equal(plainText('x\ud83dy\udc4dz👍'), 'xyz👍')
  })

  it('puts a name on one line', () => {
    assert.equal(plainLine('  Анна\n\t Петрова\u0000 '), 'Анна Петрова')
  })

  it('cuts a title between words', () => {
    assert.equal(firstWords('Не приходит счёт за октябрь, проверьте', 20), 'Не приходит счёт…')
  })

  it('cuts one endless word, never inside of a character', () => {
    assert.equal(firstWords('👍'.repeat(50), 10), `${'👍'.repeat(9)}…`)
  })

  it('leaves a short text as it is', () => {
    assert.equal(firstWords('Здравствуйте', 20), 'Здравствуйте')
    assert.equal(firstWords(' \n ', 20), '')
  })
})
