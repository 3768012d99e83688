import { z } from 'zod'
import { vaultOf, type Db, type Tx } from './db.ts'
import { KEY_KINDS, type KeyName, type StoredContentKey } from './vault/index.ts'

/** Of those of the blobs that are sealed. */
export const sealedKeysOf = async (db: Db, ids: readonly string[]): Promise<StoredContentKey[]> => {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('blob')
    .select(['id', 'owner_kind', 'owner_name', 'sealed_key'])
    .where('id', 'in', ids)
    .execute()
  return rows.flatMap((row) => sealedKeyOf(row) ?? [])
}

interface KeyColumns {
  readonly id: string
  readonly owner_kind: string | null
  readonly owner_name: string | null
  readonly sealed_key: Buffer | null
}

export const sealedKeyOf = (row: KeyColumns): StoredContentKey | null =>
  row.sealed_key === null
    ? null
    : {
        blobId: row.id,
        owner: { kind: keyKind.parse(row.owner_kind), name: row.owner_name ?? '' },
        sealedKey: row.sealed_key,
      }

const keyKind = z.enum(KEY_KINDS)

/** Blobs that are this owner's from now on; how many. Those of before, and those whose owner was erased, stay as they are. */
export const handOverBlobs = async (tx: Tx, ids: readonly string[], owner: KeyName): Promise<number> => {
  let handed = 0
  for (const stored of await sealedKeysOf(tx, ids)) {
    const sealedKey = await vaultOf(tx).contents.handOver(stored, owner)
    if (sealedKey === null) continue
    await tx
      .updateTable('blob')
      .set({ owner_kind: owner.kind, owner_name: owner.name, sealed_key: sealedKey })
      .where('id', '=', stored.blobId)
      .execute()
    handed++
  }
  return handed
}
