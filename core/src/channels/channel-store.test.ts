import assert from 'node:assert/strict'
import { emailSettings } from '../../test/peers/email-account.ts'
import { keepSecrets } from './channel-store.ts'

describe('passwords of a channel', () => {
  const known = emailSettings({})
  const emptied = { ...known, smtp: { ...known.smtp, password: '' }, imap: known.imap && { ...known.imap, password: '' } }
  const smtpOf = (settings: ReturnType<typeof keepSecrets>): string =>
    settings.kind === 'email' ? settings.smtp.password : 'none'
  before(() => {
    known.smtp.password = 'stored'
  })

  it('stay where they were left empty', () => {
    assert.equal(smtpOf(keepSecrets({ ...emptied, senderName: 'Другое имя' }, known)), 'stored')
  })

  it('give way to new ones', () => {
    assert.equal(smtpOf(keepSecrets({ ...emptied, smtp: { ...emptied.smtp, password: 'new' } }, known)), 'new')
  })

  it('go to no other host, port, user or weaker line than they were given for', () => {
    const changes = [{ host: 'evil.example' }, { port: 2525 }, { user: 'somebody' }, { tls: 'plain' as const }]
    for (const change of changes) {
      const tls = known.smtp.tls === 'plain' && 'tls' in change ? { tls: 'tls' as const } : change
      assert.equal(smtpOf(keepSecrets({ ...emptied, smtp: { ...emptied.smtp, ...tls } }, known)), '', JSON.stringify(change))
    }
    assert.equal(smtpOf(keepSecrets({ ...emptied, allowUntrustedCertificates: !known.allowUntrustedCertificates }, known)), '')
  })
})
