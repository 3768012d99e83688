import type { Place } from '@oco/security'
import type { Sealer, Vault } from './vault.ts'

/** Where a sealed value belongs: it opens in this column of this row and nowhere else. */
export const placeIn = (table: string, column: string, id: string): Place => [table, column, id]

/** A text as its row has it: plain in rows of before, else sealed under the key of `subjectId`. Both null: there is none. */
export interface StoredText {
  readonly subjectId: string
  readonly place: Place
  readonly plain: string | null
  readonly sealed: Buffer | null
}

/** A contact's name, for whoever joins the contact to rows of its own. */
export const nameOfContact = (row: {
  readonly contact_id: string
  readonly contact_name: string | null
  readonly sealed_contact_name: Buffer | null
}): StoredText => ({
  subjectId: row.contact_id,
  place: placeIn('contact', 'name', row.contact_id),
  plain: row.contact_name,
  sealed: row.sealed_contact_name,
})

/** An address of a contact, for whoever reads `contact_address`. */
export const addressOfContact = (row: {
  readonly id: string
  readonly contact_id: string
  readonly value: string | null
  readonly sealed_value: Buffer | null
}): StoredText => ({
  subjectId: row.contact_id,
  place: placeIn('contact_address', 'value', row.id),
  plain: row.value,
  sealed: row.sealed_value,
})

/** What an erasure leaves in a column that must have something sealed: nothing, under no key. */
export const NOTHING_SEALED = Buffer.alloc(0)

/** Opens stored texts; asks for keys only where something is sealed. What was erased is an empty text. */
export const openTexts = async (vault: () => Vault, stored: readonly StoredText[]): Promise<string[]> => {
  const subjects = stored.flatMap(({ sealed, subjectId }) => (sealed === null ? [] : [subjectId]))
  const sealer = subjects.length === 0 ? null : await vault().sealer('subject', subjects)
  return stored.map((each) => openText(sealer, each))
}

const openText = (sealer: Sealer | null, { subjectId, place, plain, sealed }: StoredText): string => {
  if (sealed === null || sealer === null) return plain ?? ''
  return sealer.open(subjectId, place, sealed) ?? ''
}

/** The same for one text that may be of any length; null where there is none, or it was erased. */
export const openLongText = async (
  vault: () => Vault,
  { subjectId, place, plain, sealed }: StoredText,
): Promise<string | null> => {
  if (sealed === null) return plain
  return (await vault().sealer('subject', [subjectId])).openLong(subjectId, place, sealed)
}
