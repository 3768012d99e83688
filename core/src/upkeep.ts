import { purgeUploads } from './conversations/index.ts'
import { reapplyErasures, type EraseContact } from './flow/erase-contact.ts'
import { hasStrayAuditEvents, makeAuditPartitions } from './platform/audit-partitions.ts'
import { purgeLiveRows } from './platform/live.ts'
import type { PeriodicWork } from './platform/periodic.ts'
import { purgeExpired } from './sessions/index.ts'
import { untilDone, vaultChores, type VaultChoreDeps } from './vault-upkeep.ts'

export interface Chores {
  /** What must be done before anything is recorded. */
  atStart(): Promise<void>
  readonly periodic: PeriodicWork[]
}

export interface ChoreDeps extends VaultChoreDeps {
  readonly erasing: EraseContact
}

/** What the product tidies by itself. */
export const createChores = (deps: ChoreDeps): Chores => {
  const { database, blobs, erasing, clock, log } = deps
  const auditPartitions = async (): Promise<void> => {
    await makeAuditPartitions(database.read, clock.now())
    if (await hasStrayAuditEvents(database.read)) log.error('audit events fell outside of all months: see audit_event_default')
  }
  return {
    async atStart() {
      await auditPartitions()
      // Before anybody is served: a restore may have brought back whoever was erased.
      await reapplyErasures(erasing)
    },
    periodic: [
      { name: 'audit partitions', cron: '17 3 * * *', run: auditPartitions },
      { name: 'live rows', cron: '* * * * *', run: () => purgeLiveRows(database, clock.now()) },
      ...vaultChores(deps),
      {
        name: 'erasures',
        cron: '*/5 * * * *',
        run: async () => {
          await reapplyErasures(erasing)
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
