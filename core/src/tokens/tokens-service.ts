import { timingSafeEqual } from 'node:crypto'
import type { TokenView } from '@oco/contract'
import { hashToken, newToken, TOKEN_PERMISSIONS, type Actor, type Origin } from '@oco/security'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { audit, type Database } from '../platform/db.ts'
import { formatToken, parseToken } from './token.ts'
import * as store from './token-store.ts'

/** `last_used_at` is written at most so often. */
export const TOKEN_TOUCH_MS = 60_000

export interface NewToken {
  readonly name: string
  readonly channelId: string
  readonly expiresAt: string | null
}

export interface Tokens {
  /** The actor of a token that is good now; null for anything else. Revoking works at once, on every process. */
  actorOf(bearer: string): Promise<Actor | null>
  list(): Promise<TokenView[]>
  /** `secret` is the whole token, shown this once. */
  create(by: Origin, token: NewToken): Promise<TokenView & { secret: string }>
  revoke(by: Origin, id: string): Promise<void>
}

export const createTokens = (deps: { database: Database; clock: Clock }): Tokens => {
  const { database, clock } = deps
  return {
    async actorOf(bearer) {
      const parsed = parseToken(bearer)
      if (parsed === null) return null
      const now = clock.now()
      const known = await store.liveToken(database.read, parsed.id, now)
      if (known === null || !timingSafeEqual(known.secretHash, hashToken(parsed.secret))) return null
      if (known.lastUsedAt === null || now.getTime() - known.lastUsedAt.getTime() >= TOKEN_TOUCH_MS)
        await store.touchToken(database.read, parsed.id, now)
      return { kind: 'token', tokenId: parsed.id, channelId: known.channelId, permissions: TOKEN_PERMISSIONS }
    },
    async list() {
      return (await store.listTokens(database.read)).map(viewOf)
    },
    create: (by, token) => createToken(deps, by, token),
    async revoke(by, id) {
      await database.transaction(async (tx) => {
        if (!(await store.revokeToken(tx, id, clock.now()))) throw new Failure('not_found')
        audit(tx, { action: 'token.revoked', by, object: { kind: 'token', id } })
      })
    },
  }
}

const createToken = async (
  deps: { database: Database; clock: Clock },
  by: Origin,
  wanted: NewToken,
): Promise<TokenView & { secret: string }> => {
  const now = deps.clock.now()
  const secret = newToken()
  const expiresAt = wanted.expiresAt === null ? null : new Date(wanted.expiresAt)
  if (expiresAt !== null && expiresAt.getTime() <= now.getTime())
    throw new Failure('invalid_input', { fields: { 'body.expiresAt': 'in_the_past' } })
  const token = { id: newId(now), name: wanted.name, channelId: wanted.channelId, createdAt: now, expiresAt }
  await deps.database.transaction(async (tx) => {
    if (!(await store.isIntakeChannel(tx, token.channelId)))
      throw new Failure('invalid_input', { fields: { 'body.channelId': 'not_an_intake_channel' } })
    if (await store.isNameTaken(tx, token.name)) throw new Failure('name_taken')
    const createdBy = by.subject.kind === 'person' ? by.subject.id : null
    await store.insertToken(tx, { ...token, secretHash: hashToken(secret), createdBy })
    audit(tx, {
      action: 'token.created',
      by,
      object: { kind: 'token', id: token.id },
      details: { channelId: token.channelId, expiresAt: expiresAt?.toISOString() ?? null },
    })
  })
  return { ...viewOf({ ...token, lastUsedAt: null }), secret: formatToken({ id: token.id, secret }) }
}

const viewOf = (token: store.Token): TokenView => ({
  id: token.id,
  name: token.name,
  channelId: token.channelId,
  createdAt: token.createdAt.toISOString(),
  lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
  expiresAt: token.expiresAt?.toISOString() ?? null,
})
