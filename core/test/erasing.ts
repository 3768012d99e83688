import { join } from 'node:path'
import type { EraseContact } from '../src/flow/erase-contact.ts'
import type { Blobs } from '../src/platform/blobs.ts'
import type { TestDatabase } from './harness.ts'

/** What erasing needs, over a test's database; acts in a file of this folder. */
export const testErasing = async (db: TestDatabase, blobs: Blobs, folder = '/nonexistent'): Promise<EraseContact> => ({
  ...{ database: db.database, blobs, keys: await db.vault.keys(), clock: db.clock, log: db.log },
  ...{ actsFile: join(folder, 'erasures.jsonl'), backupDays: 14 },
})
