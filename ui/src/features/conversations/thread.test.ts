import assert from 'node:assert/strict'
import type { ConversationView, MessageView } from '@oco/contract'
import { excerptPieces, linkPieces, mergeConversation, mergeMessages, splitQuote, threadRows } from './thread.ts'

const message = (sequence: number, fields: Partial<MessageView> = {}): MessageView => ({
  id: `m${sequence}`,
  conversationId: 'c',
  sequence,
  kind: 'inbound',
  channel: 'email',
  author: { kind: 'contact', id: 'k', displayName: 'Анна' },
  at: new Date(Date.parse('2026-03-02T09:00:00Z') + sequence * 60_000).toISOString(),
  text: String(sequence),
  quoteFrom: null,
  hasHtml: false,
  automatic: false,
  attachments: [],
  delivery: null,
  ...fields,
})
const range = (from: number, to: number): MessageView[] =>
  Array.from({ length: to - from + 1 }, (_, index) => message(from + index))
const conversation = (messages: MessageView[], olderCursor: string | null): ConversationView =>
  ({ id: 'c', messages, olderCursor }) as unknown as ConversationView
const sequences = (view: ConversationView): number[] => view.messages.map(({ sequence }) => sequence)

describe('messages of a thread', () => {
  it('stand by sequence, each once, the newer answer winning', () => {
    const merged = mergeMessages([message(2), message(3, { text: 'old' })], [message(3, { text: 'new' }), message(1)])
    assert.deepEqual(
      merged.map(({ sequence, text }) => `${sequence} ${text}`),
      ['1 1', '2 2', '3 new'],
    )
  })

  it('keep older pages when a fresh answer joins on to them', () => {
    const merged = mergeConversation(conversation(range(1, 10), null), conversation(range(8, 12), 'older'))
    assert.deepEqual(
      sequences(merged),
      range(1, 12).map(({ sequence }) => sequence),
    )
    assert.equal(merged.olderCursor, null)
  })

  it('drop older pages when something is missing between', () => {
    const merged = mergeConversation(conversation(range(1, 5), null), conversation(range(9, 12), 'older'))
    assert.deepEqual(sequences(merged), [9, 10, 11, 12])
    assert.equal(merged.olderCursor, 'older')
  })

  it('get a line for each day, and join what one hand wrote at once', () => {
    const rows = threadRows([message(1), message(2), message(3, { kind: 'note' }), message(4, { at: '2026-03-05T09:00:00Z' })])
    assert.deepEqual(
      rows.map((row) => (row.kind === 'day' ? 'day' : row.joined ? 'joined' : 'message')),
      ['day', 'message', 'joined', 'message', 'day', 'message'],
    )
  })
})

describe('text of a message', () => {
  it('links addresses without their trailing signs', () => {
    assert.deepEqual(linkPieces('См. https://example.ru/a?b=1), или пишите на help@example.ru.'), [
      { kind: 'text', text: 'См. ' },
      { kind: 'link', text: 'https://example.ru/a?b=1', href: 'https://example.ru/a?b=1' },
      { kind: 'text', text: '), или пишите на ' },
      { kind: 'link', text: 'help@example.ru', href: 'mailto:help@example.ru' },
      { kind: 'text', text: '.' },
    ])
  })

  it('never links a script', () => {
    assert.deepEqual(linkPieces('javascript:alert(1)'), [{ kind: 'text', text: 'javascript:alert(1)' }])
  })

  it('marks what the search found', () => {
    assert.deepEqual(excerptPieces('о \u2068возврате\u2069 денег'), [
      { kind: 'text', text: 'о ' },
      { kind: 'hit', text: 'возврате' },
      { kind: 'text', text: ' денег' },
    ])
  })

  it('parts own words from the quoted ones', () => {
    assert.deepEqual(splitQuote('Спасибо!\n\n> Было так', 10), { own: 'Спасибо!', quoted: '> Было так' })
    assert.deepEqual(splitQuote('Спасибо!', null), { own: 'Спасибо!', quoted: '' })
  })
})
