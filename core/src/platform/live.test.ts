import assert from 'node:assert/strict'
import type { LiveEvent } from '@oco/contract'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { newId } from '../kernel/ids.ts'
import { live as liveRow, openDatabase, sql } from './db.ts'
import { createLive, EVENTS_TOLD_MAX, LIVE_RETENTION_MS, purgeLiveRows, type Audience, type Live } from './live.ts'
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

  interface Heard {
    readonly events: LiveEvent[]
    /** Cursors with which it was told to load anew. */
    readonly reloads: string[]
    watch(ids: string[]): void
    next(): Promise<void>
  }

  const heardBy = (audience: Audience): Heard => {
    const events: LiveEvent[] = []
    const reloads: string[] = []
    let told: () => void = () => undefined
    const attached = hub.attach({
      audience: () => audience,
      onEvents: (own) => {
        events.push(...own)
        told()
      },
      onReload: (cursor) => {
        reloads.push(cursor)
        told()
      },
    })
    return {
      events,
      reloads,
      watch: (ids) => {
        attached.watch(ids)
      },
      next: () =>
        new Promise((resolve) => {
          told = resolve
        }),
    }
  }

  const write = (...rows: Parameters<typeof liveRow>[1][]): Promise<void> =>
    database.transaction((tx) => {
      liveRow(tx, ...rows)
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

  it('tells both queues of an item that goes from one to the other', async () => {
    const [from, to] = [newId(), newId()]
    const [left, joined] = [from, to].map((id) => heardBy({ personId: newId(), queueIds: new Set([id]), seesAll: false }))
    assert.ok(left && joined)
    const both = Promise.all([left.next(), joined.next()])
    const item = { type: 'work_item.changed', workItemId: newId() } as const
    await write({ ...item, queueId: to }, { ...item, queueId: from })
    await both
    assert.deepEqual([left.events.length, joined.events.length], [1, 1])
  })

  it('sends a page to load anew in place of more events than are told one by one, and tells others theirs', async () => {
    const [busy, calm] = [newId(), newId()]
    const before = hub.cursor()
    const flooded = { personId: newId(), queueIds: new Set([busy, calm]), seesAll: false }
    const spared = { personId: newId(), queueIds: new Set([calm]), seesAll: false }
    const [all, few] = [heardBy(flooded), heardBy(spared)]
    const both = Promise.all([all.next(), few.next()])
    const items = Array.from({ length: EVENTS_TOLD_MAX }, () => ({ queueId: busy, workItemId: newId() }))
    await write(
      { type: 'work_item.changed', queueId: calm, workItemId: newId() },
      ...items.map((item) => ({ type: 'work_item.changed' as const, ...item })),
    )
    await both
    assert.deepEqual([all.reloads.length, all.events.length], [1, 0])
    assert.deepEqual([few.reloads.length, few.events.length], [0, 1])
    assert.equal(await hub.since(before, flooded), null, 'nor is it told more when it comes back')
    assert.equal((await hub.since(before, spared))?.length, 1)
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
