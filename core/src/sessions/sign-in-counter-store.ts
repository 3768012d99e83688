import type { SignInCounter } from '@oco/security'
import type { Db, Tx } from '../platform/db.ts'

const COLUMNS = ['failures', 'window_started_at', 'locked_until'] as const

const counterOf = (row: { failures: number; window_started_at: Date; locked_until: Date | null }): SignInCounter => ({
  failures: row.failures,
  windowStartedAt: row.window_started_at,
  lockedUntil: row.locked_until,
})

/** null where nobody failed lately. */
export const readCounter = async (db: Db, key: string): Promise<SignInCounter | null> => {
  const row = await db.selectFrom('sign_in_counter').select(COLUMNS).where('key', '=', key).executeTakeFirst()
  return row === undefined ? null : counterOf(row)
}

/** The counter, made where there is none, and nobody else's until this transaction ends: guesses at once are counted one by one. */
export const lockCounter = async (tx: Tx, key: string, fresh: SignInCounter): Promise<SignInCounter> => {
  await tx
    .insertInto('sign_in_counter')
    .values({ key, failures: fresh.failures, window_started_at: fresh.windowStartedAt, locked_until: fresh.lockedUntil })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute()
  const row = await tx.selectFrom('sign_in_counter').select(COLUMNS).where('key', '=', key).forUpdate().executeTakeFirst()
  // Removed between the two statements by a success elsewhere: then there is nothing to count on.
  return row === undefined ? fresh : counterOf(row)
}

export const saveCounter = async (tx: Tx, key: string, counter: SignInCounter): Promise<void> => {
  const values = { failures: counter.failures, window_started_at: counter.windowStartedAt, locked_until: counter.lockedUntil }
  await tx
    .insertInto('sign_in_counter')
    .values({ key, ...values })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(values))
    .execute()
}

export const deleteCounter = async (tx: Tx, key: string): Promise<void> => {
  await tx.deleteFrom('sign_in_counter').where('key', '=', key).execute()
}

/** Those that have said nothing since `before`. */
export const deleteQuietCounters = async (tx: Tx, before: Date): Promise<void> => {
  await tx
    .deleteFrom('sign_in_counter')
    .where('window_started_at', '<=', before)
    .where((eb) => eb.or([eb('locked_until', 'is', null), eb('locked_until', '<=', before)]))
    .execute()
}
