import type { Database } from '../platform/db.ts'

/** What intake looks up. The inbox row is the request, for as long as it is kept. */
export const intakeRequests = ({ read }: Database) => ({
  async isEnabled(channelId: string): Promise<boolean> {
    const row = await read.selectFrom('channel').select('enabled').where('id', '=', channelId).executeTakeFirst()
    return row?.enabled === true
  },

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
