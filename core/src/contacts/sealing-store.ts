import { sql, vaultOf, type Tx } from '../platform/db.ts'
import { addressOfContact, nameBeginnings, nameOfContact, openTexts, type EpochIndex } from '../platform/vault/index.ts'
import { addressKind, addressSums, sealedAddress, sealedName, sealedNote } from './contact-store.ts'

/** So many rows of before are sealed in one transaction. */
const SEALED_AT_ONCE = 100

/** Seals names and notes of some contacts of before; true where there may be more. */
export const sealOldContacts = async (tx: Tx): Promise<boolean> => {
  const rows = await tx
    .selectFrom('contact')
    .select(['id', 'display_name', 'note'])
    .where((where) => where.or([where('display_name', 'is not', null), where('note', 'is not', null)]))
    .orderBy('id')
    .limit(SEALED_AT_ONCE)
    .forUpdate()
    .skipLocked()
    .execute()
  const sealer = await vaultOf(tx).sealerFor(
    'subject',
    rows.map(({ id }) => id),
  )
  for (const { id, display_name: name, note } of rows) {
    await tx
      .updateTable('contact')
      .set({
        ...(name === null ? {} : await sealedName(tx, sealer, id, name)),
        ...(note === null ? {} : sealedNote(sealer, id, note)),
      })
      .where('id', '=', id)
      .execute()
  }
  return rows.length > 0
}

/** The same for addresses. */
export const sealOldAddresses = async (tx: Tx): Promise<boolean> => {
  const rows = await tx
    .selectFrom('contact_address')
    .select(['id', 'contact_id', 'kind', 'value'])
    .where('value', 'is not', null)
    .orderBy('id')
    .limit(SEALED_AT_ONCE)
    .forUpdate()
    .skipLocked()
    .execute()
  const sealer = await vaultOf(tx).sealerFor('subject', [...new Set(rows.map((row) => row.contact_id))])
  for (const { id, contact_id: contactId, kind, value } of rows) {
    const address = { kind: addressKind.parse(kind), value: value ?? '' }
    await tx
      .updateTable('contact_address')
      .set(await sealedAddress(tx, sealer, { id, contactId, address }))
      .where('id', '=', id)
      .execute()
  }
  return rows.length > 0
}

const REINDEXED_AT_ONCE = 200

/** Makes the terms of some names anew that are of an older epoch; true where there may be more. */
export const reindexContacts = async (tx: Tx, index: EpochIndex): Promise<boolean> => {
  const rows = await tx
    .selectFrom('contact')
    .select(['id as contact_id', 'display_name as contact_name', 'sealed_name as sealed_contact_name'])
    .where('index_epoch', '<', index.epoch)
    .limit(REINDEXED_AT_ONCE)
    .forUpdate()
    .skipLocked()
    .execute()
  const names = await openTexts(() => vaultOf(tx), rows.map(nameOfContact))
  for (const [place, { contact_id: id, sealed_contact_name: sealed }] of rows.entries()) {
    const name = names[place] ?? ''
    const terms = sealed === null || name === '' ? null : index.terms('names', nameBeginnings(name))
    await tx
      .updateTable('contact')
      .set({ index_epoch: index.epoch, search_terms: sql`${terms}::bigint[]` })
      .where('id', '=', id)
      .execute()
  }
  return rows.length > 0
}

/** The same for addresses. One whose contact was erased elsewhere than here cannot be found any more, and goes. */
export const reindexAddresses = async (tx: Tx, index: EpochIndex): Promise<boolean> => {
  const rows = await tx
    .selectFrom('contact_address')
    .select(['id', 'contact_id', 'kind', 'value', 'sealed_value'])
    .where('index_epoch', '<', index.epoch)
    .limit(REINDEXED_AT_ONCE)
    .forUpdate()
    .skipLocked()
    .execute()
  const values = await openTexts(() => vaultOf(tx), rows.map(addressOfContact))
  for (const [place, { id, kind, sealed_value: sealed }] of rows.entries()) {
    const value = values[place] ?? ''
    if (sealed === null) await tx.updateTable('contact_address').set({ index_epoch: index.epoch }).where('id', '=', id).execute()
    else if (value === '') await tx.deleteFrom('contact_address').where('id', '=', id).execute()
    else {
      const sums = addressSums(index, { kind: addressKind.parse(kind), value })
      await tx.updateTable('contact_address').set(sums).where('id', '=', id).execute()
    }
  }
  return rows.length > 0
}
