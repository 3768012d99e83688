import assert from 'node:assert/strict'
import { PASSWORD_LENGTH_MIN } from '@oco/contract'
import { checkPassword, PASSWORD_CHARACTERS_MIN } from './password-strength.ts'

describe('a password’s strength', () => {
  it('needs as many characters as the contract says', () => {
    assert.equal(PASSWORD_CHARACTERS_MIN, PASSWORD_LENGTH_MIN)
    assert.equal(checkPassword('kЖ7#mQ2!xZ9', 'ivanova'), 'too_short')
    assert.equal(checkPassword('kЖ7#mQ2!xZ9p', 'ivanova'), null)
  })

  it('counts characters, so twelve Cyrillic letters are twelve', () => {
    assert.equal(checkPassword('сгущёнкалес', 'a.petrov'), 'too_short')
    assert.equal(checkPassword('сгущёнкалеса', 'a.petrov'), null)
  })

  for (const common of [
    'password1234',
    'Password2024!',
    'P@ssw0rd12345',
    'qwertyuiop123',
    '123456789012',
    'aaaaaaaaaaaa',
    'abababababab',
    'administrator',
    'Admin12345678',
    'йцукенгшщзхъ',
    'Пароль123456',
    'gfhjkm123456',
    'ПарольПароль1',
    '1qaz2wsx3edc',
    'qazwsxedcrfv',
    'Лето2026!Лето2026!',
    'correcthorsebatterystaple',
    '            ',
    '!@#$%^&*()_+',
    'poiuytrewqlkjhgfdsa',
  ])
    it(`refuses what comes first to mind: ${common}`, () => {
      assert.equal(checkPassword(common, 'ivanova'), 'too_common')
    })

  it('refuses the login with a little around it', () => {
    assert.equal(checkPassword('Sidorenko2026', 'sidorenko'), 'has_login')
    assert.equal(checkPassword('sidorenkosidorenko', 'sidorenko'), 'has_login')
  })

  it('takes a phrase, even one with the login or a common word in it', () => {
    assert.equal(checkPassword('sidorenko ловит хариуса', 'sidorenko'), null)
    assert.equal(checkPassword('четыре жёлтых трамвая', 'ivanova'), null)
    assert.equal(checkPassword('our password is a trout', 'ivanova'), null)
  })
})
