import { SYSTEM_ORIGIN, type Actor, type Origin } from '@oco/security'
import { forgetArrivals, forgetRecipients, forgetVisits } from '../channels/index.ts'
import { forgetContact, lockToErase, type ToErase } from '../contacts/index.ts'
import { forgetConversations, hasOpenWork, maySeeContact, recentConversationsOf } from '../conversations/index.ts'
import { actsInDatabase, actsInFile, appendAct, beginErasure, comeBack, endErasure, type Act } from '../erasures/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/errors.ts'
import type { Blobs } from '../platform/blobs.ts'
import { audit, live, type Database, type Tx } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import type { DataKeys } from '../platform/vault/index.ts'

/** Until the next night, in which the indexes' epoch turns, and a day for the turn itself. */
const EPOCH_TURN_DAYS = 2
const DAY_MS = 24 * 3_600_000

export interface EraseContact {
  readonly database: Database
  readonly blobs: Pick<Blobs, 'remove'>
  readonly keys: Pick<DataKeys, 'destroy' | 'destroyedSubjects' | 'living'>
  readonly clock: Clock
  readonly log: Log
  /** Where destructions stand outside of both databases. */
  readonly actsFile: string
  /** For how long backups keep what was destroyed: of the keys, or of both where they share a server. */
  readonly backupDays: number
}

export interface Erased {
  readonly keysDestroyed: number
  /** `YYYY-MM-DD`: from this day on no backup brings the data back. */
  readonly unreadableFrom: string
}

/**
 * Destroys a contact's keys and all that is derived from what they sealed. Resolves when no process can open anything of it any more.
 * Throws `not_found`, and `conflict` while something of the contact is in work. A repeated call goes on where the first one stopped.
 */
export const eraseContact = async (
  deps: EraseContact,
  { actor, by }: { actor: Actor; by: Origin },
  contactId: string,
): Promise<Erased> => {
  const { database, actsFile } = deps
  const act = await database.transaction(async (tx): Promise<Act> => {
    if (!(await maySeeContact(tx, actor, contactId))) throw new Failure('not_found')
    const found = await lockToErase(tx, contactId)
    if (found === null) throw new Failure('not_found')
    if (found.erasedAt !== null) throw new Failure('conflict', { detail: 'this contact was erased before' })
    if (await hasOpenWork(tx, contactId)) {
      throw new Failure('conflict', { detail: 'a request of this contact is in work: it has to be resolved first' })
    }
    const begun = actOf(deps, contactId, found.visitIds)
    const { unreadableFrom } = begun
    await beginErasure(tx, begun)
    audit(tx, { action: 'contact.erasure_began', by, object: { kind: 'contact', id: contactId }, details: { unreadableFrom } })
    return begun
  })
  await appendAct(actsFile, act)
  return { keysDestroyed: await carryOut(deps, act, by), unreadableFrom: act.unreadableFrom }
}

/** What derives from the keys first is read, then they go, then it goes. */
const carryOut = async (deps: EraseContact, act: Act, by: Origin): Promise<number> => {
  const { database, keys } = deps
  const found = await database.transaction((tx) => lockToErase(tx, act.contactId))
  const visitIds = [...new Set([...act.keyNames.filter((name) => name !== act.contactId), ...(found?.visitIds ?? [])])]
  const keysDestroyed = await keys.destroy('subject', [act.contactId, ...visitIds])
  await database.transaction((tx) => forget(deps, tx, { act, by, visitIds, found, keysDestroyed }))
  return keysDestroyed
}

interface Forgotten {
  readonly act: Act
  readonly by: Origin
  readonly visitIds: readonly string[]
  readonly found: ToErase | null
  readonly keysDestroyed: number
}

const forget = async (
  { blobs, clock }: EraseContact,
  tx: Tx,
  { act: { contactId, unreadableFrom }, by, visitIds, found, keysDestroyed }: Forgotten,
): Promise<void> => {
  const now = clock.now()
  const blobIds = [
    ...(await forgetConversations(tx, contactId)),
    ...(found === null ? [] : await forgetArrivals(tx, found.lookups, now)),
  ]
  await forgetRecipients(tx, contactId, now)
  await forgetVisits(tx, visitIds)
  await forgetContact(tx, contactId, now)
  await blobs.remove(tx, blobIds)
  await endErasure(tx, contactId, now)
  audit(tx, {
    action: 'contact.erased',
    by,
    object: { kind: 'contact', id: contactId },
    details: { keysDestroyed, files: blobIds.length, unreadableFrom },
  })
  for (const conversationId of await recentConversationsOf(tx, contactId))
    live(tx, { type: 'conversation.changed', conversationId })
}

/**
 * Carries out what a crash left half done, and again what a restore has brought back: acts of this database whose keys live, acts of the
 * file, and keys that the database of keys has as destroyed. The number of contacts that were erased by it.
 */
export const reapplyErasures = async (deps: EraseContact): Promise<number> => {
  const { database, keys, log, actsFile } = deps
  const [known, inFile, destroyed] = await Promise.all([
    actsInDatabase(database.read),
    actsInFile(actsFile, (line) => {
      log.error({ line }, 'a line of the file of erasures cannot be read')
    }),
    keys.destroyedSubjects(),
  ])
  const acts = new Map([...inFile, ...known].map((act) => [act.contactId, act]))
  const living = await keys.living(
    'subject',
    [...acts.values()].flatMap(({ keyNames }) => keyNames),
  )
  const undone = new Set(known.filter(({ isDone }) => !isDone).map(({ contactId }) => contactId))
  for (const act of acts.values()) if (act.keyNames.some((name) => living.has(name))) undone.add(act.contactId)
  for (const id of await comeBack(database.read, [...acts.keys(), ...destroyed])) undone.add(id)
  for (const contactId of undone) {
    // Else the database of keys alone remembers it.
    const act = acts.get(contactId) ?? actOf(deps, contactId, [])
    await database.transaction((tx) => beginErasure(tx, act))
    await carryOut(deps, act, SYSTEM_ORIGIN)
  }
  if (undone.size > 0) log.warn({ contacts: undone.size }, 'erasures were carried out again')
  return undone.size
}

/** An erasure that begins now. */
const actOf = ({ clock, backupDays }: EraseContact, contactId: string, visitIds: readonly string[]): Act => {
  const requestedAt = clock.now()
  return {
    contactId,
    keyNames: [contactId, ...visitIds],
    requestedAt,
    unreadableFrom: dayOf(new Date(requestedAt.getTime() + (EPOCH_TURN_DAYS + backupDays + 1) * DAY_MS)),
  }
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10)
