import assert from 'node:assert/strict'
import { moveCursor, parseCursor, searchFrom } from './mailbox-cursor.ts'

const CURSOR = { uidValidity: '7', uid: 10, newestAt: '2026-11-20T10:00:00.000Z' }

describe('the place in a mailbox', () => {
  it('is unknown where nothing or nonsense was kept', () => {
    for (const stored of [null, undefined, {}, 'x', { uidValidity: 7, uid: 1 }, { ...CURSOR, uid: -1 }])
      assert.equal(parseCursor(stored), null)
    assert.deepEqual(parseCursor(CURSOR), CURSOR)
  })

  it('says where to look: unread at first, behind the last, or again where the mailbox is another', () => {
    assert.deepEqual(searchFrom(null, '7'), { kind: 'unseen' })
    assert.deepEqual(searchFrom(CURSOR, '7'), { kind: 'after', uid: 10 })
    assert.deepEqual(searchFrom(CURSOR, '8'), { kind: 'again', since: new Date('2026-11-18T10:00:00Z') })
    assert.deepEqual(searchFrom({ ...CURSOR, newestAt: null }, '8'), { kind: 'again', since: null })
  })

  it('only moves forward, and starts anew with another UIDVALIDITY', () => {
    const earlier = new Date('2026-11-19T10:00:00Z')
    const later = new Date('2026-11-21T10:00:00Z')
    assert.deepEqual(moveCursor(CURSOR, { uidValidity: '7', uid: 9, newestAt: earlier }), CURSOR)
    assert.deepEqual(moveCursor(CURSOR, { uidValidity: '7', uid: 12, newestAt: later }), {
      uidValidity: '7',
      uid: 12,
      newestAt: '2026-11-21T10:00:00.000Z',
    })
    assert.deepEqual(moveCursor(CURSOR, { uidValidity: '8', uid: 2, newestAt: null }), { ...CURSOR, uidValidity: '8', uid: 2 })
    assert.deepEqual(moveCursor(null, { uidValidity: '8', uid: 0, newestAt: null }), { uidValidity: '8', uid: 0, newestAt: null })
  })
})
