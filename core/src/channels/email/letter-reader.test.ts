import assert from 'node:assert/strict'
import { testLog } from '../../../test/harness.ts'
import { letterOfSize, plainLetter } from '../../../test/peers/poison-letters.ts'
import { createLetterReader, type LetterReader } from './letter-reader.ts'
import type { LetterContext } from './normalise.ts'

const HERE: LetterContext = { ownAddress: null, envelopeFrom: null }
const MEGABYTE = 1024 * 1024

const largeLetter = async (): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of letterOfSize('large@x', 20 * MEGABYTE).stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

describe('the thread that reads letters', () => {
  let reader: LetterReader | null = null
  afterEach(async () => {
    await reader?.close()
    reader = null
  })

  const textOf = async (from: LetterReader, raw: Buffer): Promise<string> => {
    const reading = await from.read(raw, HERE)
    return reading.kind === 'message' && reading.message.kind === 'message' ? reading.message.text : reading.kind
  }

  it('gives back what was read, in order, with moments and bytes intact', async () => {
    const from = (reader = createLetterReader({ log: testLog }))
    const texts = await Promise.all(['a', 'b', 'c'].map((name) => textOf(from, plainLetter(name, `текст ${name}`))))
    assert.deepEqual(texts, ['текст a', 'текст b', 'текст c'])
    const reading = await from.read(await largeLetter(), HERE)
    assert.ok(reading.kind === 'message' && reading.message.kind === 'message')
    const [file] = reading.message.attachments
    assert.ok(file !== undefined && file.bytes.byteLength > 14 * MEGABYTE)
    const dated = await from.read(plainLetter('d', 'x'), HERE)
    assert.ok(dated.kind === 'message' && dated.message.kind === 'message')
    assert.deepEqual(dated.message.sentAt, new Date('2026-11-23T07:15:00Z'))
  })

  it('leaves the event loop to others while it reads', async () => {
    const from = (reader = createLetterReader({ log: testLog }))
    const raw = await largeLetter()
    let turns = 0
    const turning = setInterval(() => turns++, 1)
    await from.read(raw, HERE)
    clearInterval(turning)
    assert.ok(turns > 3, `only ${turns} turns`)
  })

  it('sets aside what takes too long, and reads the next letter', async () => {
    const from = (reader = createLetterReader({ log: testLog }))
    assert.equal(await textOf(from, plainLetter('a', 'before')), 'before')
    const hasty = createLetterReader({ log: testLog, timeoutMs: 1 })
    const reading = await hasty.read(await largeLetter(), HERE)
    await hasty.close()
    assert.ok(reading.kind === 'aside')
    assert.deepEqual([reading.item.reason, reading.item.externalId], ['too_slow', '<large@x>'])
  })

  it('sets aside what eats its memory, and reads the next letter in a fresh thread', async () => {
    const from = (reader = createLetterReader({ log: testLog, heapMbMax: 64 }))
    assert.equal(await textOf(from, plainLetter('a', 'before')), 'before')
    const greedy = Buffer.from(
      `From: a@b.test\r\nMessage-ID: <greedy@x>\r\nContent-Type: text/plain\r\n\r\n${'ab c\r\n'.repeat(6_000_000)}`,
    )
    const reading = await from.read(greedy, HERE)
    assert.ok(reading.kind === 'aside')
    assert.deepEqual([reading.item.reason, reading.item.externalId], ['unreadable', '<greedy@x>'])
    assert.equal(await textOf(from, plainLetter('b', 'after')), 'after')
  })

  it('can be used again after it was closed', async () => {
    const from = (reader = createLetterReader({ log: testLog }))
    assert.equal(await textOf(from, plainLetter('a', 'one')), 'one')
    await from.close()
    assert.equal(await textOf(from, plainLetter('b', 'two')), 'two')
  })
})
