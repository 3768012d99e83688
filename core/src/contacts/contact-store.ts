import { CONTACT_ADDRESS_KINDS, type ContactView } from '@oco/contract'
import { z } from 'zod'
import { normalised, type Address } from '../kernel/address.ts'
import { present } from '../kernel/assert.ts'
import { newId } from '../kernel/ids.ts'
import { sql, vaultOf, type Db, type Tx } from '../platform/db.ts'
import { mayBePlain } from '../platform/sealed-tables.ts'
import {
  addressBeginnings,
  addressLookup,
  addressOfContact,
  nameBeginnings,
  nameOfContact,
  openTexts,
  placeIn,
  type EpochIndex,
  type Sealer,
} from '../platform/vault/index.ts'
import { nameFor } from './contact.ts'

export interface ResolvedContact {
  readonly id: string
  readonly displayName: string
  readonly created: boolean
}

/**
 * The contact of an address, made where there is none. Two processes that see the same new address at once end up with one contact:
 * the second waits for the first one's commit and takes its row.
 */
export const resolveContact = async (tx: Tx, sender: NewSender): Promise<ResolvedContact> => {
  const known = await findContact(tx, sender.from)
  return known ?? makeContact(tx, sender)
}

export interface NewSender {
  readonly from: Address
  readonly alsoKnownAs: readonly Address[]
  readonly demo: boolean
  readonly now: Date
}

/** For an address that `findContact` has not found. */
export const makeContact = async (tx: Tx, { from, alsoKnownAs, demo, now }: NewSender): Promise<ResolvedContact> => {
  const id = newId(now)
  const displayName = nameFor(from)
  const sealer = await vaultOf(tx).sealerFor('subject', [id])
  const name = await sealedName(tx, sealer, id, displayName)
  await tx
    .insertInto('contact')
    .values({ id, ...name, created_at: now, demo })
    .execute()
  if (!(await addAddress(tx, sealer, { contactId: id, address: from, now }))) {
    await tx.deleteFrom('contact').where('id', '=', id).execute()
    return present(await findContact(tx, from), 'the contact whose address is taken')
  }
  for (const address of alsoKnownAs) await addAddress(tx, sealer, { contactId: id, address, now })
  return { id, displayName, created: true }
}

/** The contact whose address it is; null where it is nobody's. */
export const findContact = async (tx: Tx, address: Address): Promise<ResolvedContact | null> => {
  const row = await tx
    .selectFrom('contact_address')
    .innerJoin('contact', 'contact.id', 'contact_address.contact_id')
    .select(['contact.id as contact_id', 'contact.display_name as contact_name', 'contact.sealed_name as sealed_contact_name'])
    .where(await isAddress(tx, address))
    .executeTakeFirst()
  if (row === undefined) return null
  const [displayName = ''] = await openTexts(() => vaultOf(tx), [nameOfContact(row)])
  return { id: row.contact_id, displayName, created: false }
}

/** Rows of before are found by the form itself, until they are sealed. */
const isAddress = async (tx: Tx, address: Address) => {
  const lookups = (await vaultOf(tx).indexes()).living.map((index) => addressLookup(index, address))
  const found = sql<boolean>`contact_address.lookup = any(${lookups})`
  if (!(await mayBePlain(tx, ['contact_address']))) return found
  const { kind } = address
  return sql<boolean>`(${found} or contact_address.kind = ${kind} and contact_address.normalised = ${normalised(address)})`
}

interface NewAddress {
  readonly contactId: string
  readonly address: Address
  readonly now: Date
}

/** False where the address is somebody's already. */
const addAddress = async (tx: Tx, sealer: Sealer, { contactId, address, now }: NewAddress): Promise<boolean> => {
  await lockAddress(tx, address)
  const known = await tx
    .selectFrom('contact_address')
    .select('id')
    .where(await isAddress(tx, address))
    .executeTakeFirst()
  if (known !== undefined) return false
  const id = newId(now)
  const row = await tx
    .insertInto('contact_address')
    .values({ id, contact_id: contactId, kind: address.kind, ...(await sealedAddress(tx, sealer, { id, contactId, address })) })
    .onConflict((conflict) => conflict.constraint('contact_address_lookup_unique').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Two processes that see the same new address at once may write it under two epochs, where no constraint holds them apart: the second
 * waits for the first here.
 */
const lockAddress = async (tx: Tx, address: Address): Promise<void> => {
  const [oldest] = (await vaultOf(tx).indexes()).living
  const key = oldest === undefined ? 0n : addressLookup(oldest, address).readBigInt64BE()
  await sql`select pg_advisory_xact_lock(${key.toString()}::bigint)`.execute(tx)
}

export const sealedName = async (tx: Tx, sealer: Sealer, id: string, name: string) => {
  const { current } = await vaultOf(tx).indexes()
  return {
    display_name: null,
    sealed_name: sealer.seal(id, placeIn('contact', 'name', id), name),
    search_terms: sql<number[]>`${current.terms('names', nameBeginnings(name))}::bigint[]`,
    index_epoch: current.epoch,
  }
}

export const sealedNote = (sealer: Sealer, id: string, note: string) => ({
  note: null,
  sealed_note: note === '' ? null : sealer.seal(id, placeIn('contact', 'note', id), note),
})

export const sealedAddress = async (
  tx: Tx,
  sealer: Sealer,
  { id, contactId, address }: { id: string; contactId: string; address: Address },
) => {
  const { current } = await vaultOf(tx).indexes()
  return {
    value: null,
    normalised: null,
    sealed_value: sealer.seal(contactId, placeIn('contact_address', 'value', id), address.value),
    ...addressSums(current, address),
  }
}

export const addressSums = (index: EpochIndex, address: Address) => ({
  lookup: addressLookup(index, address),
  search_terms: sql<number[]>`${index.terms('addresses', addressBeginnings(address))}::bigint[]`,
  index_epoch: index.epoch,
})

export const contactView = async (db: Db, id: string): Promise<ContactView | null> => {
  const [row, addresses] = await Promise.all([
    db
      .selectFrom('contact')
      .select(['id as contact_id', 'display_name as contact_name', 'sealed_name as sealed_contact_name'])
      .select(['note', 'sealed_note', 'created_at', 'erased_at', 'version'])
      .select(sql<number>`(select count(*) from conversation where conversation.contact_id = contact.id)`.as('conversations'))
      .where('id', '=', id)
      .executeTakeFirst(),
    db
      .selectFrom('contact_address')
      .select(['id', 'contact_id', 'kind', 'value', 'sealed_value'])
      .where('contact_id', '=', id)
      .orderBy('id')
      .execute(),
  ])
  if (row === undefined) return null
  const [displayName = '', note = '', ...values] = await openTexts(
    () => vaultOf(db),
    [
      nameOfContact(row),
      { subjectId: id, place: placeIn('contact', 'note', id), plain: row.note, sealed: row.sealed_note },
      ...addresses.map(addressOfContact),
    ],
  )
  return {
    id,
    displayName,
    addresses: addresses.map(({ kind }, index) => ({ kind: addressKind.parse(kind), value: values[index] ?? '' })),
    note,
    createdAt: row.created_at.toISOString(),
    erasedAt: row.erased_at?.toISOString() ?? null,
    conversationCount: row.conversations,
    version: row.version,
  }
}

export const addressKind = z.enum(CONTACT_ADDRESS_KINDS)

/** The contact's address of a kind, the one known longest. */
export const addressOf = async (db: Db, contactId: string, kind: Address['kind']): Promise<string | null> => {
  const row = await db
    .selectFrom('contact_address')
    .select(['id', 'contact_id', 'value', 'sealed_value'])
    .where('contact_id', '=', contactId)
    .where('kind', '=', kind)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return null
  const [value = ''] = await openTexts(() => vaultOf(db), [addressOfContact(row)])
  return value === '' ? null : value
}

/** False where the row has another version by now, or is gone. Throws `key_destroyed` for a contact that was erased. */
export const changeContactRow = async (
  tx: Tx,
  id: string,
  change: { displayName?: string | undefined; note?: string | undefined; version: number },
): Promise<boolean> => {
  const sealer = await vaultOf(tx).sealerFor('subject', [id])
  const result = await tx
    .updateTable('contact')
    .set({
      ...(change.displayName === undefined ? {} : await sealedName(tx, sealer, id, change.displayName)),
      ...(change.note === undefined ? {} : sealedNote(sealer, id, change.note)),
      version: change.version + 1,
    })
    .where('id', '=', id)
    .where('version', '=', change.version)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
