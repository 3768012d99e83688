import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SUBJECT_LENGTH_MAX, TEXT_LENGTH_MAX } from '@oco/contract/limits'
import { SET_ASIDE_REASONS } from '@oco/contract/names'
import {
  letterOfDeepNesting,
  letterOfEmbeddedLetters,
  letterOfHugeHeader,
  letterOfManyParts,
  letterOfManyRecipients,
} from '../../../test/peers/poison-letters.ts'
import { bounce, FIXTURES, HERE, letter, letterOf, messageIn, readFixture } from '../../../test/peers/read-letters.ts'
import { PARTS_MAX } from './limits.ts'
import { normaliseLetter } from './normalise.ts'

const reasonFor = async (raw: Buffer): Promise<string> => {
  const reading = await normaliseLetter(raw, HERE)
  assert.ok(reading.kind === 'aside')
  return reading.item.reason
}

const RUSSIAN = 'Здравствуйте!\n\nНе открывается личный кабинет, помогите, пожалуйста.\n\nМария'

describe('a letter', () => {
  it('gives sender, subject, text, moment and id', async () => {
    const message = await letter('plain-utf-8.eml')
    const { digest, ...said } = message
    assert.match(digest ?? '', /^[0-9a-f]{64}$/)
    assert.deepEqual(said, {
      kind: 'message',
      externalId: '<plain-1@example.test>',
      idMayRepeat: true,
      from: { kind: 'email', value: 'client@example.test', displayName: 'Мария Клиентова' },
      alsoKnownAs: [],
      subject: 'Не открывается личный кабинет',
      text: RUSSIAN,
      quoteFrom: null,
      html: null,
      attachments: [],
      uploadIds: [],
      sentAt: new Date('2026-11-23T07:15:00Z'),
      thread: { references: [] },
      automatic: false,
      priority: null,
    })
  })

  for (const file of [
    'windows-1251-quoted-printable.eml',
    'koi8-r-8bit.eml',
    'iso-8859-5-base64.eml',
    'windows-1251-named-iso-8859-1.eml',
    'windows-1251-named-utf-8.eml',
    'utf-8-named-koi8-r.eml',
    'koi8-r-named-windows-1251.eml',
    'windows-1251-raw-headers.eml',
  ]) {
    it(`reads Russian from ${file}`, async () => {
      const message = await letter(file)
      assert.equal(message.text, RUSSIAN)
      assert.equal(message.from.displayName, 'Мария Клиентова')
    })
  }

  it('decodes subjects of every charset and raw eight-bit headers and names', async () => {
    for (const file of ['windows-1251-quoted-printable.eml', 'koi8-r-8bit.eml', 'iso-8859-5-base64.eml']) {
      assert.equal((await letter(file)).subject, 'Не открывается кабинет')
    }
    const raw = await letter('windows-1251-raw-headers.eml')
    assert.equal(raw.subject, 'Срочно: заявка')
    assert.equal(raw.attachments[0]?.fileName, 'Заявка на ремонт.txt')
  })

  it('leaves a western letter as its label says', async () => {
    assert.match((await letter('windows-1252-french.eml')).text, /voilà où ça ne marche plus .* À bientôt, Zoé Lefèvre/)
  })

  it('never decodes UTF-7, which could hide markup', async () => {
    const message = await letter('utf-7.eml')
    assert.equal(message.html, '+ADw-script+AD4-alert(1)+ADw-/script+AD4-')
  })

  it('reads bare line feeds, an empty letter and one that ends within its headers', async () => {
    assert.equal((await letter('bare-line-feeds.eml')).text, 'first\nsecond')
    for (const file of ['empty.eml', 'headers-only.eml']) {
      const message = await letter(file)
      assert.deepEqual([message.text, message.subject, message.html, message.attachments], ['', '', null, []])
    }
  })

  it('takes out of broken MIME what can be taken', async () => {
    const message = await letter('broken-mime.eml')
    assert.equal(message.text, 'Text with =ZZ broken П encoding')
    assert.equal(message.attachments[0]?.fileName, 'half.png')
    assert.match((await letter('boundary-missing.eml')).text, /Text without a boundary\./)
  })

  it('unfolds format=flowed', async () => {
    assert.match(
      (await letter('thunderbird-quote.eml')).text,
      /^Это очень длинная строка, которую почтовая программа разбила на две части сама\.$/m,
    )
  })

  it('knows who wrote among several, keeps a Cyrillic domain as it is sent, and is set aside without any sender', async () => {
    assert.equal((await letter('several-from.eml')).from.value, 'ivan@example.test')
    assert.equal((await letter('cyrillic-domain.eml')).from.value, 'client@xn--e1afmkfd.xn--p1ai')
    const nobody = await readFixture('no-sender.eml')
    assert.ok(nobody.kind === 'aside')
    assert.equal(nobody.item.reason, 'no_sender')
    assert.equal(nobody.item.externalId, '<nobody-1@example.test>')
    assert.equal(nobody.item.raw?.byteLength, nobody.item.sizeBytes)
  })

  it('takes the envelope for a sender where the headers name none', async () => {
    const message = await letter('no-sender.eml', { ownAddress: null, envelopeFrom: 'Real@Example.test' })
    assert.deepEqual(message.from, { kind: 'email', value: 'real@example.test' })
  })

  it('has a stable id without a Message-ID, another one for other bytes', async () => {
    const first = await letter('no-message-id.eml')
    assert.match(first.externalId, /^<[0-9a-f]{64}@no-id\.invalid>$/)
    assert.equal((await letter('no-message-id.eml')).externalId, first.externalId)
    const raw = await readFile(join(FIXTURES, 'no-message-id.eml'))
    const other = messageIn(await normaliseLetter(Buffer.concat([raw, Buffer.from('more')]), HERE))
    assert.notEqual(other.externalId, first.externalId)
  })

  it('bounds an endless Message-ID and completes one without brackets', async () => {
    const long = await letterOf(`From: a@b.test\nMessage-ID: <${'x'.repeat(2_000)}@y>\n\n`)
    assert.match(long.externalId, /^<[0-9a-f]{64}@long-id\.invalid>$/)
    assert.equal((await letterOf('From: a@b.test\nMessage-ID: bare@y\n\n')).externalId, '<bare@y>')
  })

  it('forgets a moment that no clock could show', async () => {
    assert.equal((await letter('bad-date.eml')).sentAt, null)
    assert.equal((await letterOf('From: a@b.test\nDate: Mon, 23 Nov 9999 10:15:00 +0000\n\n')).sentAt, null)
  })

  it('keeps header injection within one line', async () => {
    const message = await letter('header-injection.eml')
    assert.equal(message.subject, 'Hello Bcc: victim@example.test body')
    assert.doesNotMatch(message.from.displayName ?? '', /[\r\n\0]/)
    assert.deepEqual(message.thread.references, ['<a@b>', '<c@d>'])
  })

  it('drops NUL and other controls that no database keeps', async () => {
    assert.equal((await letter('nul-bytes.eml')).text, 'допосле [31mкрасный \ufeffконец')
  })

  it('cuts an endless text and keeps the whole as a file', async () => {
    const line = 'слово '.repeat(20)
    const message = await letterOf(
      `From: a@b.test\nContent-Type: text/plain; charset=utf-8\nSubject: ${'s'.repeat(2_000)}\n\n${`${line}\n`.repeat(2_000)}`,
    )
    assert.equal(message.text.length, TEXT_LENGTH_MAX)
    assert.equal(message.subject.length, SUBJECT_LENGTH_MAX)
    const [whole] = message.attachments
    assert.ok(whole !== undefined)
    assert.equal(whole.fileName, 'Полный текст письма.txt')
    assert.equal(Buffer.from(whole.bytes).toString().split('\n').length, 2_000)
  })

  it('reads a thousand recipients', async () => {
    assert.equal(messageIn(await normaliseLetter(letterOfManyRecipients('many@x', 1_000), HERE)).text, 'to all')
  })
})

describe('a thread', () => {
  it('is named by In-Reply-To, then References from the end, then the token in the subject', async () => {
    const { thread } = await letter('outlook-quote.eml')
    assert.deepEqual(thread, {
      references: ['<0198c0de-0000-7000-8000-000000000001@example.test>', '<plain-1@example.test>'],
      number: 1042,
    })
  })
})

describe('a delivery report', () => {
  it('of Postfix names our letter and what the other server said', async () => {
    const { digest, ...said } = await bounce('bounce-postfix.eml')
    assert.match(digest ?? '', /^[0-9a-f]{64}$/)
    assert.deepEqual(said, {
      kind: 'bounce',
      externalId: '<dsn-1@relay.example.test>',
      idMayRepeat: true,
      about: '<0198c0de-0000-7000-8000-000000000001@example.test>',
      permanent: true,
      reason: "nobody@example.test: 550 5.1.1 <nobody@example.test> User doesn't exist: nobody@example.test",
    })
  })

  it('of Exchange without the returned letter names it by In-Reply-To', async () => {
    const report = await bounce('bounce-exchange.eml')
    assert.equal(report.about, '<0198c0de-0000-7000-8000-000000000003@example.test>')
    assert.match(report.reason, /^nobody@corp\.example: 550 5\.1\.10 RESOLVER\.ADR\.RecipientNotFound; Recipient not found/)
  })

  it('tells a delay from a failure, and an expiry is a failure', async () => {
    const delayed = await bounce('bounce-postfix-delayed.eml')
    assert.deepEqual([delayed.permanent, delayed.about], [false, '<0198c0de-0000-7000-8000-000000000002@example.test>'])
    assert.equal((await bounce('bounce-expired.eml')).permanent, true)
  })

  it('of a success is a letter that a machine wrote', async () => {
    assert.equal((await letter('delivered-report.eml')).automatic, true)
  })
})

describe('an automatic letter', () => {
  for (const file of [
    'vacation-exchange.eml',
    'vacation-without-headers.eml',
    'mailing-list.eml',
    'read-receipt.eml',
    'own-loop.eml',
    'from-ourselves.eml',
  ]) {
    it(`is recognised: ${file}`, async () => assert.equal((await letter(file)).automatic, true))
  }

  it('is recognised by the empty sender of its envelope', async () => {
    assert.equal((await letter('plain-utf-8.eml', { ...HERE, envelopeFrom: '' })).automatic, true)
    assert.equal((await letter('plain-utf-8.eml', { ...HERE, envelopeFrom: 'client@example.test' })).automatic, false)
  })

  it('is not every letter that mentions machines', async () => {
    assert.equal(
      (await letterOf('From: a@b.test\nAuto-Submitted: no\nPrecedence: first-class\nSubject: Out of office hours\n\n')).automatic,
      false,
    )
  })
})

describe('a poisoned letter', () => {
  it('of 10,000 parts is set aside before it is parsed', async () => {
    assert.equal(await reasonFor(letterOfManyParts('parts@x', 10_000)), 'too_many_parts')
    assert.equal(messageIn(await normaliseLetter(letterOfManyParts('few@x', PARTS_MAX - 1), HERE)).kind, 'message')
  })

  it('of endless nesting is set aside', async () => {
    assert.equal(await reasonFor(letterOfDeepNesting('nest@x', 10_000)), 'nested_too_deep')
    assert.equal(messageIn(await normaliseLetter(letterOfDeepNesting('few@x', 20), HERE)).text, 'innermost')
  })

  it('of letters within letters is one attachment', async () => {
    const { attachments } = messageIn(await normaliseLetter(letterOfEmbeddedLetters('rfc@x', 5_000), HERE))
    assert.deepEqual(
      attachments.map(({ mediaType }) => mediaType),
      ['message/rfc822'],
    )
  })

  it('of an endless header is set aside', async () => {
    assert.equal(await reasonFor(letterOfHugeHeader('head@x', 2_000_000)), 'unreadable')
  })

  it('never throws, whatever its bytes are', async () => {
    const files = (await readdir(FIXTURES)).filter((name) => name.endsWith('.eml'))
    assert.ok(files.length > 45)
    let seed = 20261125
    const dice = (limit: number): number => (seed = (seed * 48_271) % 2_147_483_647) % limit
    for (const file of files) {
      const raw = await readFile(join(FIXTURES, file))
      for (let round = 0; round < 6; round++) {
        const torn = Buffer.from(raw.subarray(0, 1 + dice(raw.length)))
        for (let hit = 0; hit < 8; hit++) torn[dice(torn.length)] = dice(256)
        const reading = await normaliseLetter(torn, HERE)
        assert.ok(reading.kind === 'message' || SET_ASIDE_REASONS.includes(reading.item.reason), `${file}, seed ${seed}`)
      }
    }
  })
})
