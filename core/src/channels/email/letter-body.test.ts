import assert from 'node:assert/strict'
import { ATTACHMENT_SIZE_BYTES_MAX, HTML_LENGTH_MAX } from '@oco/contract/limits'
import { letterOfNestedHtml } from '../../../test/peers/poison-letters.ts'
import { HERE, letter, letterOf, messageIn } from '../../../test/peers/read-letters.ts'
import { LETTER_ATTACHMENTS_MAX } from './limits.ts'
import { normaliseLetter } from './normalise.ts'

describe('attachments of a letter', () => {
  it('keep inline pictures with their content id, and tell them from unused ones', async () => {
    const message = await letter('inline-image.eml')
    const files = message.attachments.map(({ fileName, mediaType, contentId, inline }) => ({
      fileName,
      mediaType,
      contentId,
      inline,
    }))
    assert.deepEqual(files, [
      { fileName: 'screen.png', mediaType: 'image/png', contentId: 'screen-1@example', inline: true },
      { fileName: 'attachment-2.png', mediaType: 'image/png', contentId: 'unused@example', inline: false },
    ])
    assert.match(message.html ?? '', /<img [^>]*src="cid:screen-1@example"/)
  })

  it('keep a letter within the letter whole', async () => {
    const [inner] = (await letter('nested-letter.eml')).attachments
    assert.ok(inner !== undefined)
    assert.equal(inner.mediaType, 'message/rfc822')
    assert.match(Buffer.from(inner.bytes).toString(), /^From: third@example\.test[^]*inner file[^]*--inner--/)
  })

  it('have names that are safe to show and to save', async () => {
    const names = (await letter('dangerous-names.eml')).attachments.map(({ fileName }) => fileName)
    assert.deepEqual(names, [
      'passwd',
      'hosts',
      '_CON.txt',
      'договор.txt',
      'счёт.pdf',
      'attachment-6.txt',
      `${'n'.repeat(116)}.pdf`,
      'a_b_____.txt',
    ])
  })

  it('show an executable as one, whatever direction its name pretends', async () => {
    const [file] = (await letter('bidi-name.eml')).attachments
    assert.deepEqual([file?.fileName, file?.mediaType], ['invoicegpj.exe', 'application/x-msdownload'])
  })

  it('have the type of their bytes, not the one that the sender claims', async () => {
    const types = (await letter('lying-type.eml')).attachments.map(({ fileName, mediaType }) => [fileName, mediaType])
    assert.deepEqual(types, [
      ['photo.jpg', 'text/plain'],
      ['page.html', 'image/png'],
    ])
    assert.equal((await letter('attachment-only.eml')).attachments[0]?.mediaType, 'application/pdf')
    assert.equal((await letter('calendar-invite.eml')).attachments[0]?.mediaType, 'text/calendar')
    assert.equal((await letter('pgp-encrypted.eml')).attachments[1]?.fileName, 'encrypted.asc')
  })

  it('are named in a file where they are too many or too large', async () => {
    const part = (name: string, body: string): string =>
      `--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=${name}\r\n\r\n${body}\r\n`
    const raw = [
      'From: a@b.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n',
      part('large.bin', 'y'.repeat(ATTACHMENT_SIZE_BYTES_MAX + 1)),
      ...Array.from({ length: LETTER_ATTACHMENTS_MAX + 2 }, (_, index) => part(`f${index}.txt`, 'x')),
      '--b--\r\n',
    ]
    const { attachments } = messageIn(await normaliseLetter(Buffer.from(raw.join('')), HERE))
    assert.equal(attachments.length, LETTER_ATTACHMENTS_MAX + 1)
    const note = attachments.at(-1)
    assert.ok(note !== undefined)
    assert.equal(note.fileName, 'Вложения, которые не приняты.txt')
    assert.equal(Buffer.from(note.bytes).toString(), `large.bin (${ATTACHMENT_SIZE_BYTES_MAX + 1})\nf100.txt (1)\nf101.txt (1)\n`)
  })
})

describe('HTML of a letter', () => {
  it('is shown without anything that runs, sends or loads', async () => {
    const { html, text } = await letter('hostile-html.eml')
    assert.ok(html !== null)
    const shown = html.replace(/data-blocked-src="[^"]*"/g, '')
    assert.doesNotMatch(
      shown,
      /evil\.example|script|onerror|onclick|onload|javascript:|expression|url\(|position|iframe|form|input|svg|<base|meta|link /i,
    )
    assert.match(html, /<img [^>]*data-blocked-src="https:\/\/evil\.example\/pixel\.gif"/)
    assert.match(html, /<img src="cid:part1@x" \/>/)
    assert.match(html, /<img src="data:image\/png;base64,iVBORw0KGgo=" \/>/)
    assert.match(
      html,
      /<a href="https:\/\/example\.test\/a\?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">хорошая<\/a>/,
    )
    assert.match(html, /<p style="color:#c00">Видимый текст<\/p>/)
    assert.match(text, /^Видимый текст\n\nВторой\n/)
  })

  it('gives the text where there is no plain part', async () => {
    const { text, quoteFrom } = await letter('html-only.eml')
    assert.equal(
      text,
      'Заявка\n\nПрошу починить принтер в кабинете 5.\n\n• не печатает\n• мигает\n\n' +
        'Сайт: наш портал (https://example.test/p) <скоро>\n\nЭтаж 2\n\n> Прежнее письмо',
    )
    assert.equal(text.slice(quoteFrom ?? 0), '> Прежнее письмо')
  })

  it('gives the text where the plain part is but a footer', async () => {
    assert.equal((await letter('html-with-plain-footer.eml')).text, 'Главный текст\n\nПроверено антивирусом')
  })

  it('is not shown where it nests without end or is endless, but its text is', async () => {
    const nested = messageIn(await normaliseLetter(letterOfNestedHtml('deep@x', 100_000), HERE))
    assert.deepEqual([nested.html, nested.text.trim()], [null, 'deep'])
    const long = await letterOf(`From: a@b.test\nContent-Type: text/html\n\n${'<p>word</p>\n'.repeat(60_000)}`)
    assert.equal(long.html, null)
    assert.ok(long.text.startsWith('word'))
    const short = await letterOf(`From: a@b.test\nContent-Type: text/html\n\n${'<p>word</p>\n'.repeat(20_000)}`)
    assert.ok((short.html?.length ?? 0) > 0 && (short.html?.length ?? 0) <= HTML_LENGTH_MAX)
  })
})

describe('a quotation', () => {
  const CASES: readonly (readonly [file: string, quote: RegExp])[] = [
    ['outlook-quote.eml', /^_{32}\nОт: Поддержка/],
    ['outlook-english-quote.eml', /^-----Original Message-----/],
    ['gmail-quote.eml', /^пн, 23 нояб\. 2026 г\. в 10:30, Поддержка <support@example\.test>:\n/],
    ['thunderbird-quote.eml', /^23\.11\.2026 10:30, Поддержка пишет:\n> /],
    ['mail-ru-quote.eml', /^Понедельник, 23 ноября 2026/],
  ]
  for (const [file, quote] of CASES) {
    it(`is found in ${file}`, async () => {
      const { text, quoteFrom } = await letter(file)
      assert.ok(quoteFrom !== null)
      assert.match(text.slice(quoteFrom), quote)
      assert.notEqual(text.slice(0, quoteFrom).trim(), '')
    })
  }

  it('stays open where the answer stands below it', async () => {
    assert.equal((await letter('answer-below-quote.eml')).quoteFrom, null)
  })
})
