import type { QueueView } from '@oco/contract'
import type { Origin } from '@oco/security'
import { present } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { audit, live, violates, wake, type Database, type Tx } from '../platform/db.ts'
import * as dispositions from './disposition-store.ts'
import { applyChange, newQueue, type QueueChange } from './queue.ts'
import * as store from './queue-store.ts'
import * as skills from './skill-store.ts'
import type { Named } from './skill-store.ts'

export interface Queues {
  list(): Promise<QueueView[]>
  create(by: Origin, queue: QueueChange & { readonly name: string }): Promise<QueueView>
  change(by: Origin, id: string, change: QueueChange & { readonly version: number }): Promise<QueueView>
  remove(by: Origin, id: string): Promise<void>
  listSkills(): Promise<Named[]>
  createSkill(by: Origin, name: string): Promise<Named>
  removeSkill(by: Origin, id: string): Promise<void>
  listDispositions(): Promise<Named[]>
  createDisposition(by: Origin, name: string): Promise<Named>
  removeDisposition(by: Origin, id: string): Promise<void>
}

export const createQueues = ({ database, clock }: { database: Database; clock: Clock }): Queues => ({
  list: () => store.listQueues(database.read),
  create: (by, queue) => database.transaction((tx) => addQueue(tx, by, { ...queue, demo: false, now: clock.now() })),
  change: (by, id, change) => database.transaction((tx) => changeQueue(tx, by, id, change)),
  remove: (by, id) => database.transaction((tx) => removeQueue(tx, by, id)),
  listSkills: () => skills.listSkills(database.read),
  createSkill: (by, name) => database.transaction((tx) => addSkill(tx, by, { name, demo: false, now: clock.now() })),
  removeSkill: (by, id) => database.transaction((tx) => removeSkill(tx, by, id)),
  listDispositions: () => dispositions.listDispositions(database.read),
  createDisposition: (by, name) => database.transaction((tx) => addDisposition(tx, by, { name, demo: false, now: clock.now() })),
  removeDisposition: (by, id) =>
    database.transaction(async (tx) => {
      if (!(await dispositions.removeDisposition(tx, id, clock.now()))) throw new Failure('not_found')
      audit(tx, { action: 'disposition.removed', by, object: { kind: 'disposition', id } })
      live(tx, { type: 'settings.changed' })
    }),
})

/** Whether something is of the installation itself or of the demonstration, and since when. */
interface Made {
  readonly demo: boolean
  readonly now: Date
}

const unlessTaken =
  (constraint: string) =>
  (error: unknown): never => {
    throw violates(error, constraint) ? new Failure('name_taken', { fields: { 'body.name': 'taken' } }) : error
  }

/** Adds a queue in the caller's transaction. Throws `name_taken`, and `invalid_input` for a skill that is not there. */
export const addQueue = async (
  tx: Tx,
  by: Origin,
  { demo, now, ...given }: QueueChange & { readonly name: string } & Made,
): Promise<QueueView> => {
  const id = newId(now)
  const queue = newQueue(given)
  await checkSkill(tx, queue.skillId)
  await store.insertQueue(tx, { ...queue, id, createdAt: now, demo }).catch(unlessTaken('queue_name_unique'))
  audit(tx, { action: 'queue.created', by, object: { kind: 'queue', id }, details: detailsOf(queue) })
  live(tx, { type: 'settings.changed' })
  return present(await store.readQueue(tx, id), 'the queue just added')
}

const changeQueue = async (
  tx: Tx,
  by: Origin,
  id: string,
  { version, ...change }: QueueChange & { readonly version: number },
): Promise<QueueView> => {
  const before = await store.lockQueue(tx, id)
  if (before === null) throw new Failure('not_found')
  if (before.version !== version) throw new Failure('version_conflict')
  const { next, changed } = applyChange(before, change)
  if (changed.length > 0) {
    if (changed.includes('skillId')) await checkSkill(tx, next.skillId)
    await store.updateQueue(tx, id, next).catch(unlessTaken('queue_name_unique'))
    audit(tx, { action: 'queue.changed', by, object: { kind: 'queue', id }, details: { changed, ...detailsOf(next) } })
    live(tx, { type: 'settings.changed' })
  }
  return present(await store.readQueue(tx, id), 'the queue just changed')
}

/** Names are what people wrote, and stay out of the audit. */
const detailsOf = ({ name: _, ...details }: ReturnType<typeof newQueue>) => details

const checkSkill = async (tx: Tx, skillId: string | null): Promise<void> => {
  if (skillId !== null && !(await skills.skillExists(tx, skillId)))
    throw new Failure('invalid_input', { fields: { 'body.skillId': 'unknown' } })
}

const removeQueue = async (tx: Tx, by: Origin, id: string): Promise<void> => {
  if ((await store.lockQueue(tx, id)) === null) throw new Failure('not_found')
  if (await store.isQueueUsed(tx, id)) throw new Failure('in_use')
  await store.deleteQueue(tx, id)
  audit(tx, { action: 'queue.removed', by, object: { kind: 'queue', id } })
  live(tx, { type: 'settings.changed' })
  wake(tx, 'agents')
}

/** Adds a skill in the caller's transaction. Throws `name_taken`. */
export const addSkill = async (tx: Tx, by: Origin, { name, demo, now }: { readonly name: string } & Made): Promise<Named> => {
  const id = newId(now)
  await skills.insertSkill(tx, { id, name, demo }).catch(unlessTaken('skill_name_unique'))
  audit(tx, { action: 'skill.created', by, object: { kind: 'skill', id } })
  live(tx, { type: 'settings.changed' })
  return { id, name }
}

const removeSkill = async (tx: Tx, by: Origin, id: string): Promise<void> => {
  if (!(await skills.lockSkill(tx, id))) throw new Failure('not_found')
  if (await skills.isSkillNeeded(tx, id)) throw new Failure('in_use')
  await skills.deleteSkill(tx, id)
  audit(tx, { action: 'skill.removed', by, object: { kind: 'skill', id } })
  live(tx, { type: 'settings.changed' })
  wake(tx, 'agents')
}

/** Adds a disposition in the caller's transaction. Throws `name_taken`. */
export const addDisposition = async (
  tx: Tx,
  by: Origin,
  { name, demo, now }: { readonly name: string } & Made,
): Promise<Named> => {
  const id = newId(now)
  await dispositions.insertDisposition(tx, { id, name, demo }).catch(unlessTaken('disposition_name_unique'))
  audit(tx, { action: 'disposition.created', by, object: { kind: 'disposition', id } })
  live(tx, { type: 'settings.changed' })
  return { id, name }
}
