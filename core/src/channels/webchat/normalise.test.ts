import assert from 'node:assert/strict'
import { clientKeyOf, externalIdOf, normaliseMessage, visitorName } from './normalise.ts'

const VISIT = '0198c0de-0000-7000-8000-000000000001'
const speaker = { visitId: VISIT, name: 'Анна' }
const now = new Date('2026-11-25T10:00:00Z')
const frame = (text: string) => ({ kind: 'message' as const, clientKey: 'key-00000001', text, uploadIds: [] })
const photo = {
  id: '0198c0de-0000-7000-8000-0000000000aa',
  fileName: 'счёт за октябрь.pdf',
  mediaType: 'application/pdf',
  sizeBytes: 12,
}

describe("a visitor's message", () => {
  it('names its visit as the sender, the thread and the external id', () => {
    const message = normaliseMessage(speaker, frame('Где мой заказ?'), [], now)
    assert.ok(message?.kind === 'message')
    assert.equal(message.externalId, `${VISIT}:key-00000001`)
    assert.deepEqual(message.from, { kind: 'visitor', value: VISIT, displayName: 'Анна' })
    assert.deepEqual(message.thread, { conversationKey: VISIT, references: [] })
    assert.deepEqual(message.alsoKnownAs, [], 'an address that nobody has verified makes nobody the same contact')
    assert.equal(message.subject, 'Где мой заказ?')
    assert.equal(message.automatic, false)
  })

  it('is nothing where only controls and space are left of it', () => {
    assert.equal(normaliseMessage(speaker, frame(' \u0000\n\t '), [], now), null)
  })

  it('may be a file alone, which then names it', () => {
    const message = normaliseMessage(speaker, frame(''), [photo], now)
    assert.ok(message?.kind === 'message')
    assert.equal(message.subject, 'счёт за октябрь.pdf')
    assert.deepEqual(message.uploadIds, [photo.id])
  })

  it('keeps its lines and loses what no store takes', () => {
    const message = normaliseMessage(speaker, frame('  первая\r\nвторая\u0000\ud800 '), [], now)
    assert.ok(message?.kind === 'message')
    assert.equal(message.text, 'первая\nвторая')
    assert.equal(message.subject, 'первая вторая')
  })

  it('has its key read back from its own external id alone', () => {
    assert.equal(clientKeyOf(externalIdOf(VISIT, 'a:b'), VISIT), 'a:b')
    assert.equal(clientKeyOf('<letter@example.ru>', VISIT), null)
    assert.equal(clientKeyOf(null, VISIT), null)
  })

  it('takes a name on one line, and none that cannot be read', () => {
    assert.equal(visitorName(' Анна \n Петрова '), 'Анна Петрова')
    assert.equal(visitorName('\u0007'), null)
  })
})
