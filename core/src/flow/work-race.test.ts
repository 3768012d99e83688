import assert from 'node:assert/strict'
import pg from 'pg'
import type { WorkItemState } from '@oco/contract'
import { newId } from '../kernel/ids.ts'
import { openDatabase, sql, type Database } from '../platform/db.ts'
import { createWake } from '../platform/wake.ts'
import { REFUSAL_PAUSE_MS } from '../routing/choose-agent.ts'
import { NEXT, type WorkItemEvent } from '../work-items/work-item.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { addAgent, addItem, addQueue, callerOf } from '../../test/queue-rows.ts'
import { createRandom } from '../../test/random.ts'
import { createWork, type Work } from './work.ts'

const PROCESSES = 3
const AGENTS = 12
const ITEMS = 240
const IN_HANDS_MAX_MS = 4

/** What each event of the trail means for the item's state. */
const EVENT_OF: Readonly<Record<string, WorkItemEvent>> = {
  'work_item.offered': 'offer',
  'work_item.declined': 'decline',
  'work_item.assigned': 'accept',
  'work_item.released': 'release',
  'work_item.resolved': 'resolve',
}

describe('several processes on one database', () => {
  let db: TestDatabase
  const closers: (() => Promise<void>)[] = []
  before(async () => {
    db = await testDatabase()
    const owner = new pg.Client({ connectionString: db.ownerUrl })
    await owner.connect()
    await owner.query('alter table agent add constraint test_capacity check (capacity_used <= capacity_limit)')
    await owner.end()
  })
  after(async () => {
    for (const close of closers.reverse()) await close()
    await db.drop()
  })

  it('never offers one item twice and fills nobody beyond the limit, whoever is asked and whatever they answer', async () => {
    const random = createRandom()
    // Offers outlast every move of the clock below, so that none expires while it is on its way to its agent.
    const offerTimeoutMs = 600_000
    const queueIds: string[] = []
    for (const name of ['Почта', 'Чат']) queueIds.push(await addQueue(db.database.read, { name, offerTimeoutMs }))
    for (let index = 0; index < AGENTS; index++) {
      const serves = index % 3 === 0 ? queueIds : [queueIds[index % 2] ?? '']
      await addAgent(db.database.read, { name: `Агент ${index}`, queueIds: serves, capacityLimit: 30 + 10 * (index % 4) })
    }
    const works: Work[] = []
    const databases: Database[] = []
    const failures: unknown[] = []
    let answering = 0
    for (let index = 0; index < PROCESSES; index++) {
      const wake = createWake({ url: db.url, node: newId(), log: db.log })
      const database = openDatabase({
        url: db.url,
        clock: db.clock,
        poolSize: 6,
        onWake: (topics) => wake.wake(topics),
        onIdleError: () => undefined,
      })
      const work = createWork({
        database,
        wake,
        clock: db.clock,
        log: db.log,
        addNote: () => Promise.resolve(),
        onMade: (made) => {
          for (const { itemId, personId, id: offerId } of made) {
            answering++
            answer({ itemId, personId, offerId })
              .catch((error: unknown) => failures.push(error))
              .finally(() => answering--)
          }
        },
      })
      await wake.start()
      await work.start()
      closers.push(async () => {
        await work.stop()
        await wake.stop()
        await database.close()
      })
      works.push(work)
      databases.push(database)
    }
    /** Answers through any of the processes, as a page behind a balancer does. */
    const answer = async ({
      itemId,
      personId,
      offerId,
    }: {
      itemId: string
      personId: string
      offerId: string
    }): Promise<void> => {
      const through = (): Work => random.pick(works)
      const caller = callerOf(personId)
      if (random.chance(0.2)) return through().acts.decline(caller, { itemId, offerId })
      await through().acts.accept(caller, { itemId, offerId })
      await new Promise((resolve) => setTimeout(resolve, random.below(IN_HANDS_MAX_MS)))
      if (random.chance(0.1)) return through().acts.release(caller, { itemId })
      await through().acts.resolve(caller, { itemId, dispositionId: null })
    }

    const adding = Array.from({ length: ITEMS }, async (_, index) => {
      const channelKind = random.chance(0.3) ? 'webchat' : 'email'
      await addItem(databases[index % PROCESSES] ?? db.database, { queueId: queueIds[index % 2] ?? '', channelKind })
    })
    await Promise.all(adding)

    const open = async (): Promise<number> =>
      (await sql`select from work_item where state <> 'resolved'`.execute(db.database.read)).rows.length
    for (let tries = 0; failures.length === 0 && ((await open()) > 0 || answering > 0); tries++) {
      assert.ok(tries < 2_000, `some items are never done (seed ${random.seed})`)
      // Whoever declined may be asked again, once nobody is asked now.
      if (answering === 0) db.clock.advance(REFUSAL_PAUSE_MS)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }

    assert.deepEqual(failures, [])
    const { rows: trail } = await sql<{ id: string; action: string }>`select object_id as id, action from audit_event
      where object_kind = 'work_item' order by sequence`.execute(db.database.read)
    const states = new Map<string, WorkItemState>()
    for (const { id, action } of trail) {
      if (action === 'work_item.enqueued') {
        assert.ok(!states.has(id))
        states.set(id, 'waiting')
        continue
      }
      const event = EVENT_OF[action] ?? assert.fail(action)
      const next = NEXT[states.get(id) ?? assert.fail()][event]
      assert.ok(next, `${action} of an item that is ${String(states.get(id))} (seed ${random.seed})`)
      states.set(id, next)
    }
    assert.equal(states.size, ITEMS)
    assert.ok([...states.values()].every((state) => state === 'resolved'))
    const { rows: facts } = await sql<{ used: number; standing: number; open: number }>`select
      (select sum(capacity_used)::integer from agent) as used,
      (select count(*)::integer from offer where ended_at is null) as standing,
      (select count(*)::integer from handling where ended_at is null) as open`.execute(db.database.read)
    assert.deepEqual(facts, [{ used: 0, standing: 0, open: 0 }])
  })
})
