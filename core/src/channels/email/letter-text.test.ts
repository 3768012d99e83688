import assert from 'node:assert/strict'
import { TEXT_LENGTH_MAX } from '@oco/contract/limits'
import { cleanLine, cleanText, cutText, roughTextOfHtml, textOfHtml } from './letter-text.ts'

/** As letters use it. */
const plain = (html: string): string => cleanText(textOfHtml(html))

describe('text of HTML', () => {
  it('has a line for each block and an empty one between paragraphs', () => {
    assert.equal(plain('<p>Один</p><p>Два<br />и три</p><div>Четыре</div><div>Пять</div>'), 'Один\n\nДва\nи три\n\nЧетыре\nПять')
    assert.equal(plain('  <p>  много \n\n пробелов  </p>  <p></p><p> тут </p>'), 'много пробелов\n\nтут')
  })

  it('joins what stands on one line', () => {
    assert.equal(plain('<p>a<b>b</b> <i>c</i> d</p>'), 'ab c d')
    assert.equal(plain('<table><tr><td>Имя</td><td>Анна</td></tr><tr><td>Дом</td><td>5</td></tr></table>'), 'Имя Анна\nДом 5')
  })

  it('marks quotations, items and addresses of links', () => {
    assert.equal(plain('<p>да</p><blockquote>раз<blockquote>два</blockquote></blockquote>'), 'да\n\n> раз\n> > два')
    assert.equal(plain('<ul><li>раз</li><li>два</li></ul>'), '• раз\n• два')
    assert.equal(
      plain('<a href="https://x.test/">сайт</a> <a href="https://x.test/">x.test</a>'),
      'сайт (https://x.test/) x.test',
    )
  })

  it('keeps lines and spaces of pre', () => {
    assert.equal(plain('<p>журнал:</p><pre>строка 1\n  строка 2</pre><p>всё</p>'), 'журнал:\n\nстрока 1\n  строка 2\n\nвсё')
  })

  it('decodes entities once', () => {
    assert.equal(plain('<p>1 &lt; 2 &amp;amp; &quot;3&quot;</p>'), '1 < 2 &amp; "3"')
  })

  it('is cut out roughly of HTML that is too much, in time that grows with its length', () => {
    assert.equal(roughTextOfHtml('<style>a{}</style><b>да</b><script>x()</script>').trim(), 'да')
    for (const bomb of ['<'.repeat(500_000), '<style '.repeat(100_000), '<a '.repeat(200_000), '</script'.repeat(100_000)]) {
      assert.equal(typeof roughTextOfHtml(bomb), 'string')
    }
  })
})

describe('clean text', () => {
  it('has line feeds alone, no controls, no halves of characters, no space at its ends', () => {
    assert.equal(cleanText('\r\n\r\nраз  \r\nдва\u0000\u0007\ud800!\r\n \r\n'), 'раз\nдва!')
    assert.equal(cleanLine(' a\r\n b\t c ', 100), 'a b c')
    assert.equal(cleanLine('абв😀', 4), 'абв')
  })

  it('is cut between characters', () => {
    const { text, isCut } = cutText(`${'a'.repeat(TEXT_LENGTH_MAX - 1)}😀`)
    assert.deepEqual([text.length, isCut], [TEXT_LENGTH_MAX - 1, true])
  })
})
