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
import {
  purgeUploads,
  sealOldConversations,
  sealOldDrafts,
  sealOldFiles,
  sealOldMessages,
  sealOldReasons,
} from './conversations/index.ts'
import type { Clock } from './kernel/clock.ts'
import type { Blobs } from './platform/blobs.ts'
import { hasStrayAuditEvents, makeAuditPartitions } from './platform/audit-partitions.ts'
import type { Database, Tx } from './platform/db.ts'
import { purgeLiveRows } from './platform/live.ts'
import type { Log } from './platform/log.ts'
import { rewriteSealedTables } from './platform/sealed-tables.ts'
import type { DataKeys } from './platform/vault/index.ts'
import type { PeriodicWork } from './platform/periodic.ts'
import { purgeExpired } from './sessions/index.ts'

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

export interface Chores {
  /** What must be done before anything is recorded. */
  atStart(): Promise<void>
  readonly periodic: PeriodicWork[]
}

/** What the product tidies by itself. */
export const createChores = ({
  database,
  blobs,
  keys,
  clock,
  log,
}: {
  database: Database
  blobs: Blobs
  keys: Pick<DataKeys, 'destroy' | 'intakeDaysBefore' | 'rewrapSome'>
  clock: Clock
  log: Log
}): Chores => {
  const auditPartitions = async (): Promise<void> => {
    await makeAuditPartitions(database.read, clock.now())
    if (await hasStrayAuditEvents(database.read)) log.error('audit events fell outside of all months: see audit_event_default')
  }
  return {
    atStart: auditPartitions,
    periodic: [
      { name: 'audit partitions', cron: '17 3 * * *', run: auditPartitions },
      { name: 'live rows', cron: '* * * * *', run: () => purgeLiveRows(database, clock.now()) },
      {
        name: 'rewrapping of keys',
        cron: '* * * * *',
        run: () => untilDone(keys.rewrapSome),
      },
      {
        name: 'sealing of rows of before',
        cron: '* * * * *',
        run: async () => {
          for (const seal of seals(blobs, clock)) await untilDone(() => database.transaction(seal))
        },
      },
      {
        name: 'keys of days',
        cron: '11 * * * *',
        run: async () => {
          await untilDone(() => database.transaction((tx) => renewIntake(tx, clock.now())))
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
      {
        name: 'sessions',
        cron: '*/5 * * * *',
        run: () => untilDone(() => database.transaction((tx) => purgeExpired(tx, clock.now()))),
      },
      {
        name: 'uploads',
        cron: '43 * * * *',
        run: () =>
          untilDone(() =>
            database.transaction(async (tx) => {
              const blobIds = await purgeUploads(tx, clock.now())
              await blobs.remove(tx, blobIds)
              return blobIds.length > 0
            }),
          ),
      },
      {
        name: 'blobs',
        cron: '53 * * * *',
        run: () => untilDone(() => database.transaction((tx) => blobs.tidy(tx, clock.now()))),
      },
      { name: 'stray chunks', cron: '37 4 * * *', run: () => untilDone(() => blobs.sweep(database, clock.now())) },
    ],
  }
}

const STEPS_MAX = 1_000

/** Small transactions instead of one large one: each says whether there may be more. */
const untilDone = async (step: () => Promise<boolean>): Promise<void> => {
  for (let done = 0; done < STEPS_MAX && (await step()); done++);
}
