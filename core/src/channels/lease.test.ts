import assert from 'node:assert/strict'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { systemClock } from '../kernel/clock.ts'
import { sql } from '../platform/db.ts'
import { createLeases, LEASE_MS } from './lease.ts'

/** Between the clock of the database, which decides, and our own. */
const CLOCKS_DIFFER_MS = 100

describe('leases', () => {
  let db: TestDatabase
  before(async () => {
    db = await testDatabase()
  })
  after(() => db.drop())

  const holder = () => createLeases({ database: db.database, clock: systemClock, log: db.log })

  it('let one process work at a time, and hand over as soon as it ends', async () => {
    const stop = new AbortController()
    const seen: string[] = []
    let [inside, together] = [0, 0]
    const work = (name: string) => async (): Promise<void> => {
      together = Math.max(together, ++inside)
      seen.push(name)
      await new Promise((resolve) => setTimeout(resolve, 50))
      inside--
      if (new Set(seen).size === 2) stop.abort()
    }
    await Promise.all([holder().under('mail', stop.signal, work('a')), holder().under('mail', stop.signal, work('b'))])
    assert.deepEqual([...new Set(seen)].sort(), ['a', 'b'])
    assert.equal(together, 1, 'they were at work together')
  })

  it('end the work when they are lost, and go to another within their time', async () => {
    const stop = new AbortController()
    let takenMs = 0
    let lost = false
    let taken: () => void = () => undefined
    const isTaken = new Promise<void>((resolve) => (taken = resolve))
    const dead = new AbortController()
    const first = holder().under('box', dead.signal, async (signal) => {
      // As if this process had stood still: somebody else holds the lease now.
      takenMs = performance.now()
      await sql`update lease set holder = gen_random_uuid(), expires_at = now() + ${LEASE_MS} * interval '1 millisecond'
        where key = 'box'`.execute(db.database.read)
      taken()
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          lost = true
          dead.abort()
          resolve()
        })
      })
    })
    await isTaken
    await holder().under('box', stop.signal, () => {
      stop.abort()
      return Promise.resolve()
    })
    await first
    assert.ok(lost, 'the first one was told')
    assert.ok(performance.now() - takenMs >= LEASE_MS - CLOCKS_DIFFER_MS, 'and nobody worked before the lease had run out')
  })
})
