import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createLog } from './log.ts'
import { openLogFile } from './log-file.ts'

describe('the log file', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oco-log-'))
    path = join(folder, 'log', 'oco.log')
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it("holds one object of JSON a line, closed to other users, without what is people's own", () => {
    const file = openLogFile(path)
    const log = createLog({ level: 'info', node: 'one', destination: file })
    log.info({ subject: 'Кто я', part: 'mail' }, 'received')
    file.close()
    const line = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    assert.equal(line['subject'], '[hidden]')
    assert.deepEqual([line['level'], line['part'], line['node'], line['msg']], ['info', 'mail', 'one', 'received'])
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  it('goes on where it was, and is put away when full', async () => {
    for (const text of ['first\n', 'second\n']) {
      const file = openLogFile(path, 12)
      file.write(text)
      await nextTurn()
      file.close()
    }
    assert.equal(readFileSync(`${path}.1`, 'utf8'), 'first\nsecond\n')
    assert.equal(readFileSync(path, 'utf8'), '')
  })

  it('still takes a line that comes after its end', () => {
    const file = openLogFile(path)
    file.close()
    file.write('late\n')
    assert.equal(readFileSync(path, 'utf8'), 'late\n')
  })
})
