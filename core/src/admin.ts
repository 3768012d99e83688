import { systemClock } from './kernel/clock.ts'
import { createLog, type Log } from './platform/log.ts'
import { KEYS_MIGRATIONS_FOLDER, migrate, requireMigrated } from './platform/migrate.ts'

export {
  exportKeyRing,
  importKeyRing,
  initKeyRing,
  keysStatus,
  openConfiguredCrypto,
  rotateKeyRing,
  type KeysStatus,
  type KeySurroundings,
} from './keys-admin.ts'
export { StartFault, type StartFaultCode } from './kernel/start-fault.ts'

/** What core opens to the command line. */
export interface DatabaseAddresses {
  /** Of the application's role. */
  readonly url: string
  readonly ownerUrl: string
}

/** Brings the database of data up to date; returns the names of the migrations that were applied, in order. Throws StartFaults. */
export const migrateDatabase = ({ url, ownerUrl }: DatabaseAddresses, log: Log = adminLog()): Promise<string[]> =>
  migrate({ ownerUrl, appUser: decodeURIComponent(new URL(url).username), log })

/** The same for the database of keys. */
export const migrateKeysDatabase = ({ url, ownerUrl }: DatabaseAddresses, log: Log = adminLog()): Promise<string[]> =>
  migrate({ ownerUrl, appUser: decodeURIComponent(new URL(url).username), log, folder: KEYS_MIGRATIONS_FOLDER })

/** Throws a StartFault unless the database is exactly at this version. Changes nothing, so any role may ask. */
export const checkDatabase = ({ url }: Pick<DatabaseAddresses, 'url'>): Promise<void> => requireMigrated(url)

export const checkKeysDatabase = ({ url }: Pick<DatabaseAddresses, 'url'>): Promise<void> =>
  requireMigrated(url, KEYS_MIGRATIONS_FOLDER)

const adminLog = (): Log => createLog({ level: 'info', node: `admin ${systemClock.now().toISOString()}` })
export { systemClock } from './kernel/clock.ts'
