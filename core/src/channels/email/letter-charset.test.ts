import assert from 'node:assert/strict'
import { betterCharset, decodeUnlabelled, isUtf8 } from './letter-charset.ts'

const PHRASES = [
  'Привет',
  'ЗАЯВКА НА РЕМОНТ',
  'Срочно: заявка',
  'Договор №15',
  'Вопрос по оплате',
  'НЕ РАБОТАЕТ ИНТЕРНЕТ',
  'Спасибо',
  'Иванов Пётр Сергеевич',
  'Отчёт за ноябрь 2026',
  'ООО «Ромашка»',
  'Test проверка mixed текст',
  'Добрый день! Прошу выслать акт сверки за третий квартал. С уважением, Щукина Ю. Ж.',
]

/** The bytes of a text in an eight-bit charset, by asking the decoder for each byte. */
const encode = (charset: string, text: string): Uint8Array | null => {
  const decoder = new TextDecoder(charset)
  const codes = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte]))
  const bytes = [...text].map((character) => codes.get(character))
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : null
}

describe('the charset of a text', () => {
  for (const charset of ['windows-1251', 'koi8-r', 'iso-8859-5', 'ibm866']) {
    const encoded = PHRASES.flatMap((phrase) => {
      const bytes = encode(charset, phrase)
      return bytes === null ? [] : [[phrase, bytes] as const]
    })

    it(`is found for Russian in ${charset} without any label`, () => {
      assert.ok(encoded.length >= 9)
      for (const [phrase, bytes] of encoded) assert.equal(decodeUnlabelled(bytes), phrase)
    })

    it(`stays ${charset} where the label says so`, () => {
      for (const [phrase, bytes] of encoded) assert.equal(betterCharset(charset, bytes), null, phrase)
    })

    it(`is found for ${charset} under the labels that lie`, () => {
      for (const [phrase, bytes] of encoded) {
        for (const label of ['utf-8', 'us-ascii', 'iso-8859-1', 'windows-1252', 'nonsense']) {
          assert.equal(betterCharset(label, bytes), charset, `${phrase} as ${label}`)
        }
      }
    })
  }

  it('is UTF-8 where the bytes are, whatever eight-bit label they carry', () => {
    const bytes = new TextEncoder().encode('Привет')
    for (const label of ['koi8-r', 'windows-1251', 'iso-8859-1', null]) assert.equal(betterCharset(label, bytes), 'utf-8')
    assert.equal(betterCharset('utf-8', bytes), null)
  })

  it('is left alone for ASCII, for western and for eastern text', () => {
    assert.equal(betterCharset('koi8-r', Buffer.from('plain')), null)
    const french = encode('windows-1252', 'où ça ? déjà cassé, même après')
    assert.ok(french !== null)
    assert.equal(betterCharset('windows-1252', french), null)
    assert.equal(betterCharset(null, french), 'windows-1252')
    assert.equal(betterCharset('shift_jis', Uint8Array.of(0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea)), null)
  })

  it('of a sample that ends within a character is still UTF-8', () => {
    assert.equal(isUtf8(new TextEncoder().encode('я').subarray(0, 1)), true)
    assert.equal(isUtf8(Uint8Array.of(0xff)), false)
  })
})
