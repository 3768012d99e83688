import { CONTACT_ADDRESS_KINDS, type ContactView } from '@oco/contract'
import { z } from 'zod'
import { present } from '../kernel/assert.ts'
import { newId } from '../kernel/ids.ts'
import { sql, type Db, type Tx } from '../platform/db.ts'
import { nameFor, normalised, type Address } from './contact.ts'

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
  await tx.insertInto('contact').values({ id, display_name: displayName, created_at: now, demo }).execute()
  if (!(await addAddress(tx, id, from, now))) {
    await tx.deleteFrom('contact').where('id', '=', id).execute()
    return present(await findContact(tx, from), 'the contact whose address is taken')
  }
  for (const address of alsoKnownAs) await addAddress(tx, id, address, now)
  return { id, displayName, created: true }
}

/** The contact whose address it is; null where it is nobody's. */
export const findContact = async (tx: Tx, address: Address): Promise<ResolvedContact | null> => {
  const row = await tx
    .selectFrom('contact_address')
    .innerJoin('contact', 'contact.id', 'contact_address.contact_id')
    .select(['contact.id', 'contact.display_name'])
    .where('contact_address.kind', '=', address.kind)
    .where('contact_address.normalised', '=', normalised(address))
    .executeTakeFirst()
  return row === undefined ? null : { id: row.id, displayName: row.display_name, created: false }
}

/** False where the address is somebody's already. */
const addAddress = async (tx: Tx, contactId: string, address: Address, now: Date): Promise<boolean> => {
  const row = await tx
    .insertInto('contact_address')
    .values({
      id: newId(now),
      contact_id: contactId,
      kind: address.kind,
      value: address.value,
      normalised: normalised(address),
    })
    .onConflict((conflict) => conflict.constraint('contact_address_unique').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export const contactView = async (db: Db, id: string): Promise<ContactView | null> => {
  const row = await db
    .selectFrom('contact')
    .select(['id', 'display_name', 'note', 'created_at', 'version'])
    .select(sql<number>`(select count(*) from conversation where conversation.contact_id = contact.id)`.as('conversations'))
    .select(
      sql<unknown>`(select coalesce(json_agg(json_build_object('kind', address.kind, 'value', address.value) order by address.id), '[]')
        from contact_address as address where address.contact_id = contact.id)`.as('addresses'),
    )
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    id: row.id,
    displayName: row.display_name,
    addresses: addressRows.parse(row.addresses),
    note: row.note,
    createdAt: row.created_at.toISOString(),
    conversationCount: row.conversations,
    version: row.version,
  }
}

const addressRows = z.array(z.object({ kind: z.enum(CONTACT_ADDRESS_KINDS), value: z.string() }))

/** The contact's address of a kind, the one known longest. */
export const addressOf = async (db: Db, contactId: string, kind: Address['kind']): Promise<string | null> => {
  const row = await db
    .selectFrom('contact_address')
    .select('value')
    .where('contact_id', '=', contactId)
    .where('kind', '=', kind)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row?.value ?? null
}

/** False where the row has another version by now, or is gone. */
export const changeContactRow = async (
  tx: Tx,
  id: string,
  change: { displayName?: string | undefined; note?: string | undefined; version: number },
): Promise<boolean> => {
  const result = await tx
    .updateTable('contact')
    .set({
      ...(change.displayName === undefined ? {} : { display_name: change.displayName }),
      ...(change.note === undefined ? {} : { note: change.note }),
      version: change.version + 1,
    })
    .where('id', '=', id)
    .where('version', '=', change.version)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
