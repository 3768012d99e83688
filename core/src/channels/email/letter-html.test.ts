import assert from 'node:assert/strict'
import { sanitiseLetterHtml } from './letter-html.ts'

/** Ways that have carried scripts past sanitisers and mail programs. */
const ATTACKS = [
  '<img src=x onerror=alert(1)>',
  '<a href="java\nscript:alert(1)">x</a>',
  '<a href="&#106;avascript:alert(1)">x</a>',
  '<a href=" &#14; javascript:alert(1)">x</a>',
  '<a href="vbscript:alert(1)">x</a>',
  '<scr<script>ipt>alert(1)</script>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<svg/onload=alert(1)>',
  '<details open ontoggle=alert(1)>x</details>',
  '<p style="background:u\\72l(https://evil.example/x)">x</p>',
  '<p style="width:expression(alert(1))">x</p>',
  '<p style="behavior:url(x.htc)">x</p>',
  '<p style="-moz-binding:url(x.xml#y)">x</p>',
  '<p style="font-family:\'a;background:url(https://evil.example)\'">x</p>',
  '<p style="color:red;background-image:image-set(\'https://evil.example/x\' 1x)">x</p>',
  '<img src="data:text/html;base64,PHNjcmlwdD4=">',
  '<img src="cid:x&quot; onerror=&quot;alert(1)">',
  '<img srcset="https://evil.example/x 2x">',
  '<picture><source srcset="https://evil.example/x"></picture>',
  '<input type=image src=https://evil.example/x>',
  '<body background=https://evil.example/x>',
  '<link rel=preload href=https://evil.example/x as=image>',
  '<meta http-equiv=refresh content="0;url=https://evil.example">',
  '<base href=https://evil.example>',
  '<video poster=https://evil.example/x></video>',
  '<template><img src=x onerror=alert(1)></template>',
  '<![CDATA[<img src=x onerror=alert(1)>]]>',
  '<?xml version="1.0"?><img src=x onerror=alert(1)>',
  '<q cite="https://evil.example">x</q>',
  '<blockquote cite="javascript:alert(1)">x</blockquote>',
]

describe('sanitised HTML', () => {
  for (const attack of ATTACKS) {
    it(`carries nothing of ${attack.slice(0, 60).replace(/\s/g, ' ')}`, () => {
      const html = sanitiseLetterHtml(`<p>before</p>${attack}<p>after</p>`) ?? ''
      // What is escaped or kept as a blocked address is inert: look at tags and attributes alone.
      const tags = [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/ (data-blocked-src|title|alt)(="[^"]*")?/g, ''))
      for (const tag of tags) {
        assert.match(tag, /^<\/?(p|img|a|b|q|blockquote|table)\b/i)
        assert.doesNotMatch(tag, /\son\w+=|script:|url\(|expression|evil\.example|srcset|data:text/i)
      }
      assert.match(html, /^<p>before<\/p>/)
    })
  }

  it('keeps what people write letters with', () => {
    const html =
      '<table width="100%" bgcolor="#eeeeee"><tbody><tr><td style="color:#333333;padding:4px 8px;text-align:right" colspan="2">' +
      '<font color="#ff0000" size="2">Красный</font> <u>важно</u></td></tr></tbody></table>'
    assert.equal(sanitiseLetterHtml(html), html)
  })

  it('gives links a new page that knows nothing of ours', () => {
    assert.equal(
      sanitiseLetterHtml('<a href="https://x.test" class="c" id="i" target="_top" ping="https://evil.example">x</a>'),
      '<a href="https://x.test" target="_blank" rel="noopener noreferrer nofollow">x</a>',
    )
  })

  it('is nothing where nothing is left to be shown, or where it would be too much', () => {
    assert.equal(sanitiseLetterHtml('<script>x</script>'), null)
    assert.equal(sanitiseLetterHtml('<b>'.repeat(10_000)), null)
    assert.equal(sanitiseLetterHtml('x'.repeat(3_000_000)), null)
  })
})
