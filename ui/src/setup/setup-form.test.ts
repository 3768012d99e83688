import * as contract from '@oco/contract'
import assert from 'node:assert/strict'
import {
  emptySetup,
  firstWrongStep,
  restored,
  SETUP_STEPS,
  setupBody,
  stepFaults,
  stepOfField,
  withoutSecrets,
  type SetupDefaults,
  type SetupForm,
} from './setup-form.ts'

const defaults: SetupDefaults = {
  locale: 'ru',
  timeZone: 'Europe/Moscow',
  mailName: 'Почта',
  webchatName: 'Чат на сайте',
  queueName: 'Первая линия',
  webchat: { title: 'Чат', greeting: '', askEmail: 'optional', consentText: 'Согласие', origins: 'https://example.ru' },
}

function filled(): SetupForm {
  const form = emptySetup(defaults)
  form.code = 'ABCD-EFGH-JKMN'
  form.organisation.name = 'Ромашка'
  form.administrator = { login: 'admin', displayName: 'Пётр', password: 'четыре жёлтых трамвая' }
  form.agent = { login: 'anna', displayName: 'Анна', password: 'сидит ворона на заборе' }
  return form
}

function withChannels(): SetupForm {
  const form = filled()
  form.mail.on = true
  form.webchat.on = true
  form.mail.email.address = 'help@example.ru'
  form.mail.email.senderName = 'Ромашка'
  Object.assign(form.mail.email.imap, { host: 'mail.example.ru', user: 'help', password: 'тайна' })
  form.mail.email.smtp.host = 'mail.example.ru'
  return form
}

describe('the form of the first run', () => {
  it('sends what the contract takes, with channels and without', () => {
    for (const form of [filled(), withChannels()]) {
      assert.equal(firstWrongStep(form), null)
      assert.ok(contract.completeSetup.request.body.safeParse(setupBody(form)).success)
    }
  })

  it('sends no channel that was skipped, whatever was typed', () => {
    const form = withChannels()
    form.mail.on = false
    assert.equal(setupBody(form).mail, null)
    assert.notEqual(setupBody(form).webchat, null)
    form.mail.email.address = 'broken'
    assert.deepEqual(stepFaults('mail', form), {})
  })

  it('names faults as the server does, each on its step', () => {
    const form = withChannels()
    form.mail.email.imap.host = ''
    form.webchat.webchat.title = ''
    assert.deepEqual(Object.keys(stepFaults('mail', form)), ['mail.settings.imap.host'])
    assert.deepEqual(Object.keys(stepFaults('webchat', form)), ['webchat.settings.title'])
    assert.equal(firstWrongStep(form), 'mail')
    for (const field of ['mail.settings.imap.host', 'webchat.name', 'queue.name', 'code', 'organisation.name'])
      assert.ok(SETUP_STEPS.includes(stepOfField(field)) && stepOfField(field) !== 'summary', field)
    assert.equal(stepOfField('agent.password'), 'people')
    assert.equal(stepOfField('administrator.login'), 'people')
    assert.equal(stepOfField('whatever'), 'summary')
  })

  it('wants two logins for two people', () => {
    const form = filled()
    form.agent.login = ' ADMIN'
    assert.equal(stepFaults('people', form)['agent.login']?.key, 'login_taken')
  })

  it('keeps everything but secrets over a reload', () => {
    const kept = JSON.stringify(withoutSecrets(withChannels()))
    for (const secret of ['четыре', 'ворона', 'тайна', 'ABCD']) assert.ok(!kept.includes(secret), secret)
    const again = restored(kept, emptySetup(defaults))
    assert.equal(again.organisation.name, 'Ромашка')
    assert.equal(again.mail.email.imap.host, 'mail.example.ru')
  })

  it('starts anew where what was kept cannot be read or is of another version', () => {
    const fresh = emptySetup(defaults)
    for (const kept of [null, '{', '[]', '{"code":1}', JSON.stringify({ ...fresh, mail: { on: true } })])
      assert.equal(restored(kept, fresh), fresh)
  })
})
