import type { BlobPlace, BlobsConfig } from '../../config/blobs-config.ts'
import { present } from '../../kernel/assert.ts'
import type { Clock } from '../../kernel/clock.ts'
import { StartFault } from '../../kernel/start-fault.ts'
import { BlobFault } from '../blob-fault.ts'
import type { ChunkStore, Namespace } from '../chunk-store.ts'
import { sql, type Db } from '../db.ts'
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

/**
 * Throws a StartFault where blobs lie in a place that is not configured, in one that refuses us, or in one that holds nothing of this
 * database: a folder that is not mounted, another bucket. A store that does not answer now is told to `onUnavailable`: it may come back.
 */
export const checkBlobPlaces = async (
  db: Db,
  { stores, onUnavailable }: { stores: readonly ChunkStore[]; onUnavailable: (fault: BlobFault) => void },
): Promise<void> => {
  for (const place of BLOB_PLACES_OUTSIDE) {
    const used = await isUsed(db, place)
    const store = stores.find((one) => one.place === place)
    const state = store === undefined ? 'unnamed' : await stateOf(store)
    if (state instanceof BlobFault) {
      if (state.code !== 'store_unavailable') throw fault(`no blobs can lie in the place ${place}: ${state.message}`, state)
      onUnavailable(state)
    }
    if (!used) continue
    if (state === 'unnamed') {
      throw fault(`attachments lie in the place ${place}, which OCO_BLOBS does not name: add it after the first`)
    }
    if (state === 'empty') {
      throw fault(
        `attachments lie in the place ${place}, where nothing of this database is: is it the right one, and mounted? (OCO_BLOBS)`,
      )
    }
  }
}

const BLOB_PLACES_OUTSIDE = ['folder', 's3'] as const satisfies readonly BlobPlace[]

const isUsed = async (db: Db, place: BlobPlace): Promise<boolean> => {
  const blob = await db
    .selectFrom('blob')
    .select('id')
    .where('place', '=', place)
    // Said for the index, which has no blob of the table.
    .where('place', '<>', sql.lit('table'))
    .where('chunk_count', '>', 0)
    .limit(1)
    .executeTakeFirst()
  return blob !== undefined
}

const stateOf = async (store: ChunkStore): Promise<'empty' | 'filled' | BlobFault> => {
  try {
    return (await store.probe()) ? 'filled' : 'empty'
  } catch (error) {
    if (error instanceof BlobFault) return error
    throw error
  }
}

const fault = (line: string, cause?: BlobFault): StartFault =>
  new StartFault('configuration', line, cause === undefined ? {} : { cause })

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
