import assert from 'node:assert/strict'
import { FILE_NAME_LENGTH_MAX, safeFileName } from './file-name.ts'

describe('file names', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['акт сверки.pdf', 'акт сверки.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\a.txt', 'a.txt'],
    ['gpj.\u202eexe', 'gpj.exe'],
    ['a\r\nX: 1.txt', 'aX_ 1.txt'],
    ['.htaccess', 'htaccess'],
    ['con.txt', '_con.txt'],
    ['...', 'file'],
    ['', 'file'],
  ]
  for (const [given, safe] of cases) {
    it(`makes ${JSON.stringify(given)} ${JSON.stringify(safe)}`, () => {
      assert.equal(safeFileName(given), safe)
    })
  }

  it('keeps the ending of a long name', () => {
    const name = safeFileName(`${'я'.repeat(500)}.docx`)
    assert.equal(name.length, FILE_NAME_LENGTH_MAX)
    assert.ok(name.endsWith('.docx'))
  })
})
