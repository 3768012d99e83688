import type { Address } from '../kernel/address.ts'
import { sql, vaultOf, type Db } from '../platform/db.ts'
import { addressLookup, addressOfContact, nameOfContact, openTexts } from '../platform/vault/index.ts'

/**
 * Who takes part in a conversation: its contact, and whoever an answer in it has been addressed to. Others may have written in it,
 * because they were sent a letter of it; nobody has chosen to talk to them.
 */

/** So many writers are looked at, and offered as somebody to answer; in a thread of more, the ones who wrote last. */
const WRITERS_MAX = 20

/** The contact who wrote last of those who take part; null where none of them has written. */
export const lastParticipantOf = async (db: Db, conversationId: string): Promise<string | null> => {
  const { rows: writers } = await sql<{ contact_id: string; is_own: boolean }>`
    select message.contact_id, bool_or(message.contact_id = conversation.contact_id) as is_own
    from message
      join conversation on conversation.id = message.conversation_id
    where message.conversation_id = ${conversationId} and message.kind = 'inbound' and message.contact_id is not null
    group by message.contact_id
    order by max(message.sequence) desc
    limit ${WRITERS_MAX}`.execute(db)
  const others = writers.filter(({ is_own: isOwn }) => !isOwn).map((writer) => writer.contact_id)
  if (writers[0]?.is_own !== false) return writers[0]?.contact_id ?? null
  const isAddressed = await addressedIn(db, conversationId, ['outbound'])
  const addresses = await addressesOf(db, others)
  const taking = new Set(addresses.filter(isAddressed).map(({ contactId }) => contactId))
  return writers.find((writer) => writer.is_own || taking.has(writer.contact_id))?.contact_id ?? null
}

/** Whether anything of the conversation has been addressed there. */
export const wasAddressed = async (db: Db, conversationId: string, address: Address): Promise<boolean> =>
  (await addressedIn(db, conversationId, ['outbound', 'event']))(address)

interface RecipientRow {
  readonly kind: Address['kind']
  /** Of a row of before; null where it is sealed and has its look-up. */
  readonly value: string | null
  readonly lookup: Buffer | null
}

/** Whether something of these kinds has been addressed to an address. */
const addressedIn = async (
  db: Db,
  conversationId: string,
  kinds: readonly string[],
): Promise<(address: Pick<Address, 'kind' | 'value'>) => boolean> => {
  const { rows } = await sql<RecipientRow>`
    select distinct outbox.recipient_kind as kind, outbox.recipient as value, outbox.recipient_lookup as lookup
    from outbox join message on message.id = outbox.message_id
    where message.conversation_id = ${conversationId} and message.kind = any(${kinds})`.execute(db)
  const { current, living } = await vaultOf(db).indexes()
  const found = new Set(
    rows.map(({ kind, value, lookup }) => (value === null ? lookup : addressLookup(current, { kind, value }))?.toString('hex')),
  )
  return (address) => living.some((index) => found.has(addressLookup(index, address).toString('hex')))
}

interface KnownAddress extends AddressRow {
  readonly kind: Address['kind']
}

const addressesOf = async (
  db: Db,
  contactIds: readonly string[],
): Promise<{ contactId: string; kind: Address['kind']; value: string }[]> => {
  const { rows } = await sql<KnownAddress>`
    select contact_id, kind, id, value, sealed_value from contact_address
    where contact_id = any(${contactIds}::uuid[])`.execute(db)
  const values = await openTexts(() => vaultOf(db), rows.map(addressOfContact))
  return rows.map(({ contact_id: contactId, kind }, index) => ({ contactId, kind, value: values[index] ?? '' }))
}

/** Whether the contact has written in the conversation, as a participant or not. */
export const hasWrittenIn = async (db: Db, conversationId: string, contactId: string): Promise<boolean> => {
  const row = await db
    .selectFrom('message')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .where('contact_id', '=', contactId)
    .where('kind', '=', 'inbound')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export interface Writer {
  readonly contactId: string
  readonly displayName: string
  readonly address: string
}

/** Everybody with an e-mail address who has written in the conversation, whoever wrote last first. */
export const writersOf = async (db: Db, conversationId: string): Promise<Writer[]> => {
  const { rows } = await sql<WriterRow>`
    select contact.id as contact_id, contact.display_name as contact_name, contact.sealed_name as sealed_contact_name,
      address.id, address.value, address.sealed_value
    from (
      select contact_id, max(sequence) as last from message
      where conversation_id = ${conversationId} and kind = 'inbound' group by contact_id
    ) as writer
      join contact on contact.id = writer.contact_id
      join lateral (
        select id, value, sealed_value from contact_address
        where contact_id = contact.id and kind = 'email' order by id limit 1
      ) as address on true
    order by writer.last desc
    limit ${WRITERS_MAX}`.execute(db)
  const texts = await openTexts(
    () => vaultOf(db),
    rows.flatMap((row) => [nameOfContact(row), addressOfContact(row)]),
  )
  return rows
    .map((row, index) => ({
      contactId: row.contact_id,
      displayName: texts[2 * index] ?? '',
      address: texts[2 * index + 1] ?? '',
    }))
    .filter(({ address }) => address !== '')
}

interface AddressRow {
  readonly contact_id: string
  readonly id: string
  readonly value: string | null
  readonly sealed_value: Buffer | null
}

interface WriterRow extends AddressRow {
  readonly contact_name: string | null
  readonly sealed_contact_name: Buffer | null
}
