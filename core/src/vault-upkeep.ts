import {
  drainedBefore,
  drainedDays,
  renewIntake,
  sealOldLetters,
  sealOldPayloads,
  sealOldRecipients,
  sealOldVisits,
} from './channels/index.ts'
import { sealOldAddresses, sealOldContacts } from './contacts/index.ts'
import { sealOldConversations, sealOldDrafts, sealOldFiles, sealOldMessages, sealOldReasons } from './conversations/index.ts'
import { wasErasedSince } from './erasures/index.ts'
import { turnIndexEpochs } from './flow/turn-index-epochs.ts'
import type { Clock } from './kernel/clock.ts'
import type { Blobs } from './platform/blobs.ts'
import type { Database, Tx } from './platform/db.ts'
import type { Log } from './platform/log.ts'
import type { PeriodicWork } from './platform/periodic.ts'
import { rewriteSealedTables } from './platform/sealed-tables.ts'
import type { DataKeys, IndexEpochs } from './platform/vault/index.ts'

export interface VaultChoreDeps {
  readonly database: Database
  readonly blobs: Blobs
  readonly keys: Pick<DataKeys, 'destroy' | 'intakeDaysBefore' | 'rewrapSome'>
  readonly epochs: IndexEpochs
  readonly clock: Clock
  readonly log: Log
}

/** Each seals some rows that were written before there was a vault. */
const seals = (blobs: Blobs, clock: Clock): ((tx: Tx) => Promise<boolean>)[] => [
  (tx) => sealOldPayloads(tx, blobs, clock.now()),
  (tx) => sealOldLetters(tx, blobs, clock.now()),
  sealOldContacts,
  sealOldVisits,
  sealOldAddresses,
  sealOldRecipients,
  sealOldMessages,
  sealOldReasons,
  sealOldConversations,
  sealOldDrafts,
  sealOldFiles(blobs),
]

/** What the keys of data ask for, all of it resumable: whatever a process leaves undone, another one goes on with. */
export const vaultChores = ({ database, blobs, keys, epochs, clock, log }: VaultChoreDeps): PeriodicWork[] => [
  {
    name: 'rewrapping of keys',
    cron: '* * * * *',
    run: () => untilDone(keys.rewrapSome),
  },
  {
    name: 'sealing of rows of before',
    cron: '* * * * *',
    run: async () => {
      for (const seal of seals(blobs, clock)) await untilDoneAtEase(clock, () => database.transaction(seal))
    },
  },
  {
    name: 'epochs of the indexes',
    cron: '* * * * *',
    run: async () => {
      await turnIndexEpochs({ database, epochs })
    },
  },
  {
    name: 'the next epoch of the indexes',
    cron: '7 2 * * *',
    run: async () => {
      // What backups have of the indexes can be tried against a dictionary for as long as the keys of their epoch are somewhere.
      if (await wasErasedSince(database.read, await epochs.currentSince())) await epochs.announce()
    },
  },
  {
    name: 'keys of days',
    cron: '11 * * * *',
    run: async () => {
      await renewIntake(database, clock.now())
      const days = await drainedDays(database.read, await keys.intakeDaysBefore(drainedBefore(clock.now())))
      if (days.length > 0) await keys.destroy('intake', days)
    },
  },
  {
    name: 'rewriting of sealed tables',
    cron: '31 3 * * *',
    run: async () => {
      for (const table of await rewriteSealedTables(database, clock.now())) log.info({ table }, 'no plain text is left in it')
    },
  },
]

const STEPS_MAX = 1_000

/** Small transactions instead of one large one: each says whether there may be more. */
export const untilDone = async (step: () => Promise<boolean>): Promise<void> => {
  for (let done = 0; done < STEPS_MAX && (await step()); done++);
}

/** The same for work of hours: after each step it rests for as long as that took, so that people are served meanwhile. */
const untilDoneAtEase = (clock: Clock, step: () => Promise<boolean>): Promise<void> =>
  untilDone(async () => {
    const startedMs = clock.monotonicMs()
    const more = await step()
    if (more) await new Promise((resolve) => setTimeout(resolve, clock.monotonicMs() - startedMs))
    return more
  })
