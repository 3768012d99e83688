import * as contract from '@oco/contract'
import assert from 'node:assert/strict'
import {
  ASK_EMAIL,
  embedSnippet,
  originsOf,
  webchatFaults,
  webchatFormOf,
  webchatSettings,
  type WebchatForm,
} from './webchat-form.ts'

const form: WebchatForm = {
  title: 'Чат',
  greeting: 'Здравствуйте!',
  askEmail: 'optional',
  consentText: 'Согласие на обработку персональных данных',
  origins: 'https://example.ru\nhttps://shop.example.ru:8443',
}

describe('the form of a web chat', () => {
  it('sends what the contract takes', () => {
    assert.ok(Object.values(webchatFaults(form)).every((fault) => fault === null))
    for (const askEmail of ASK_EMAIL)
      assert.ok(contract.channelSettings.safeParse(webchatSettings({ ...form, askEmail })).success)
  })

  it('cuts a pasted page to its origin and forgets repeats', () => {
    assert.deepEqual(originsOf('https://Example.ru/contacts?x=1, https://example.ru/\n\nhttp://10.0.0.5:8000/a'), [
      'https://example.ru',
      'http://10.0.0.5:8000',
    ])
  })

  it('shows an address that is none as wrong instead of dropping it', () => {
    assert.equal(webchatFaults({ ...form, origins: 'example.ru' })['allowedOrigins']?.key, 'origin')
  })

  it('wants a consent text, whose version visitors agree to', () => {
    assert.equal(webchatFaults({ ...form, consentText: ' ' })['consentText']?.key, 'required')
  })

  it('comes back as it was from what the server shows', () => {
    assert.deepEqual(webchatFormOf({ ...webchatSettings(form), consentVersion: 2 }), form)
  })

  it('gives a line for the site that names the channel', () => {
    assert.match(
      embedSnippet('https://desk.example.ru', 'abc'),
      /src="https:\/\/desk\.example\.ru\/widget\/[^"]+" data-channel="abc"/,
    )
  })
})
