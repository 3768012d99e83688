import type { ChannelKind } from '@oco/contract'
import type { Db } from '../platform/db.ts'

/** Where the messages of a channel go, and with what demands. */
export interface Destination {
  readonly channelKind: ChannelKind
  readonly queueId: string
  readonly priority: number
  readonly skillId: string | null
  readonly firstReplyTargetMs: number | null
  readonly resolutionTargetMs: number | null
  readonly demo: boolean
}

/** Null where the channel is gone. A channel that was switched off still leads somewhere: what has been received is worked on. */
export const destinationOf = async (db: Db, channelId: string): Promise<Destination | null> => {
  const row = await db
    .selectFrom('channel')
    .innerJoin('queue', 'queue.id', 'channel.queue_id')
    .select([
      'channel.kind',
      'channel.demo',
      'queue.id',
      'queue.priority',
      'queue.skill_id',
      'queue.first_reply_target_ms',
      'queue.resolution_target_ms',
    ])
    .where('channel.id', '=', channelId)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    // Held to the contract's kinds by a constraint of the table.
    channelKind: row.kind as ChannelKind,
    queueId: row.id,
    priority: row.priority,
    skillId: row.skill_id,
    firstReplyTargetMs: row.first_reply_target_ms,
    resolutionTargetMs: row.resolution_target_ms,
    demo: row.demo,
  }
}
