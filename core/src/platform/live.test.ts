import assert from 'node:assert/strict'
import type { LiveEvent } from '@oco/contract'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { newId } from '../kernel/ids.ts'
import { live as liveRow, openDatabase, sql } from './db.ts'
import { createLive, LIVE_RETENTION_MS, purgeLiveRows, type Audience, type Live } from './live.ts'
import { createWake, type Wake } from './wake.ts'

const nobody: Audience = { personId: newId(), queueIds: new Set(), seesAll: false }

describe('live rows', () => {
  let db: TestDatabase
  let wake: Wake
  let hub: Live
  /** Wakes whoever listens, as the product's own database does. */
  let database: TestDatabase['database']

  before(async () => {
    db = await testDatabase()
    wake = createWake({ url: db.url, node: newId(), log: db.log })
    database = openDatabase({
      url: db.url,
      clock: db.clock,
      onWake: (topics) => {
        wake.wake(topics)
      },
      onIdleError: () => undefined,
    })
    hub = createLive({ database, wake, clock: db.clock, log: db.log })
    await wake.start()
    await hub.start()
  })
  after(async () => {
    hub.stop()
    await wake.stop()
    await database.close()
    await db.drop()
  })

  const heardBy = (audience: Audience): { events: LiveEvent[]; watch: (ids: string[]) => void; next: () => Promise<void> } => {
    const events: LiveEvent[] = []
    let told: () => void = () => undefined
    const attached = hub.attach({
      audience: () => audience,
      onEvents: (own) => {
        events.push(...own)
        told()
      },
    })
    return {
      events,
      watch: (ids) => {
        attached.watch(ids)
      },
      next: () =>
        new Promise((resolve) => {
          told = resolve
        }),
    }
  }

  const write = (row: Parameters<typeof liveRow>[1]): Promise<void> =>
    database.transaction((tx) => {
      liveRow(tx, row)
      return Promise.resolve()
    })

  it('reaches the person named, whoever has the conversation open, and nobody else', async () => {
    const conversationId = newId()
    const personId = newId()
    const person = heardBy({ ...nobody, personId })
    const watcher = heardBy({ ...nobody, personId: newId() })
    const other = heardBy({ ...nobody, personId: newId() })
    watcher.watch([conversationId])
    const both = Promise.all([person.next(), watcher.next()])
    await write({ type: 'message.added', conversationId, personId })
    await both
    assert.deepEqual(
      [person, watcher, other].map(({ events }) => events.map((event) => event.type)),
      [['message.added'], ['message.added'], []],
    )
  })

  it('reaches the members of a queue', async () => {
    const queueId = newId()
    const member = heardBy({ personId: newId(), queueIds: new Set([queueId]), seesAll: false })
    const stranger = heardBy({ personId: newId(), queueIds: new Set([newId()]), seesAll: false })
    const heard = member.next()
    await write({ type: 'work_item.changed', queueId, workItemId: newId() })
    await heard
    assert.deepEqual(
      member.events.map(({ queueId: id }) => id),
      [queueId],
    )
    assert.deepEqual(stranger.events, [])
  })

  it('tells a row whose transaction ended after a later one, and keeps the cursor behind it', async () => {
    const personId = newId()
    const viewer = heardBy({ ...nobody, personId })
    const before = hub.cursor()
    let finish: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      finish = resolve
    })
    let begun: () => void = () => undefined
    const started = new Promise<void>((resolve) => {
      begun = resolve
    })
    const slow = database.transaction(async (tx) => {
      await sql`select pg_current_xact_id()`.execute(tx)
      begun()
      await held
      liveRow(tx, { type: 'message.added', personId, messageId: newId() })
    })
    await started
    const first = viewer.next()
    await write({ type: 'message.changed', personId })
    await first
    const between = hub.cursor()
    const second = viewer.next()
    finish()
    await slow
    await second
    assert.deepEqual(
      viewer.events.map(({ type }) => type),
      ['message.changed', 'message.added'],
    )
    const missed = await hub.since(between, { ...nobody, personId })
    assert.ok(
      missed?.some(({ type }) => type === 'message.added'),
      'a page that left in between still hears of it',
    )
    const all = await hub.since(before, { ...nobody, personId })
    assert.equal(all?.length, 2)
  })

  it('sends a page that comes too late, or with a foreign cursor, to load anew', async () => {
    assert.equal(await hub.since('nonsense', nobody), null)
    const old = hub.cursor()
    db.clock.advance(LIVE_RETENTION_MS)
    assert.equal(await hub.since(old, nobody), null)
  })

  it('drops rows that are too old', async () => {
    await write({ type: 'settings.changed' })
    db.clock.advance(2 * LIVE_RETENTION_MS)
    await purgeLiveRows(database, db.clock.now())
    const { rows } = await sql<{ left: number }>`select count(*) as left from live_event`.execute(database.read)
    assert.equal(rows[0]?.left, 0)
  })
})
