import { sql, vaultOf, type Tx } from '../platform/db.ts'
import { addressOfContact, NOTHING_SEALED, openTexts } from '../platform/vault/index.ts'

export interface ToErase {
  /** Of its visits of the web chat. */
  readonly visitIds: readonly string[]
  /** What its addresses are found by. */
  readonly lookups: readonly Buffer[]
  readonly erasedAt: Date | null
}

/** Of a contact, locked until the transaction ends; null where there is none. */
export const lockToErase = async (tx: Tx, contactId: string): Promise<ToErase | null> => {
  const contact = await tx.selectFrom('contact').select('erased_at').where('id', '=', contactId).forUpdate().executeTakeFirst()
  if (contact === undefined) return null
  const rows = await tx
    .selectFrom('contact_address')
    .select(['id', 'contact_id', 'kind', 'value', 'sealed_value', 'lookup'])
    .where('contact_id', '=', contactId)
    .execute()
  const visits = rows.filter(({ kind }) => kind === 'visitor')
  const visitIds = await openTexts(() => vaultOf(tx), visits.map(addressOfContact))
  return {
    visitIds: visitIds.filter((id) => id !== ''),
    lookups: rows.flatMap(({ lookup }) => lookup ?? []),
    erasedAt: contact.erased_at,
  }
}

/** Leaves of a contact its row alone, which its conversations belong to, without a name. */
export const forgetContact = async (tx: Tx, contactId: string, now: Date): Promise<void> => {
  await tx.deleteFrom('contact_address').where('contact_id', '=', contactId).execute()
  await tx
    .updateTable('contact')
    .set({
      ...{ display_name: null, note: null, sealed_note: null, search_terms: null, erased_at: now },
      sealed_name: NOTHING_SEALED,
      version: sql`version + 1`,
    })
    .where('id', '=', contactId)
    .execute()
}
