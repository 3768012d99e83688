import { reindexRecipients } from '../channels/index.ts'
import { reindexAddresses, reindexContacts } from '../contacts/index.ts'
import { reindexConversations, reindexMessages } from '../conversations/index.ts'
import { vaultOf, type Database } from '../platform/db.ts'
import type { IndexEpochs } from '../platform/vault/index.ts'

/** So many transactions of one kind at once; the next call goes on. */
const STEPS_MAX = 5_000

/**
 * Goes on with a turn of the indexes' epoch as far as it can: takes the announced epoch into use, makes the sums of older ones anew, and
 * destroys the keys of those that nothing is left of. Does nothing where no turn is on its way. True where all is done.
 */
export const turnIndexEpochs = async ({
  database,
  epochs,
}: {
  database: Pick<Database, 'read' | 'transaction'>
  epochs: IndexEpochs
}): Promise<boolean> => {
  await epochs.settle()
  const { current } = await vaultOf(database.read).indexes()
  for (const reindex of [reindexContacts, reindexAddresses, reindexRecipients, reindexConversations, reindexMessages]) {
    let isDone = false
    for (let step = 0; step < STEPS_MAX && !isDone; step++) {
      isDone = !(await database.transaction((tx) => reindex(tx, current)))
    }
    if (!isDone) return false
  }
  return epochs.drop()
}
