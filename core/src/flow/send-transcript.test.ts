import assert from 'node:assert/strict'
import type { MessageView } from '@oco/contract'
import { formatTranscript } from './send-transcript.ts'

const ID = '0198c0de-0000-7000-8000-000000000001'
const message = (over: Partial<MessageView>): MessageView => ({
  id: ID,
  conversationId: ID,
  sequence: 1,
  kind: 'inbound',
  channel: 'webchat',
  author: { kind: 'contact', id: ID, displayName: 'Анна' },
  at: '2026-11-25T21:30:00.000Z',
  text: 'Где заказ?',
  quoteFrom: null,
  hasHtml: false,
  automatic: false,
  attachments: [],
  delivery: null,
  ...over,
})
const SETTINGS = { organisation: 'Ромашка', locale: 'ru', timeZone: 'Europe/Moscow' } as const
const file = { id: ID, fileName: 'счёт.pdf', mediaType: 'application/pdf', sizeBytes: 1, inline: false }

describe('the text of a transcript', () => {
  it("has a block a message, in the organisation's language and time", () => {
    const text = formatTranscript(
      [message({}), message({ kind: 'outbound', author: { kind: 'person', id: ID, displayName: 'Пётр' }, text: 'В пути' })],
      SETTINGS,
    )
    assert.equal(text, 'Анна, 26 нояб. 2026 г., 00:30\nГде заказ?\n\nПётр, 26 нояб. 2026 г., 00:30\nВ пути')
  })

  it('holds neither notes nor events of the house', () => {
    const text = formatTranscript(
      [message({ kind: 'note', text: 'тайна' }), message({ kind: 'event', text: 'событие' })],
      SETTINGS,
    )
    assert.equal(text, '')
  })

  it('names files, and the organisation where nobody in person spoke', () => {
    const text = formatTranscript([message({ kind: 'outbound', author: { kind: 'system' }, text: '', attachments: [file] })], {
      ...SETTINGS,
      locale: 'en',
      timeZone: 'UTC',
    })
    assert.match(text, /^Ромашка, Nov 25, 2026, 9:30.PM\n\[счёт\.pdf\]$/)
  })
})
