import assert from 'node:assert/strict'
import { excerptOf, hasPhrases, parseQuery } from './search-query.ts'

describe('what somebody looks for', () => {
  it('is words in any form, words that must not be there, and phrases', () => {
    assert.deepEqual(parseQuery('Чайники -утюгов "перестали греть" и на'), {
      required: ['чайник', 'переста', 'грет'],
      excluded: ['утюг'],
      phrases: [['переста', 'грет']],
    })
    assert.deepEqual(parseQuery('заказ -заказа'), { required: ['заказ'], excluded: [], phrases: [] })
    assert.deepEqual(parseQuery(' "" - '), { required: [], excluded: [], phrases: [] })
  })

  it('is in a text where the words of each phrase follow each other', () => {
    const query = parseQuery('"мой заказ" чайник')
    assert.equal(hasPhrases('Где мои заказы? Чайник.', query), true)
    assert.equal(hasPhrases('Заказ мой, чайник', query), false)
  })

  it('is shown among a few words around it, with every match marked', () => {
    const text = `${'слово '.repeat(30)}перед самым чайником\n\nи после чайника ${'слово '.repeat(30)}`
    const excerpt = excerptOf(text, parseQuery('чайник'))
    assert.match(excerpt, /^слово .*самым \u2068чайником\u2069 и после \u2068чайника\u2069 слово/)
    assert.equal(excerpt.split(' ').length, 24)
    assert.equal(excerptOf('Добрый день', parseQuery('чайник')), 'Добрый день')
    assert.equal(excerptOf('?!', parseQuery('чайник')), '?!')
  })
})
