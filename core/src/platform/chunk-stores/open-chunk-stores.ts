import type { BlobPlace, BlobsConfig } from '../../config/blobs-config.ts'
import { present } from '../../kernel/assert.ts'
import type { Clock } from '../../kernel/clock.ts'
import { StartFault } from '../../kernel/start-fault.ts'
import type { ChunkStore, Namespace } from '../chunk-store.ts'
import type { Db } from '../db.ts'
import { folderChunks } from './folder-chunks.ts'
import { s3Chunks } from './s3-chunks.ts'
import { createS3Client } from './s3-client.ts'
import { tableChunks } from './table-chunks.ts'

/** The stores of this configuration, that of new blobs first; the table is among them always. */
export const openChunkStores = (
  { places, folder, s3 }: BlobsConfig,
  { db, clock }: { db: Db; clock: Clock },
): readonly [ChunkStore, ...ChunkStore[]] => {
  const namespace = namespaceOf(db)
  const open: Record<BlobPlace, () => ChunkStore> = {
    table: tableChunks,
    folder: () => folderChunks({ root: present(folder, 'the folder of blobs'), namespace }),
    s3: () => s3Chunks({ client: createS3Client(present(s3, 'the store of blobs'), { clock }), namespace }),
  }
  const [first, ...others] = places
  const rest = places.includes('table') ? others : [...others, 'table' as const]
  return [open[first](), ...rest.map((place) => open[place]())]
}

/** Throws where there are blobs in a place that is not configured: nobody could read them. */
export const checkBlobPlaces = async (db: Db, stores: readonly ChunkStore[]): Promise<void> => {
  const stray = await db
    .selectFrom('blob')
    .select('place')
    // Said for the index, which has no blob of the table.
    .where('place', '<>', 'table')
    .where('place', 'not in', ['table', ...stores.map(({ place }) => place)])
    .limit(1)
    .executeTakeFirst()
  if (stray === undefined) return
  throw new StartFault(
    'configuration',
    `attachments lie in the place ${stray.place}, which OCO_BLOBS does not name: add it after the first`,
  )
}

/** Asked for once; again where that failed. */
const namespaceOf = (db: Db): Namespace => {
  let asked: Promise<string> | null = null
  return () => {
    asked ??= db
      .selectFrom('blob_namespace')
      .select('id')
      .executeTakeFirstOrThrow()
      .then(
        ({ id }) => id,
        (error: unknown) => {
          asked = null
          throw error
        },
      )
    return asked
  }
}
