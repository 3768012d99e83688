import assert from 'node:assert/strict'
import { embedOf } from './embed.ts'

const CHANNEL = '0198C0DE-0000-7000-8000-000000000001'
/** As much of a script element as is read. */
const script = (dataset: Record<string, string>): HTMLScriptElement =>
  ({ src: 'https://chat.example.ru/widget/oco-chat.js?v=1', dataset }) as unknown as HTMLScriptElement

describe("the script's own attributes", () => {
  it('say which chat it is, and the address of the script says of which server', () => {
    assert.deepEqual(embedOf(script({ channel: CHANNEL })), {
      channelId: CHANNEL.toLowerCase(),
      base: 'https://chat.example.ru',
      language: null,
      theme: null,
      side: 'right',
    })
  })

  it('may choose language, theme and side; what they do not know is left to the default', () => {
    const embed = embedOf(script({ channel: CHANNEL, language: 'en', theme: 'dark', side: 'left' }))
    assert.deepEqual([embed?.language, embed?.theme, embed?.side], ['en', 'dark', 'left'])
    const odd = embedOf(script({ channel: CHANNEL, language: 'de', theme: 'pink', side: 'top' }))
    assert.deepEqual([odd?.language, odd?.theme, odd?.side], [null, null, 'right'])
  })

  it('that name no chat make none', () => {
    assert.equal(embedOf(null), null)
    assert.equal(embedOf(script({})), null)
    assert.equal(embedOf(script({ channel: 'https://evil.ru' })), null)
  })
})
