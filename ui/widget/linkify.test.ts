import assert from 'node:assert/strict'
import { linkify } from './linkify.ts'

const shown = (text: string): string =>
  linkify(text)
    .map((part) => (part.kind === 'link' ? `<${part.href}>` : part.text))
    .join('')

describe('links in a text', () => {
  it('are web addresses, without the punctuation of the sentence', () => {
    assert.equal(shown('Смотрите https://a.ru/b?c=1, и http://d.ru.'), 'Смотрите <https://a.ru/b?c=1>, и <http://d.ru/>.')
    assert.equal(shown('(https://a.ru/x)'), '(<https://a.ru/x>)')
    assert.equal(shown('https://a.ru/x_(y)'), '<https://a.ru/x_(y)>')
    assert.equal(shown('«https://a.ru»'), '«<https://a.ru/>»')
  })

  it('are nothing else', () => {
    for (const text of ['javascript:alert(1)', 'data:text/html,x', 'ftp://a.ru', 'a.ru', 'https://', 'xhttps://a.ru']) {
      assert.deepEqual(linkify(text), [{ kind: 'text', text }])
    }
  })

  it('lose nothing of the text', () => {
    for (const text of ['', 'без ссылок', 'https://a.ru', 'до https://a.ru/%D1%84 после\nhttps://b.ru…']) {
      assert.equal(
        linkify(text)
          .map((part) => part.text)
          .join(''),
        text,
      )
    }
  })
})
