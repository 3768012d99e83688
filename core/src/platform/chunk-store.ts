import type { BlobPlace } from '../config/blobs-config.ts'
import type { Db, Tx } from './db.ts'

/**
 * Where chunks lie. It knows nothing of which blobs exist: the row `blob` alone decides that. A store outside of the database takes no
 * part in transactions: what was put by one that is rolled back stays there until it is swept.
 */
export interface ChunkStore {
  readonly place: BlobPlace
  /** So many chunks of one blob may be put, or got, at a time. */
  readonly atOnceMax: number
  /** Whether anything of this database lies here. Throws a BlobFault where nobody can tell. */
  probe(): Promise<boolean>
  /** A chunk is written once. Chunks of one blob may be put side by side and in any order; nobody sees half of one. */
  put(tx: Tx, blobId: string, position: number, bytes: Uint8Array): Promise<void>
  /** After the last `put` and before the row `blob`: comes back when everything that was put survives a loss of power. */
  settle(blobId: string): Promise<void>
  /** Null where there is none; throws a BlobFault where nobody can tell. */
  get(db: Db, blobId: string, position: number): Promise<Uint8Array | null>
  /** Everything of these blobs, whose rows are gone. Nothing there is no failure. */
  remove(blobIds: readonly string[]): Promise<void>
  /** Ids of whatever lies outside of the database under a blob begun before that time, halves too. Lazy: a caller takes some at a time. */
  lying(before: Date): AsyncIterable<string>
}

/** The id of this database in a shared place; asked for once it is needed. */
export type Namespace = () => Promise<string>
