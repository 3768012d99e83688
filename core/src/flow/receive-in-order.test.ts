import assert from 'node:assert/strict'
import { startChatWorld, type ChatWorld } from '../../test/chat-world.ts'
import { createVisitors, say } from '../../test/chat-visitor.ts'
import { textsIn } from '../../test/said.ts'

const RECEIVERS = 4

describe('messages of one thread that are received by many at once', () => {
  let world: ChatWorld
  const visitors = createVisitors(() => world)

  before(async () => {
    world = await startChatWorld({}, { receivers: RECEIVERS })
  })
  afterEach(() => visitors.closeAll())
  after(() => world.stop())

  const textsOf = async (visitId: string): Promise<string[][]> => {
    const db = world.database.read
    const rows = await db.selectFrom('conversation').select('id').where('thread_key', '=', visitId).orderBy('number').execute()
    return Promise.all(rows.map(({ id }) => textsIn(db, id)))
  }

  it('stand in the order in which they came, in one conversation, though the first ones are old', async () => {
    world.automatic(false)
    const visits = await Promise.all(Array.from({ length: 5 }, () => visitors.visit()))
    for (const { open, visitId } of visits) {
      const page = await open()
      await say(page, 'key-00000000', 'когда-то')
      await world.receive()
      // Long ago: whatever follows starts a conversation of its own.
      await world.database.read
        .updateTable('work_item')
        .set({ state: 'resolved', resolved_at: new Date(0) })
        .execute()
      for (const n of [1, 2, 3, 4, 5]) {
        await say(page, `key-0000000${n}`, `${n}`)
        world.db.clock.advance(1_000)
      }
      await world.receive()
      assert.deepEqual(await textsOf(visitId), [['когда-то'], ['1', '2', '3', '4', '5']])
    }
  })
})
