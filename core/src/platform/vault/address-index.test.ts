import assert from 'node:assert/strict'
import { addressBeginnings, nameBeginnings, typedAddresses, typedNames } from './address-index.ts'

describe('what names and addresses are searched by', () => {
  const findsAddress = (typed: string, address: Parameters<typeof addressBeginnings>[0]): boolean => {
    const beginnings = addressBeginnings(address)
    return typedAddresses(typed).some((each) => beginnings.includes(each))
  }
  const findsName = (typed: string, name: string): boolean => {
    const beginnings = nameBeginnings(name)
    const wanted = typedNames(typed)
    return wanted.length > 0 && wanted.every((each) => beginnings.has(each))
  }

  it('finds an address by its beginning, from three signs on', () => {
    const email = { kind: 'email', value: 'Anna.Petrova@Example.TEST' } as const
    for (const typed of ['ann', 'ANNA.P', 'anna.petrova@example.test']) assert.ok(findsAddress(typed, email), typed)
    for (const typed of ['an', 'petrova', 'anna.x', 'anna.petrova@example.tes1']) assert.ok(!findsAddress(typed, email), typed)
  })

  it('finds a phone however it is typed', () => {
    const phone = { kind: 'phone', value: '+7 (495) 123-45-67' } as const
    for (const typed of ['+7 495', '8 (495) 12', '7495123', '84951234567']) assert.ok(findsAddress(typed, phone), typed)
    for (const typed of ['495', '+7 499', '8 (495) 13']) assert.ok(!findsAddress(typed, phone), typed)
  })

  it('cuts what is very long alike on both sides', () => {
    const value = `${'x'.repeat(60)}@example.test`
    assert.ok(findsAddress(value, { kind: 'email', value }))
    assert.ok(findsName('ы'.repeat(40), 'ы'.repeat(40)))
  })

  it('keeps no beginnings of a visit, which nobody types', () => {
    assert.deepEqual(addressBeginnings({ kind: 'visitor', value: '01a2131e-9328-7fb9-a632-3ea145e6db90' }), [])
  })

  it('finds a name by the beginnings of all its words, in any order, ё as е', () => {
    for (const typed of ['петр', 'Пётр', 'Семен', 'семёнов пе']) assert.ok(findsName(typed, 'Пётр Семёнов'), typed)
    for (const typed of ['ётр', 'пётр иванов', 'п', '']) assert.ok(!findsName(typed, 'Пётр Семёнов'), typed)
  })
})
