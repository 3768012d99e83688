import { CHANNEL_KINDS, CHANNEL_STATES } from '@oco/contract'
import { z } from 'zod'
import type { Db } from '../platform/db.ts'
import type { WayOut } from './failover.ts'

const rows = z.array(
  z.object({
    id: z.string(),
    kind: z.enum(CHANNEL_KINDS),
    queue_id: z.string(),
    state: z.enum(CHANNEL_STATES),
    enabled: z.boolean(),
  }),
)

/** All channels as ways to somebody, the oldest first; one that is switched off is `off`, whatever its receiver last said. */
export const waysOut = async (db: Db): Promise<WayOut[]> => {
  const found = await db
    .selectFrom('channel')
    .select(['id', 'kind', 'queue_id', 'state', 'enabled'])
    .orderBy('created_at')
    .execute()
  return rows.parse(found).map(({ id, kind, queue_id, state, enabled }) => ({
    channelId: id,
    kind,
    queueId: queue_id,
    state: enabled ? (state === 'off' ? 'connecting' : state) : 'off',
  }))
}
