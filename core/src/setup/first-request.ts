import { startFirstRequest } from '@oco/contract'
import type { z } from 'zod'
import type { Origin } from '@oco/security'
import type { ChannelStore, Registry } from '../channels/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { audit, live, sql, wake, type Database } from '../platform/db.ts'
import { route, type Route } from '../platform/http.ts'

type FirstRequest = z.output<(typeof startFirstRequest)['response']>

const EXTERNAL_ID = 'oco-first-request'
const CHANNEL_NAME = 'Проверка'
const SUBJECT = 'Первое обращение'
const TEXT =
  'Здравствуйте! Это проверочное обращение: оно прошло приём, очередь и распределение так же, как пройдут настоящие. ' +
  'Примите его, ответьте и завершите — и центр готов к работе.'

export interface FirstRequestOptions {
  readonly database: Database
  readonly store: ChannelStore
  readonly registry: Registry
  readonly clock: Clock
}

/** Each call tells how far the request has come; the first one sends it on its way. */
export const firstRequestRoute = (options: FirstRequestOptions): Route =>
  route(startFirstRequest, async ({ by }) => {
    const known = await progress(options.database)
    if (known !== null) return known
    const account = options.registry.accounts('email')[0]
    const channelId = account?.id ?? (await testChannel(options, by))
    // By mail the answer travels to the centre's own box and so proves the way out as well.
    const from =
      account?.settings.kind === 'email'
        ? ({ kind: 'email', value: account.settings.address } as const)
        : ({ kind: 'external', value: EXTERNAL_ID } as const)
    await options.registry.sink.deliver(channelId, {
      kind: 'message',
      externalId: EXTERNAL_ID,
      from: { ...from, displayName: 'Проверка ОЦО' },
      alsoKnownAs: [],
      subject: SUBJECT,
      text: TEXT,
      quoteFrom: null,
      html: null,
      attachments: [],
      uploadIds: [],
      sentAt: options.clock.now(),
      thread: { references: [] },
      automatic: false,
      priority: null,
    })
    return (await progress(options.database)) ?? NOTHING_YET
  })

const NOTHING_YET: FirstRequest = { conversationId: null, number: null, steps: [] }

const progress = async (database: Database): Promise<FirstRequest | null> => {
  const { rows } = await sql<{
    conversation_id: string | null
    number: number | null
    state: string | null
    offered: boolean
    answered: boolean
  }>`
    select inbox.conversation_id, conversation.number, item.state,
      exists (select from offer where offer.work_item_id = item.id) as offered,
      exists (select from message where message.conversation_id = conversation.id and message.kind = 'outbound') as answered
    from inbox
    left join conversation on conversation.id = inbox.conversation_id
    left join work_item as item on item.conversation_id = conversation.id and item.reopened_from is null
    where inbox.external_id = ${EXTERNAL_ID}`.execute(database.read)
  const row = rows[0]
  if (row === undefined) return null
  const taken = row.state === 'assigned' || row.state === 'pending' || row.state === 'resolved'
  return {
    conversationId: row.conversation_id,
    number: row.number,
    steps: [
      { name: 'received', done: true },
      { name: 'queued', done: row.state !== null },
      { name: 'offered', done: row.offered || taken },
      { name: 'assigned', done: taken },
      { name: 'answered', done: row.answered || row.state === 'resolved' },
    ],
  }
}

/** Where no mail is set up, the request comes in as from another system. */
const testChannel = ({ database, store, clock }: FirstRequestOptions, by: Origin): Promise<string> =>
  database.transaction(async (tx) => {
    const known = await tx.selectFrom('channel').select('id').where('name', '=', CHANNEL_NAME).executeTakeFirst()
    if (known !== undefined) return known.id
    const queue = await tx.selectFrom('queue').select('id').orderBy('created_at').limit(1).executeTakeFirst()
    if (queue === undefined) throw new Failure('conflict', { detail: 'there is no queue yet' })
    const settings = { kind: 'intake' } as const
    const id = await store.create(tx, {
      name: CHANNEL_NAME,
      queueId: queue.id,
      enabled: true,
      settings,
      demo: false,
      now: clock.now(),
    })
    audit(tx, { action: 'channel.created', by, object: { kind: 'channel', id }, details: { kind: 'intake' } })
    live(tx, { type: 'channel.changed' })
    wake(tx, 'channels')
    return id
  })
