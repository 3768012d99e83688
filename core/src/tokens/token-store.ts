import { sql, type Db, type Tx } from '../platform/db.ts'

export interface Token {
  readonly id: string
  readonly name: string
  readonly channelId: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly expiresAt: Date | null
}

const COLUMNS = ['id', 'name', 'channel_id', 'created_at', 'last_used_at', 'expires_at'] as const
/** Far more than anybody names; the list is one page. */
const TOKENS_MAX = 1_000

/** Those that are not revoked, newest first. */
export const listTokens = async (db: Db): Promise<Token[]> => {
  const rows = await db
    .selectFrom('api_token')
    .select(COLUMNS)
    .where('revoked_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(TOKENS_MAX)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    channelId: row.channel_id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
  }))
}

/** Names are made one at a time until this transaction ends, so that none is taken twice. */
export const isNameTaken = async (tx: Tx, name: string): Promise<boolean> => {
  await sql`select pg_advisory_xact_lock(hashtext('oco api_token.name'))`.execute(tx)
  const row = await tx
    .selectFrom('api_token')
    .select('id')
    .where('name', '=', name)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

export const isIntakeChannel = async (tx: Tx, channelId: string): Promise<boolean> => {
  const row = await tx
    .selectFrom('channel')
    .select('id')
    .where('id', '=', channelId)
    .where('kind', '=', 'intake')
    .executeTakeFirst()
  return row !== undefined
}

export const insertToken = async (
  tx: Tx,
  token: Omit<Token, 'lastUsedAt'> & { secretHash: Buffer; createdBy: string | null },
): Promise<void> => {
  await tx
    .insertInto('api_token')
    .values({
      id: token.id,
      name: token.name,
      secret_hash: token.secretHash,
      channel_id: token.channelId,
      created_by: token.createdBy,
      created_at: token.createdAt,
      expires_at: token.expiresAt,
    })
    .execute()
}

/** False where there is none that could be revoked. */
export const revokeToken = async (tx: Tx, id: string, now: Date): Promise<boolean> => {
  const result = await tx
    .updateTable('api_token')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export interface TokenSecret {
  readonly secretHash: Buffer
  readonly channelId: string
  readonly lastUsedAt: Date | null
}

/** null where the token is unknown, revoked or over its time. */
export const liveToken = async (db: Db, id: string, now: Date): Promise<TokenSecret | null> => {
  const row = await db
    .selectFrom('api_token')
    .select(['secret_hash', 'channel_id', 'last_used_at'])
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .executeTakeFirst()
  return row === undefined ? null : { secretHash: row.secret_hash, channelId: row.channel_id, lastUsedAt: row.last_used_at }
}

export const touchToken = async (db: Db, id: string, now: Date): Promise<void> => {
  await db.updateTable('api_token').set({ last_used_at: now }).where('id', '=', id).execute()
}
