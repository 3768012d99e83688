import assert from 'node:assert/strict'
import { SYSTEM_ORIGIN } from '@oco/security'
import { createWork, type Work } from '../../src/flow/work.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { newId } from '../../src/kernel/ids.ts'
import { openDatabase, type Db } from '../../src/platform/db.ts'
import { createLog } from '../../src/platform/log.ts'
import { createWake, type Wake } from '../../src/platform/wake.ts'
import { enqueue } from '../../src/work-items/index.ts'
import { callerOf } from '../../test/queue-rows.ts'
import { Line } from './line.ts'
import { atOnce, CONCURRENCY, countRows, expectedRows, type Contender, type Round, type World } from './world.ts'

interface Offer {
  readonly itemId: string
  readonly personId: string
  readonly id: string
}

/** The product's own queue, put together as the product does it, with one process and real wakes. */
export const startOurs = async (url: string, makeWorld: (db: Db) => Promise<World>): Promise<Contender> => {
  const log = createLog({ level: 'warn', node: 'bench' })
  const wake: Wake = createWake({ url, node: newId(), log })
  const database = openDatabase({
    url,
    clock: systemClock,
    onWake: (topics) => wake.wake(topics),
    onIdleError: (error) => log.error({ err: error }, 'an idle connection failed'),
  })
  const world = await makeWorld(database.read)
  let offers = new Line<Offer>()
  let commits = 0
  const work: Work = createWork({
    database,
    wake,
    clock: systemClock,
    log,
    addNote: () => Promise.reject(new Error('nothing is transferred here')),
    onMade: (made) => {
      if (made.length > 0) commits++
      for (const offer of made) offers.put(offer)
    },
  })
  await wake.start()
  await work.start()

  const put = (conversationId: string, index: number): Promise<unknown> =>
    database.transaction((tx) =>
      enqueue(tx, SYSTEM_ORIGIN, {
        conversationId,
        queueId: world.queueIds[index % world.queueIds.length] ?? '',
        channelKind: 'email',
        priority: 3,
        skillId: null,
        firstReplyTargetMs: 3_600_000,
        resolutionTargetMs: 86_400_000,
        reopenedFrom: null,
        now: systemClock.now(),
      }),
    )

  /** Accepts and completes until all items of the round are done. */
  const answer = async (left: { count: number }): Promise<void> => {
    while (left.count > 0) {
      const offer = await offers.take()
      if (offer === null) return
      const caller = callerOf(offer.personId)
      await work.acts.accept(caller, { itemId: offer.itemId, offerId: offer.id })
      await work.acts.resolve(caller, { itemId: offer.itemId, dispositionId: null })
      if (--left.count === 0) offers.letGo()
    }
  }

  const run = async (items: number): Promise<Round> => {
    const conversationIds = await world.conversations(items)
    offers = new Line()
    commits = 0
    const left = { count: items }
    const startMs = systemClock.monotonicMs()
    await Promise.all([atOnce(conversationIds, put), ...Array.from({ length: CONCURRENCY }, () => answer(left))])
    const seconds = (systemClock.monotonicMs() - startMs) / 1_000
    assert.deepEqual(await countRows(database, conversationIds), expectedRows(items))
    return { seconds, offerCommits: commits }
  }

  const stop = async (): Promise<void> => {
    await work.stop()
    await wake.stop()
    await database.close()
  }
  return { run, stop }
}
