import assert from 'node:assert/strict'
import { emailSettings, reply } from '../../../test/peers/email-account.ts'
import { messageIdFor, replyLetter, replySubject } from './reply-letter.ts'

describe('the subject of a reply', () => {
  const subjectOf = (subject: string, references: string[] = ['<a@b>']): string =>
    replySubject({ subject, conversationNumber: 42, references })

  it('carries the number once and one Re:', () => {
    assert.equal(subjectOf('Не открывается кабинет'), 'Re: Не открывается кабинет [#42]')
    assert.equal(subjectOf('Re: RE: Ответ: Не открывается [#42]'), 'Re: Не открывается [#42]')
    assert.equal(subjectOf('[#7] Fwd: заявка [#42]'), 'Re: заявка [#42]')
  })

  it('has no Re: where nothing is answered, and something where there is no subject', () => {
    assert.equal(subjectOf('Заявка', []), 'Заявка [#42]')
    assert.equal(subjectOf(''), 'Re: [#42]')
  })

  it('is one line of bounded length that keeps the number', () => {
    const long = subjectOf(`a\r\nBcc: victim@example.test\r\n${'x'.repeat(2_000)}`)
    assert.match(long, /^Re: a Bcc: victim@example\.test x+ \[#42\]$/)
    assert.ok(long.length <= 510)
  })
})

describe('a reply as a letter', () => {
  it('has the same Message-ID on every try, in the domain of the address', () => {
    assert.equal(messageIdFor('0198c0de', 'support@example.test'), '<0198c0de@example.test>')
    assert.equal(messageIdFor('a b>\r\n', 'support@example.test'), '<a-b---@example.test>')
  })

  it('points to the letter that it answers and to the whole thread', () => {
    const letter = replyLetter(emailSettings({}), reply({ references: ['<first@x>', '<second@x>'] }))
    assert.deepEqual([letter.inReplyTo, letter.references], ['<second@x>', ['<first@x>', '<second@x>']])
  })

  it('leaves out of a thread what is no Message-ID: a chat that goes on by mail has ids of its own', () => {
    const letter = replyLetter(emailSettings({}), reply({ references: ['0198c0de:key-1', '<first@x>', '0198c0de'] }))
    assert.deepEqual([letter.inReplyTo, letter.references], ['<first@x>', ['<first@x>']])
    assert.equal(replyLetter(emailSettings({}), reply({ references: ['0198c0de:key-1'] })).inReplyTo, undefined)
  })

  it('signs text and HTML, and escapes the signature', () => {
    const settings = emailSettings({ settings: { signature: 'ООО «Ромашка» <24/7>' } })
    const letter = replyLetter(settings, reply({ text: 'Да.', html: '<p>Да.</p>', authorName: 'Анна' }))
    assert.equal(letter.text, 'Да.\n\n-- \nАнна\nООО «Ромашка» <24/7>')
    assert.equal(letter.html, '<p>Да.</p><p>-- <br>Анна<br>ООО «Ромашка» &lt;24/7&gt;</p>')
  })

  it('gives attachments safe names and sane types', () => {
    const bytes = new TextEncoder().encode('x')
    const files = [
      { fileName: '../../a.txt', mediaType: 'text/plain', bytes },
      { fileName: 'b\r\nX-Evil: 1.pdf', mediaType: 'text/html\r\nX-Evil: 1', bytes },
    ]
    const letter = replyLetter(emailSettings({}), reply({ attachments: files }))
    assert.deepEqual(
      letter.attachments?.map(({ filename, contentType }) => [filename, contentType]),
      [
        ['a.txt', 'text/plain'],
        ['bX-Evil_ 1.pdf', 'application/octet-stream'],
      ],
    )
  })
})
