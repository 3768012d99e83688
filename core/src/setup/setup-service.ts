import type { completeSetup } from '@oco/contract'
import type { z } from 'zod'
import { checkPassword, hashPassword, type Origin } from '@oco/security'
import type { ChannelStore } from '../channels/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { addPerson } from '../people/index.ts'
import { audit, live, wake, type Database, type Tx } from '../platform/db.ts'
import { isTimeZone } from '../settings/index.ts'

type Request = z.output<(typeof completeSetup)['request']['body']>
type Answer = z.output<(typeof completeSetup)['response']>

const DISPOSITIONS: Readonly<Record<'ru' | 'en', readonly string[]>> = {
  ru: ['Решено', 'Консультация', 'Передано', 'Отказ клиента', 'Спам'],
  en: ['Resolved', 'Consultation', 'Handed over', 'Withdrawn', 'Spam'],
}

export interface SetupDeps {
  readonly database: Database
  readonly store: ChannelStore
  readonly clock: Clock
}

/** Whether the product still waits for its first run, and what it is called. */
export const setupState = async (database: Database): Promise<{ open: boolean; organisation: string }> => {
  const row = await database.read.selectFrom('organisation').select(['setup_done_at', 'name']).executeTakeFirstOrThrow()
  return { open: row.setup_done_at === null, organisation: row.name }
}

/** Writes all that the wizard asked for in one transaction; of two at once the second finds `setup_done`. */
export const completeFirstRun = async (deps: SetupDeps, by: Origin, request: Request): Promise<Answer> => {
  const { organisation, administrator, agent } = request
  if (!isTimeZone(organisation.timeZone))
    throw new Failure('invalid_input', { fields: { 'body.organisation.timeZone': 'unknown' } })
  for (const [place, person] of Object.entries({ administrator, agent })) {
    const fault = checkPassword(person.password, person.login)
    if (fault !== null) throw new Failure('weak_password', { fields: { [`body.${place}.password`]: fault } })
  }
  if (administrator.login === agent.login) throw new Failure('login_taken', { fields: { 'body.agent.login': 'taken' } })
  const hashes = { administrator: await hashPassword(administrator.password), agent: await hashPassword(agent.password) }
  return deps.database.transaction((tx) => write(deps, tx, by, request, hashes))
}

const write = async (
  deps: SetupDeps,
  tx: Tx,
  by: Origin,
  request: Request,
  hashes: { administrator: string; agent: string },
): Promise<Answer> => {
  const now = deps.clock.now()
  const { name, locale, timeZone } = request.organisation
  const done = await tx
    .updateTable('organisation')
    .set({ name, locale, time_zone: timeZone, setup_done_at: now })
    .where('setup_done_at', 'is', null)
    .executeTakeFirst()
  if (done.numUpdatedRows === 0n) throw new Failure('setup_done')
  const queueId = newId(now)
  await tx.insertInto('queue').values({ id: queueId, name: request.queue.name, created_at: now }).execute()
  audit(tx, { action: 'queue.created', by, object: { kind: 'queue', id: queueId } })
  for (const disposition of DISPOSITIONS[locale]) {
    const id = newId(now)
    await tx.insertInto('disposition').values({ id, name: disposition }).execute()
    audit(tx, { action: 'disposition.created', by, object: { kind: 'disposition', id } })
  }
  const common = { locale, demo: false, now }
  const { administrator, agent } = request
  await addPerson(tx, by, { ...administrator, ...common, role: 'administrator', passwordHash: hashes.administrator })
  await addPerson(tx, by, { ...agent, ...common, role: 'agent', queueIds: [queueId], passwordHash: hashes.agent })
  const channel = async (given: Request['mail']): Promise<string | null> => {
    if (given === null) return null
    const id = await deps.store.create(tx, { ...given, queueId, enabled: true, demo: false, now })
    audit(tx, { action: 'channel.created', by, object: { kind: 'channel', id }, details: { kind: given.settings.kind } })
    return id
  }
  const mailChannelId = await channel(request.mail)
  const webchatChannelId = await channel(request.webchat)
  audit(tx, { action: 'setup.completed', by })
  live(tx, { type: 'settings.changed' })
  wake(tx, 'channels')
  wake(tx, 'agents')
  return { queueId, mailChannelId, webchatChannelId }
}
