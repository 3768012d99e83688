import type { ChunkStore } from '../chunk-store.ts'

/** The default: a table, so that one backup and one replication cover attachments too. Chunks come and go with their blob's row. */
export const tableChunks = (): ChunkStore => ({
  place: 'table',
  atOnceMax: 1,
  probe: () => Promise.resolve(true),
  async put(tx, blobId, position, bytes) {
    await tx
      .insertInto('blob_chunk')
      .values({ blob_id: blobId, position, bytes: Buffer.from(bytes) })
      .execute()
  },
  settle: () => Promise.resolve(),
  async get(db, blobId, position) {
    const row = await db
      .selectFrom('blob_chunk')
      .select('bytes')
      .where('blob_id', '=', blobId)
      .where('position', '=', position)
      .executeTakeFirst()
    return row?.bytes ?? null
  },
  remove: () => Promise.resolve(),
  async *lying() {
    // Nothing of the table is ever outside of the database.
    yield* []
  },
})
