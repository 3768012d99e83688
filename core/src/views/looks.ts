import type { Actor, AuditEvent, Origin } from '@oco/security'
import type { Clock } from '../kernel/clock.ts'
import { afterCommit, audit, type Database, type Db } from '../platform/db.ts'
import { personOf } from '../platform/http.ts'

/** One record stands for all that the same session reads of the same thing within this. */
export const LOOK_COVERS_MS = 5 * 60_000
/** So many looks are remembered; a forgotten one is recorded once more. */
const LOOKS_KEPT_MAX = 50_000

export interface Look {
  readonly actor: Actor
  readonly by: Origin
  readonly event: Pick<AuditEvent, 'action' | 'object' | 'details'>
}

/** Reads of people's data: none is answered whose record is not committed. */
export interface Looks {
  /** Records the look in the transaction of the read. */
  record<T>(look: Look, read: (db: Db) => Promise<T>): Promise<T>
  /** The same, unless this session's look at the same thing is on record and covers it: a page of forty letters is one look. */
  once<T>(look: Look, read: (db: Db) => Promise<T>): Promise<T>
}

/** Which looks are covered is known to this process alone: behind another one a look may be on record twice, never not at all. */
export const createLooks = ({ database, clock }: { database: Database; clock: Clock }): Looks => {
  const recordedAtMs = new Map<string, number>()

  const remember = (key: string, atMs: number): void => {
    // Re-inserting keeps the map in order of age.
    recordedAtMs.delete(key)
    recordedAtMs.set(key, atMs)
    if (recordedAtMs.size <= LOOKS_KEPT_MAX) return
    const oldest = recordedAtMs.keys().next()
    if (!oldest.done) recordedAtMs.delete(oldest.value)
  }

  const record: Looks['record'] = (look, read) =>
    database.transaction(async (tx) => {
      const atMs = clock.monotonicMs()
      const found = await read(tx)
      audit(tx, { ...look.event, by: look.by })
      afterCommit(tx, () => {
        remember(keyOf(look), atMs)
      })
      return found
    })

  return {
    record,
    once(look, read) {
      const atMs = recordedAtMs.get(keyOf(look))
      const isCovered = atMs !== undefined && clock.monotonicMs() - atMs < LOOK_COVERS_MS
      return isCovered ? read(database.read) : record(look, read)
    },
  }
}

const keyOf = ({ actor, event: { action, object, details } }: Look): string =>
  JSON.stringify([personOf(actor).sessionId, action, object?.id, details])

/** The event of a look into a conversation, whichever part of it is read. */
export const viewed = (conversationId: string): Look['event'] => ({
  action: 'conversation.viewed',
  object: { kind: 'conversation', id: conversationId },
})
