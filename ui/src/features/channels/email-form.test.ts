import * as contract from '@oco/contract'
import assert from 'node:assert/strict'
import { emailFaults, emailFormOf, emailSettings, emptyEmail, portAfter, suggestByAddress, type EmailForm } from './email-form.ts'

const filled = (): EmailForm => {
  const form = emptyEmail('Поддержка')
  Object.assign(form, { address: 'help@example.ru' })
  Object.assign(form.imap, { host: 'mail.example.ru', user: 'help', password: 'секрет' })
  Object.assign(form.smtp, { host: 'mail.example.ru' })
  return form
}
const wrong = (form: EmailForm, stored: EmailForm | null = null): string[] =>
  Object.entries(emailFaults(form, stored)).flatMap(([field, fault]) => (fault ? [field] : []))

describe('the form of a mail channel', () => {
  it('sends what the contract takes', () => {
    assert.deepEqual(wrong(filled()), [])
    assert.ok(contract.channelSettings.safeParse(emailSettings(filled())).success)
  })

  it('signs in to send as it does to receive, or by itself, or not at all', () => {
    assert.deepEqual(pick(emailSettings(filled())), ['help', 'секрет'])
    const own = { ...filled(), sendAs: 'own' as const }
    Object.assign(own.smtp, { user: 'sender', password: 'другой' })
    assert.deepEqual(pick(emailSettings(own)), ['sender', 'другой'])
    assert.deepEqual(pick(emailSettings({ ...filled(), sendAs: 'nobody' })), ['', ''])
  })

  it('needs neither server nor password of a mailbox where a relay delivers', () => {
    const form: EmailForm = { ...emptyEmail('x'), address: 'a@b.ru', receive: 'relay', sendAs: 'nobody' }
    form.smtp.host = 'relay.b.ru'
    assert.deepEqual(wrong(form), [])
    assert.equal(emailSettings(form).imap, null)
  })

  it('names what is missing, and asks for no password that is stored', () => {
    assert.deepEqual(wrong(emptyEmail('')), ['address', 'senderName', 'imap.host', 'imap.user', 'imap.password', 'smtp.host'])
    const kept = { ...filled(), imap: { ...filled().imap, password: '' } }
    assert.deepEqual(wrong(kept, kept), [])
  })

  it('asks for a password again where the stored one is of another account', () => {
    const kept = { ...filled(), imap: { ...filled().imap, password: '' } }
    const own: EmailForm = { ...kept, sendAs: 'own', smtp: { ...kept.smtp, user: 'sender' } }
    assert.deepEqual(wrong(own, kept), ['smtp.password'])
    assert.deepEqual(wrong(kept, own), ['imap.password'])
    assert.deepEqual(wrong(own, own), [])
  })

  it('comes back as it was from what the server shows', () => {
    const { imap, smtp, ...rest } = emailSettings(filled())
    assert.ok(imap)
    const view = contract.channelSettingsView.parse({ ...rest, imap: withoutPassword(imap), smtp: withoutPassword(smtp) })
    assert.equal(view.kind, 'email')
    if (view.kind !== 'email') return
    const again = emailFormOf(view)
    assert.equal(again.sendAs, 'same')
    assert.equal(again.receive, 'imap')
    assert.deepEqual({ ...again.imap, password: 'секрет' }, filled().imap)
  })

  it('follows the encryption with its usual port and leaves an unusual one', () => {
    assert.equal(portAfter('imap', 'starttls', 993), 143)
    assert.equal(portAfter('smtp', 'tls', 587), 465)
    assert.equal(portAfter('smtp', 'starttls', null), 587)
    assert.equal(portAfter('imap', 'tls', 10_993), 10_993)
  })

  it('fills by the address only what is empty', () => {
    const known = emptyEmail('x')
    known.address = 'help@Yandex.ru'
    suggestByAddress(known)
    assert.deepEqual([known.imap.user, known.imap.host, known.smtp.host], ['help@Yandex.ru', 'imap.yandex.ru', 'smtp.yandex.ru'])

    const typed = filled()
    typed.address = 'help@yandex.ru'
    suggestByAddress(typed)
    assert.deepEqual([typed.imap.user, typed.imap.host], ['help', 'mail.example.ru'])

    const half = emptyEmail('x')
    half.address = 'help@'
    suggestByAddress(half)
    assert.equal(half.imap.user, '')
  })
})

const pick = ({ smtp }: { smtp: { user: string; password: string } }): string[] => [smtp.user, smtp.password]

function withoutPassword<T extends { password: string }>({ password: _, ...rest }: T): Omit<T, 'password'> {
  return rest
}
