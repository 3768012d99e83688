import assert from 'node:assert/strict'
import type { ErrorCode } from '@oco/contract/names'
import { SYSTEM_ORIGIN } from '@oco/security'
import { isFailure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { sql } from '../platform/db.ts'
import { testDatabase, type TestDatabase } from '../../test/harness.ts'
import { addAgent, addConversations, addItem } from '../../test/queue-rows.ts'
import { createQueues, type Queues } from './index.ts'
import { applyChange, newQueue } from './queue.ts'

const BY = SYSTEM_ORIGIN

describe('what a queue is made of', () => {
  it('has sensible defaults', () => {
    assert.deepEqual(newQueue({ name: 'Почта' }), {
      name: 'Почта',
      priority: 3,
      skillId: null,
      offerTimeoutMs: 30_000,
      firstReplyTargetMs: null,
      resolutionTargetMs: null,
    })
  })

  it('keeps what a change does not name, and clears what it sets to null', () => {
    const before = newQueue({ name: 'Почта', firstReplyTargetMs: 60_000 })
    const { next, changed } = applyChange(before, { firstReplyTargetMs: null, priority: 3 })
    assert.deepEqual(next, { ...before, firstReplyTargetMs: null })
    assert.deepEqual(changed, ['firstReplyTargetMs'])
  })
})

describe('queues, skills and dispositions', () => {
  let db: TestDatabase
  let queues: Queues
  before(async () => {
    db = await testDatabase()
    queues = createQueues({ database: db.database, clock: db.clock })
  })
  after(() => db.drop())

  const fails = (attempt: Promise<unknown>, code: ErrorCode): Promise<void> =>
    assert.rejects(attempt, (error) => isFailure(error, code))
  const actions = async (id: string): Promise<string[]> =>
    (
      await sql<{ action: string }>`select action from audit_event where object_id = ${id} order by sequence`.execute(
        db.database.read,
      )
    ).rows.map((row) => row.action)

  it('adds and changes a queue, and shows what uses it', async () => {
    const queue = await queues.create(BY, { name: 'Обращения', priority: 4 })
    assert.equal(queue.version, 0)
    await addAgent(db.database.read, { name: 'Анна', queueIds: [queue.id] })
    await addConversations(db.database.read, queue.id, 1)
    await addItem(db.database, { queueId: queue.id })
    const changed = await queues.change(BY, queue.id, { offerTimeoutMs: 60_000, version: 0 })
    assert.deepEqual(
      [
        changed.version,
        changed.offerTimeoutMs,
        changed.priority,
        changed.memberCount,
        changed.openItems,
        changed.channelNames.length,
      ],
      [1, 60_000, 4, 1, 1, 2],
    )
    assert.deepEqual(
      (await queues.list()).find(({ id }) => id === queue.id),
      changed,
    )
    assert.deepEqual(await actions(queue.id), ['queue.created', 'queue.changed'])
  })

  it('leaves version and trail alone where a change changes nothing', async () => {
    const queue = await queues.create(BY, { name: 'Тихая' })
    assert.equal((await queues.change(BY, queue.id, { name: 'Тихая', version: 0 })).version, 0)
    assert.deepEqual(await actions(queue.id), ['queue.created'])
  })

  it('refuses names that are taken, versions that are old, and what is not there', async () => {
    const queue = await queues.create(BY, { name: 'Первая' })
    const other = await queues.create(BY, { name: 'Вторая' })
    await fails(queues.create(BY, { name: 'Первая' }), 'name_taken')
    await fails(queues.change(BY, other.id, { name: 'Первая', version: 0 }), 'name_taken')
    await queues.change(BY, queue.id, { priority: 5, version: 0 })
    await fails(queues.change(BY, queue.id, { priority: 1, version: 0 }), 'version_conflict')
    await fails(queues.change(BY, newId(), { version: 0 }), 'not_found')
    await fails(queues.create(BY, { name: 'Третья', skillId: newId() }), 'invalid_input')
    await fails(queues.change(BY, queue.id, { skillId: newId(), version: 1 }), 'invalid_input')
  })

  it('removes a queue that nothing uses, and no other', async () => {
    const idle = await queues.create(BY, { name: 'Лишняя' })
    await addAgent(db.database.read, { name: 'Борис', queueIds: [idle.id] })
    await queues.remove(BY, idle.id)
    assert.deepEqual(await actions(idle.id), ['queue.created', 'queue.removed'])
    await fails(queues.remove(BY, idle.id), 'not_found')
    const used = await queues.create(BY, { name: 'Нужная' })
    await addConversations(db.database.read, used.id, 1)
    await fails(queues.remove(BY, used.id), 'in_use')
  })

  it('removes a skill that neither a queue nor an open item needs; done items forget it', async () => {
    const skill = await queues.createSkill(BY, 'английский')
    await fails(queues.createSkill(BY, 'английский'), 'name_taken')
    const queue = await queues.create(BY, { name: 'Зарубежная', skillId: skill.id })
    await fails(queues.removeSkill(BY, skill.id), 'in_use')
    await queues.change(BY, queue.id, { skillId: null, version: 0 })
    const itemId = await addItem(db.database, { queueId: queue.id, skillId: skill.id })
    await fails(queues.removeSkill(BY, skill.id), 'in_use')
    await sql`update work_item set state = 'resolved', resolved_at = now() where id = ${itemId}`.execute(db.database.read)
    await queues.removeSkill(BY, skill.id)
    assert.deepEqual(await actions(skill.id), ['skill.created', 'skill.removed'])
    await fails(queues.removeSkill(BY, skill.id), 'not_found')
    assert.ok((await queues.listSkills()).every(({ id }) => id !== skill.id))
  })

  it('stops offering a disposition, whose name may then be used again', async () => {
    const disposition = await queues.createDisposition(BY, 'Решено')
    await fails(queues.createDisposition(BY, 'Решено'), 'name_taken')
    await queues.removeDisposition(BY, disposition.id)
    await fails(queues.removeDisposition(BY, disposition.id), 'not_found')
    const again = await queues.createDisposition(BY, 'Решено')
    assert.deepEqual(await queues.listDispositions(), [{ id: again.id, name: 'Решено' }])
    assert.deepEqual(await actions(disposition.id), ['disposition.created', 'disposition.removed'])
  })
})
