import assert from 'node:assert/strict'
import { isFailure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { parseTimeCursor, timeCursor } from './cursor.ts'

describe('time cursor', () => {
  it('comes back as it was', () => {
    const place = { at: new Date('2026-03-04T05:06:07.890Z'), id: newId() }
    assert.deepEqual(parseTimeCursor(timeCursor(place)), place)
  })

  for (const broken of ['', 'x', timeCursor({ at: new Date(0), id: 'no id' }), Buffer.from('never 1').toString('base64url')]) {
    it(`refuses ${JSON.stringify(broken)}`, () => {
      assert.throws(
        () => parseTimeCursor(broken),
        (error) => isFailure(error, 'invalid_input'),
      )
    })
  }
})
