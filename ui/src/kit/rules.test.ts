import * as contract from '@oco/contract'
import assert from 'node:assert/strict'
import {
  atMost,
  email,
  faultsOf,
  host,
  login,
  name,
  NAME_LENGTH_MAX,
  origin,
  password,
  PASSWORD_LENGTH_MIN,
  port,
} from './rules.ts'

describe('what a form knows of its fields', () => {
  it('has the limits of the contract', () => {
    assert.equal(NAME_LENGTH_MAX, contract.NAME_LENGTH_MAX)
    assert.equal(PASSWORD_LENGTH_MIN, contract.PASSWORD_LENGTH_MIN)
  })

  for (const value of ['ivanova', 'иванова.а', 'a', '.dot', 'two words', 'a@b', 'x'.repeat(81)])
    it(`takes or refuses the login ${value.slice(0, 12)} as the contract does`, () => {
      assert.equal(login(value) === null, contract.login.safeParse(value).success)
    })

  for (const value of ['ivan@example.ru', 'help+desk@mail.example.ru', 'no-at', 'a@b', '', 'two@at@x.ru', 'a b@c.ru'])
    it(`takes or refuses the address "${value}" as the contract does`, () => {
      const settings = {
        kind: 'email',
        address: value,
        senderName: 'x',
        imap: null,
        smtp: { host: 'h', port: 25, tls: 'plain', user: '' },
      }
      assert.equal(email(value) === null, contract.channelSettings.safeParse(settings).success)
    })

  it('wants a name and no more than the contract takes', () => {
    assert.deepEqual(name('  '), { key: 'required' })
    assert.deepEqual(name('x'.repeat(NAME_LENGTH_MAX + 1)), { key: 'too_long', figures: { max: NAME_LENGTH_MAX } })
    assert.equal(name('Первая линия'), null)
    assert.deepEqual(atMost(2)('три'), { key: 'too_long', figures: { max: 2 } })
  })

  it('counts characters of a password, not bytes', () => {
    assert.equal(password('сгущёнкалес')?.key, 'too_short')
    assert.equal(password('сгущёнкалеса'), null)
  })

  it('wants a bare host and a port', () => {
    assert.equal(host('mail.example.ru'), null)
    assert.equal(host('https://mail.example.ru')?.key, 'host')
    assert.equal(host('mail.example.ru:993')?.key, 'host')
    assert.equal(port(993), null)
    assert.equal(port(0)?.key, 'within')
    assert.equal(port(1.5)?.key, 'within')
    assert.equal(port(null)?.key, 'required')
  })

  it('wants an origin without a path', () => {
    for (const good of ['https://example.ru', 'http://localhost:8080', 'https://example.ru/'])
      assert.equal(origin(good), null, good)
    for (const bad of ['example.ru', 'https://example.ru/chat', 'ftp://example.ru', 'https://', ''])
      assert.equal(origin(bad)?.key, 'origin', bad)
  })

  it('keeps only fields that are wrong', () => {
    assert.deepEqual(faultsOf({ a: null, b: { key: 'required' } }), { b: { key: 'required' } })
  })
})
