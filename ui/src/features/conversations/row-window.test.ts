import assert from 'node:assert/strict'
import { rowsInSight, scrollToSee } from './row-window.ts'

const view = { scrollTop: 0, height: 300, rowHeight: 75, count: 1_000, spare: 2 }

describe('the rows that are in the page', () => {
  it('are those in sight and a few beside them', () => {
    assert.deepEqual(rowsInSight(view), { from: 0, to: 6 })
    assert.deepEqual(rowsInSight({ ...view, scrollTop: 750 }), { from: 8, to: 16 })
    assert.deepEqual(rowsInSight({ ...view, scrollTop: 1_000 * 75 - 300 }), { from: 994, to: 1_000 })
  })

  it('are none of an empty list, and never past a list that has become shorter', () => {
    assert.deepEqual(rowsInSight({ ...view, count: 0 }), { from: 0, to: 0 })
    assert.deepEqual(rowsInSight({ ...view, scrollTop: 7_500, count: 3 }), { from: 3, to: 3 })
  })

  it('come into sight by the shortest way', () => {
    assert.equal(scrollToSee({ ...view, scrollTop: 150 }, 3), null)
    assert.equal(scrollToSee({ ...view, scrollTop: 150 }, 1), 75)
    assert.equal(scrollToSee({ ...view, scrollTop: 150 }, 6), 225)
  })
})
