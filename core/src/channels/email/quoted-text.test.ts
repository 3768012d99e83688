import assert from 'node:assert/strict'
import { findQuote } from './quoted-text.ts'

/** What would be folded away; null: nothing. */
const folded = (text: string): string | null => {
  const at = findQuote(text)
  return at === null ? null : text.slice(at)
}

describe('quoted text', () => {
  it('begins with the line that says who wrote it', () => {
    for (const line of [
      'On Mon, Nov 23, 2026 at 10:30 AM Support <support@example.test> wrote:',
      'On Mon, Nov 23, 2026 at 10:30 AM\nSupport <support@example.test>\nwrote:',
      '23.11.2026 10:30, Поддержка пишет:',
      '23 ноября 2026 г., 10:30 пользователь Поддержка <support@example.test> написал:',
      'Поддержка писал(а) 23.11.2026 10:30:',
      '23.11.2026, 10:30, "Поддержка" <support@example.test>:',
      'вс, 22 нояб. 2026 г. в 09:05, Поддержка <support@example.test>:',
    ]) {
      assert.equal(folded(`Спасибо!\n\n${line}\n\n> Прежнее\n> письмо\n`), `${line}\n\n> Прежнее\n> письмо\n`)
      assert.equal(folded(`Спасибо!\n\n${line}\nПрежнее письмо без меток`), `${line}\nПрежнее письмо без меток`)
    }
  })

  it('begins with the separators of Outlook', () => {
    for (const separator of [
      '-----Original Message-----',
      '-----Исходное сообщение-----',
      'From: Support <s@x>\nSent: Monday\nTo: Client\nSubject: x',
      'От: Поддержка <s@x>\nОтправлено: 23 ноября\nКому: Клиент\nТема: x',
      '________________________________\nОт: Поддержка\nОтправлено: вчера\nКому: мне',
    ]) {
      assert.equal(folded(`Ответ.\n\n${separator}\n\nПрежнее`), `${separator}\n\nПрежнее`)
    }
  })

  it('is a trailing block of > lines without any line above it', () => {
    assert.equal(folded('Да.\n\n> Придёте?\n>\n> Ждём'), '> Придёте?\n>\n> Ждём')
  })

  it('is not what is answered between the lines, nor a letter that is nothing else', () => {
    assert.equal(folded('> Придёте?\nДа.\n> Когда?\nЗавтра.'), null)
    assert.equal(folded('> всё\n> письмо'), null)
    assert.equal(folded('Обычное письмо'), null)
    assert.equal(folded(''), null)
  })

  it('is not what a person tells in own words', () => {
    assert.equal(folded('Вчера директор написал:\nприходите завтра. Я пришёл, но было закрыто.'), null)
    assert.equal(folded('Fwd\n\n-------- Пересланное сообщение --------\nтекст'), null)
  })
})
