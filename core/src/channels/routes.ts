import {
  changeChannel,
  type ChannelView,
  createChannel,
  listChannels,
  listSetAside,
  retrySetAside,
  testChannel,
} from '@oco/contract'
import { present } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { audit, live, violates, wake, type Database, type Db, type Tx } from '../platform/db.ts'
import { route, type Route } from '../platform/http.ts'
import { keepSecrets, type ChannelStore } from './channel-store.ts'
import type { Registry } from './registry.ts'
import { closeSetAside, listSetAsideRows, putBack, takeSetAside } from './set-aside-store.ts'

export interface ChannelRoutesOptions {
  readonly database: Database
  readonly store: ChannelStore
  readonly registry: Registry
  readonly clock: Clock
  /** Lets the adapter read once more what was kept raw; resolves when it has been stored or has failed again. */
  readonly retryRaw: (channelId: string, rawBlobId: string) => Promise<'stored' | 'set_aside'>
}

export const channelRoutes = (options: ChannelRoutesOptions): Route[] => {
  const { database, store, registry, clock } = options

  const viewOf = async (db: Db, id: string): Promise<ChannelView> => present((await store.views(db, [id]))[0], 'the channel')

  const changed = (tx: Tx): void => {
    live(tx, { type: 'channel.changed' })
    wake(tx, 'channels')
  }

  return [
    route(listChannels, async () => ({ rows: await store.views(database.read) })),

    route(createChannel, ({ body, by }) =>
      namesTaken(() =>
        database.transaction(async (tx) => {
          await mustHaveQueue(tx, body.queueId)
          const id = await store.create(tx, { ...body, demo: false, now: clock.now() })
          audit(tx, { action: 'channel.created', by, object: { kind: 'channel', id }, details: { kind: body.settings.kind } })
          changed(tx)
          return viewOf(tx, id)
        }),
      ),
    ),

    route(changeChannel, ({ params, body, by }) =>
      namesTaken(() =>
        database.transaction(async (tx) => {
          const known = await store.find(tx, params.id)
          if (known === null) throw new Failure('not_found')
          if (body.settings !== undefined && body.settings.kind !== known.kind) {
            throw new Failure('invalid_input', { fields: { 'body.settings.kind': 'a channel keeps its kind' } })
          }
          if (body.queueId !== undefined) await mustHaveQueue(tx, body.queueId)
          if (!(await store.change(tx, params.id, body))) throw new Failure('version_conflict')
          const fields = Object.keys(body).filter((field) => field !== 'version')
          audit(tx, { action: 'channel.changed', by, object: { kind: 'channel', id: params.id }, details: { fields } })
          changed(tx)
          return viewOf(tx, params.id)
        }),
      ),
    ),

    route(testChannel, async ({ body, by }) => {
      const known = body.channelId === null ? null : await store.find(database.read, body.channelId)
      if (body.channelId !== null && known === null) throw new Failure('not_found')
      const steps = await registry.test(known === null ? body.settings : keepSecrets(body.settings, known.settings))
      const ok = steps.every((step) => step.ok)
      await database.transaction((tx) => {
        audit(tx, {
          action: 'channel.tested',
          by,
          result: ok ? 'success' : 'failure',
          object: { kind: 'channel', id: body.channelId },
          details: { kind: body.settings.kind, failedStep: steps.find((step) => !step.ok)?.name ?? null },
        })
        return Promise.resolve()
      })
      return { ok, steps: [...steps] }
    }),

    route(listSetAside, async ({ params, query }) => {
      if ((await store.find(database.read, params.id)) === null) throw new Failure('not_found')
      return listSetAsideRows(database.read, { channelId: params.id, cursor: query.cursor ?? null, limit: query.limit })
    }),

    route(retrySetAside, async ({ params, by }) => {
      const item = await database.transaction(async (tx) => {
        const found = await takeSetAside(tx, params.id)
        if (found === null) throw new Failure('not_found')
        if (!found.wasRead && found.rawBlobId === null) throw new Failure('conflict', { detail: 'nothing of it was kept' })
        audit(tx, {
          action: 'channel.set_aside_retried',
          by,
          object: { kind: 'channel', id: found.channelId },
          details: { inboxId: params.id },
        })
        if (found.rawBlobId === null) await putBack(tx, params.id, clock.now())
        wake(tx, 'inbox')
        changed(tx)
        return found
      })
      if (item.rawBlobId === null) return
      if ((await options.retryRaw(item.channelId, item.rawBlobId)) === 'set_aside') {
        throw new Failure('conflict', { detail: 'it still cannot be read' })
      }
      await database.transaction(async (tx) => {
        await closeSetAside(tx, params.id, clock.now())
        changed(tx)
      })
    }),
  ]
}

const namesTaken = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (violates(error, 'channel_name_unique')) throw new Failure('name_taken', { fields: { 'body.name': 'taken' } })
    throw error
  }
}

const mustHaveQueue = async (tx: Tx, id: string): Promise<void> => {
  const queue = await tx.selectFrom('queue').select('id').where('id', '=', id).executeTakeFirst()
  if (queue === undefined) throw new Failure('invalid_input', { fields: { 'body.queueId': 'no such queue' } })
}
