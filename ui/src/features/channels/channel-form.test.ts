import * as contract from '@oco/contract'
import { CHANNEL_KINDS } from '@oco/contract/names'
import assert from 'node:assert/strict'
import {
  channelChange,
  channelFaults,
  channelFormOf,
  emptyChannel,
  newChannel,
  settingsFaults,
  type ChannelDefaults,
} from './channel-form.ts'

const ID = '018f3c1e-0000-7000-8000-000000000001'
const defaults: ChannelDefaults = {
  name: 'Канал',
  senderName: 'Поддержка',
  webchat: { title: 'Чат', greeting: '', askEmail: 'optional', consentText: 'Согласие', origins: '' },
}
const view = (settings: contract.ChannelSettingsView): contract.ChannelView => ({
  id: ID,
  kind: settings.kind,
  name: 'Чат на сайте',
  enabled: true,
  queueId: ID,
  settings,
  state: 'ok',
  stateSince: '2026-02-03T09:00:00Z',
  stateReason: null,
  setAside: 0,
  version: 4,
})
const chat = view({
  kind: 'webchat',
  allowedOrigins: ['https://example.ru'],
  title: 'Чат',
  greeting: '',
  askEmail: 'optional',
  consentText: 'Согласие',
  consentVersion: 1,
})

describe('the form of a channel', () => {
  for (const kind of CHANNEL_KINDS)
    it(`starts a ${kind} channel that the contract takes once its own fields are filled`, () => {
      const form = emptyChannel(kind, ID, defaults)
      if (form.own.kind === 'email') {
        Object.assign(form.own.email, { address: 'a@b.ru' })
        Object.assign(form.own.email.imap, { host: 'h', user: 'u', password: 'p' })
        form.own.email.smtp.host = 'h'
      }
      assert.deepEqual(channelFaults(form, null), {})
      assert.ok(contract.createChannel.request.body.safeParse(newChannel(form)).success)
    })

  it('names faults of the settings as the server does', () => {
    assert.ok('settings.imap.host' in channelFaults(emptyChannel('email', null, defaults), null))
    assert.ok('queueId' in channelFaults(emptyChannel('email', null, defaults), null))
    assert.deepEqual(settingsFaults({ kind: 'intake' }, null), {})
  })

  it('sends settings only when they were changed, and then whole', () => {
    assert.equal(channelChange(chat, channelFormOf(chat)), null)
    assert.deepEqual(channelChange(chat, { ...channelFormOf(chat), enabled: false }), { enabled: false, version: 4 })
    const form = channelFormOf(chat)
    assert.equal(form.own.kind, 'webchat')
    if (form.own.kind === 'webchat') form.own.webchat.greeting = 'Здравствуйте!'
    const change = channelChange(chat, form)
    assert.deepEqual(Object.keys(change ?? {}), ['settings', 'version'])
    assert.ok(contract.changeChannel.request.body.safeParse(change).success)
  })
})
