import type { Database } from '../platform/db.ts'

/** What intake has stored under a sender's key: the inbox row is the request, for as long as it is kept. */
export const intakeRequests = ({ read }: Database) => ({
  async find(channelId: string, idempotencyKey: string): Promise<{ requestId: string; digest: string | null } | null> {
    const row = await read
      .selectFrom('inbox')
      .select(['id', 'digest'])
      .where('channel_id', '=', channelId)
      .where('external_id', '=', idempotencyKey)
      .executeTakeFirst()
    return row === undefined ? null : { requestId: row.id, digest: row.digest?.toString('hex') ?? null }
  },
})
