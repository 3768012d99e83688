import assert from 'node:assert/strict'
import { identityOf } from './letter-identity.ts'

const LETTER = `From: =?utf-8?B?0JDQvdC90LA=?= <anna@example.test>
To: support@example.test
Subject: A very long subject that some relay
 folds
Date: Mon, 23 Nov 2026 10:15:00 +0300
Message-ID: <one@example.test>

First line.

Last line.
`

const digestOf = (text: string): string | undefined => identityOf(Buffer.from(text)).digest

describe('what makes a letter the same one', () => {
  it('is its id, with a digest because the id may be another letter’s too', () => {
    const { externalId, digest, idMayRepeat } = identityOf(Buffer.from(LETTER))
    assert.deepEqual([externalId, idMayRepeat], ['<one@example.test>', true])
    assert.match(digest ?? '', /^[0-9a-f]{64}$/)
  })

  const ways: Record<string, (letter: string) => string> = {
    'header lines of relays': (letter) => `Return-Path: <anna@example.test>\nReceived: from a by b; now\nX-Spam: no\n${letter}`,
    'other line ends': (letter) => letter.replaceAll('\n', '\r\n'),
    'empty lines at the end': (letter) => `${letter}\n\n`,
    'no line end at the end': (letter) => letter.trimEnd(),
    'a subject folded elsewhere': (letter) => letter.replace('relay\n folds', 'relay folds').replace('A very', 'A\n\tvery'),
  }
  for (const [way, change] of Object.entries(ways)) {
    it(`is not changed by ${way}`, () => {
      assert.notEqual(change(LETTER), LETTER)
      assert.equal(digestOf(change(LETTER)), digestOf(LETTER))
    })
  }

  const differences: Record<string, (letter: string) => string> = {
    text: (letter) => letter.replace('Last', 'Other'),
    sender: (letter) => letter.replace('anna@', 'boris@'),
    subject: (letter) => letter.replace('long', 'short'),
    date: (letter) => letter.replace('10:15', '10:16'),
  }
  for (const [what, change] of Object.entries(differences)) {
    it(`is changed by another ${what}`, () => {
      assert.notEqual(digestOf(change(LETTER)), digestOf(LETTER))
    })
  }
})
