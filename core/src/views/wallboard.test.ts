import assert from 'node:assert/strict'
import { readBoard, type BoardView } from '@oco/contract'
import { call } from '../../test/call.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { addAgent, addItem, addQueue, callerOf, START } from '../../test/queue-rows.ts'
import { sql } from '../platform/db.ts'
import { wallboardRoutes } from './wallboard.ts'

describe('the figures of the board', () => {
  let db: TestDatabase
  let board: BoardView

  before(async () => {
    db = await testDatabase()
    const { read } = db.database
    const queueId = await addQueue(read, { name: 'Первая линия' })
    const agent = await addAgent(read, { name: 'Анна', queueIds: [queueId] })
    for (const state of ['waiting', 'assigned', 'assigned', 'pending'] as const) {
      const id = await addItem(db.database, { queueId })
      if (state !== 'waiting') {
        await sql`update work_item set state = ${state}, assignee_id = ${agent}, assigned_at = ${START} where id = ${id}`.execute(
          read,
        )
      }
    }
    const { actor } = callerOf(agent, 'supervisor')
    board = (await call(wallboardRoutes({ database: db.database, clock: db.clock }), readBoard, { actor })).answer
  })
  after(() => db.drop())

  it('count what an agent has in work as what its queue has, and what is put aside apart', () => {
    const [queue] = board.queues
    assert.deepEqual([queue?.waiting, queue?.assigned, queue?.pending], [1, 2, 1])
    assert.deepEqual(
      board.agents.map(({ assigned }) => assigned),
      [2],
    )
  })
})
