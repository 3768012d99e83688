import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { newId } from '../kernel/ids.ts'
import { StartFault } from '../kernel/start-fault.ts'
import { parseBlobs, type BlobsConfig, type BlobsSettings } from './blobs-config.ts'
import { parseProviders, type ProvidersConfig, type ProvidersSettings } from './providers-config.ts'
import { nameOf, readEnv, type RawConfig, type Variable } from './read-env.ts'
import {
  makeBlobFolder,
  makeDataFolder,
  readDemoPassword,
  readPassphrase,
  readPin,
  readS3Credentials,
  readSecretKey,
} from './secrets.ts'

const HOST_DEFAULT = '127.0.0.1'
const PORT_DEFAULT = 8_080
const KEY_RING_FILE = 'key-ring.json'
const ERASURES_FILE = 'erasures.jsonl'
const BACKUP_DAYS_DEFAULT = 30
const KEYS_BACKUP_DAYS_DEFAULT = 14
const BACKUP_DAYS_MAX = 3_650
const DEMO_PASSWORD_LENGTH_MIN = 8
const TRUSTED_PROXIES_MAX = 64
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** `ownerUrl` null: this process was given no owner, does not migrate, and demands a database that is up to date. */
export interface OutsideDatabase {
  readonly url: string
  readonly ownerUrl: string | null
}

export type DatabaseConfig =
  { readonly kind: 'embedded' } | { readonly kind: 'outside'; readonly main: OutsideDatabase; readonly keys: OutsideDatabase }

/** Everything that the product is told from outside, parsed. Ports of 0 mean any free one. */
export interface Config {
  /** An absolute path that exists and can be written. */
  readonly dataDir: string
  readonly host: string
  readonly port: number
  readonly database: DatabaseConfig
  readonly blobs: BlobsConfig
  readonly lmtp: { readonly host: string; readonly port: number } | null
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /** `file`: log/oco.log in the data folder, so that the terminal shows what is meant for people; `stdout`: for units and containers. */
  readonly logTo: 'file' | 'stdout'
  readonly demo: boolean
  /** Of all people of the demo; always there with `demo`, and the same at every start. */
  readonly demoPassword: string | null
  /** Addresses or CIDR ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  /** The built page; may not exist. */
  readonly uiDir: string
  /** Names this process in leases and wakes; new at every start. */
  readonly node: string
  /** 32 bytes. */
  readonly secretKey: Buffer
  /** The key-encryption keys under which every key of data is wrapped; made at the first start. */
  readonly keyRing: { readonly path: string; readonly passphrase: string | null }
  readonly erasures: ErasuresConfig
  /** Cryptography that was bought and is configured, beside the product's own. */
  readonly providers: ProvidersConfig
  readonly version: string
}

export interface ErasuresConfig {
  /** For so many days backups of the data live, and those of the keys. */
  readonly backupDays: number
  readonly keysBackupDays: number
  /** An absolute path: where destructions stand that both databases may lose in a restore. */
  readonly file: string
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Arguments after the program's own name. */
  readonly argv: readonly string[]
  readonly workingFolder: string
}

/**
 * Reads the configuration and makes what the data folder lacks of it. Throws every fault at once as an AggregateError of StartFaults,
 * one line each.
 */
export const loadConfig = ({ env, argv, workingFolder }: Surroundings): Config => {
  const settings = parseSettings(readEnv(env, argv))
  const dataDir = resolve(workingFolder, settings.dataDir)
  makeDataFolder(dataDir)
  return {
    dataDir,
    host: settings.host,
    port: settings.port,
    database: settings.database,
    blobs: blobsOf(settings.blobs, workingFolder),
    lmtp: settings.lmtp,
    logLevel: settings.logLevel,
    logTo: settings.logTo,
    demo: settings.demo,
    demoPassword: settings.demo ? (settings.demoPassword ?? readDemoPassword(dataDir)) : null,
    trustedProxies: settings.trustedProxies,
    uiDir: fileURLToPath(new URL('../../../ui/dist', import.meta.url)),
    node: newId(),
    secretKey: readSecretKey(dataDir, settings.secretKeyFile === null ? null : resolve(workingFolder, settings.secretKeyFile)),
    keyRing: keyRingOf(settings, dataDir, workingFolder),
    erasures: {
      backupDays: settings.backupDays,
      keysBackupDays: settings.keysBackupDays,
      file: settings.erasuresFile === null ? join(dataDir, ERASURES_FILE) : resolve(workingFolder, settings.erasuresFile),
    },
    providers: providersOf(settings.providers, workingFolder),
    version: readVersion(),
  }
}

/** What a command about keys has to know. Makes nothing. Throws as `loadConfig` does. */
export const loadKeysConfig = ({
  env,
  workingFolder,
}: Omit<Surroundings, 'argv'>): Pick<Config, 'dataDir' | 'database' | 'keyRing' | 'providers'> => {
  const settings = parseSettings(readEnv(env, []))
  const dataDir = resolve(workingFolder, settings.dataDir)
  return {
    dataDir,
    database: settings.database,
    keyRing: keyRingOf(settings, dataDir, workingFolder),
    providers: providersOf(settings.providers, workingFolder),
  }
}

const keyRingOf = (
  { keyRingFile, keyRingPassphraseFile }: Settings,
  dataDir: string,
  workingFolder: string,
): Config['keyRing'] => ({
  path: keyRingFile === null ? join(dataDir, KEY_RING_FILE) : resolve(workingFolder, keyRingFile),
  passphrase: keyRingPassphraseFile === null ? null : readPassphrase(resolve(workingFolder, keyRingPassphraseFile)),
})

/** What a command about the cryptography has to know: nothing of databases, and no secret but the PINs. Throws as `loadConfig` does. */
export const loadProvidersConfig = ({ env, workingFolder }: Omit<Surroundings, 'argv'>): ProvidersConfig =>
  providersOf(parseSettings(readEnv(env, [])).providers, workingFolder)

const providersOf = ({ pkcs11, cryptopro }: ProvidersSettings, workingFolder: string): ProvidersConfig => {
  const pinIn = (file: string): string => readPin(resolve(workingFolder, file))
  const token = (): ProvidersConfig['pkcs11'] => {
    if (pkcs11 === null) return null
    const { pinFile, module, ...rest } = pkcs11
    return { ...rest, module: resolve(workingFolder, module), pin: pinIn(pinFile) }
  }
  const csp = (): ProvidersConfig['cryptopro'] => {
    if (cryptopro === null) return null
    const { pinFile, folder, ...rest } = cryptopro
    return { ...rest, folder: resolve(workingFolder, folder), pin: pinFile === null ? null : pinIn(pinFile) }
  }
  return { pkcs11: token(), cryptopro: csp() }
}

/** Credentials are read anew at each start; the folder is made where it is not there. */
const blobsOf = ({ places, folder, s3 }: BlobsSettings, workingFolder: string): BlobsConfig => {
  if (folder !== null) makeBlobFolder(folder)
  if (s3 === null) return { places, folder, s3 }
  const { credentialsFile, ...place } = s3
  return { places, folder, s3: { ...place, ...readS3Credentials(resolve(workingFolder, credentialsFile)) } }
}

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'is not a port number')
  .transform(Number)
  .refine((value) => value <= 65_535, 'is not a port number')

const days = z
  .string()
  .regex(/^\d{1,4}$/, 'is not a number of days')
  .transform(Number)
  .refine((value) => value >= 1 && value <= BACKUP_DAYS_MAX, `is not between 1 and ${String(BACKUP_DAYS_MAX)} days`)

const host = z.string().regex(/^[a-z0-9.:_-]+$/i, 'is not a host name or an address')

const proxies = z
  .string()
  .transform((value) => value.split(',').map((entry) => entry.trim()))
  .refine((entries) => entries.every(isAddressRange), 'is not a list of addresses and ranges such as 10.0.0.1,192.168.0.0/16')
  .refine((entries) => entries.length <= TRUSTED_PROXIES_MAX, `has more than ${String(TRUSTED_PROXIES_MAX)} entries`)

const postgresUrl = z
  .string()
  .refine(isPostgresUrl, 'is not a PostgreSQL address such as postgresql://user:password@host:5432/database')
  .refine((value) => !isPostgresUrl(value) || new URL(value).username !== '', 'names no user')

const raw = z.object({
  dataDir: z.string().default('data'),
  host: host.default(HOST_DEFAULT),
  port: port.default(PORT_DEFAULT),
  databaseUrl: postgresUrl.optional(),
  databaseOwnerUrl: postgresUrl.optional(),
  keysDatabaseUrl: postgresUrl.optional(),
  keysDatabaseOwnerUrl: postgresUrl.optional(),
  lmtpHost: host.optional(),
  lmtpPort: port.optional(),
  logLevel: z.enum(LOG_LEVELS, `is none of ${LOG_LEVELS.join(', ')}`).default('info'),
  logTo: z.enum(['file', 'stdout'], 'is neither file nor stdout').default('file'),
  demo: z.boolean(),
  demoPassword: z
    .string()
    .min(DEMO_PASSWORD_LENGTH_MIN, `is shorter than ${String(DEMO_PASSWORD_LENGTH_MIN)} characters`)
    .optional(),
  trustedProxies: proxies.default([]),
  secretKeyFile: z.string().optional(),
  keyRingFile: z.string().optional(),
  keyRingPassphraseFile: z.string().optional(),
  backupDays: days.default(BACKUP_DAYS_DEFAULT),
  keysBackupDays: days.default(KEYS_BACKUP_DAYS_DEFAULT),
  erasuresFile: z.string().optional(),
})

interface Settings extends Omit<
  Config,
  'uiDir' | 'node' | 'secretKey' | 'keyRing' | 'version' | 'blobs' | 'erasures' | 'providers'
> {
  readonly backupDays: number
  readonly keysBackupDays: number
  readonly erasuresFile: string | null
  readonly blobs: BlobsSettings
  readonly providers: ProvidersSettings
  readonly secretKeyFile: string | null
  readonly keyRingFile: string | null
  readonly keyRingPassphraseFile: string | null
}

const parseSettings = (given: RawConfig): Settings => {
  const faults = given.unknownArguments.map((argument) => `${argument} is no argument of this program: there is --demo alone`)
  const parsed = raw.safeParse(given)
  if (!parsed.success) {
    // Values stay out of the line: an address of a database holds its password.
    for (const issue of parsed.error.issues) faults.push(`${nameOf(issue.path[0] as Variable)} ${issue.message}`)
  }
  const [blobs, providers] = [parseBlobs(given), parseProviders(given)]
  faults.push(...databaseFaults(given), ...blobs.faults, ...providers.faults)
  if (given.lmtpHost !== undefined && given.lmtpPort === undefined) {
    faults.push(`${nameOf('lmtpHost')} is set, ${nameOf('lmtpPort')} is not: nothing would listen`)
  }
  if (!parsed.success || faults.length > 0) throw faultsOf(faults)
  const { lmtpHost, lmtpPort, demoPassword, secretKeyFile, keyRingFile, keyRingPassphraseFile, erasuresFile, ...rest } =
    parsed.data
  return {
    ...rest,
    database: databaseOf(parsed.data),
    blobs: blobs.settings,
    providers: providers.settings,
    lmtp: lmtpPort === undefined ? null : { host: lmtpHost ?? HOST_DEFAULT, port: lmtpPort },
    demoPassword: demoPassword ?? null,
    secretKeyFile: secretKeyFile ?? null,
    keyRingFile: keyRingFile ?? null,
    keyRingPassphraseFile: keyRingPassphraseFile ?? null,
    erasuresFile: erasuresFile ?? null,
  }
}

/** Keys and data that lie together are backed up together, and a destroyed key would come back with any old backup of the data. */
const databaseFaults = (given: RawConfig): string[] => {
  const main = given.databaseUrl !== undefined
  const keys = given.keysDatabaseUrl !== undefined
  const [url, keysUrl] = [nameOf('databaseUrl'), nameOf('keysDatabaseUrl')]
  const faults: string[] = []
  if (main && !keys) faults.push(`${url} is set, ${keysUrl} is not: keys of data live in a database of their own`)
  if (!main && keys) faults.push(`${keysUrl} is set, ${url} is not: set both for outside databases, none for the embedded`)
  if (main && keys && isSameDatabase(given.databaseUrl, given.keysDatabaseUrl)) {
    faults.push(`${keysUrl} names the database of ${url}: keys of data live in a database of their own`)
  }
  for (const [owner, its] of [
    ['databaseOwnerUrl', 'databaseUrl'],
    ['keysDatabaseOwnerUrl', 'keysDatabaseUrl'],
  ] as const) {
    if (given[owner] !== undefined && given[its] === undefined) {
      faults.push(`${nameOf(owner)} is set, ${nameOf(its)} is not: set both for an outside database, none for the embedded`)
    }
  }
  return faults
}

const isSameDatabase = (one = '', other = ''): boolean => {
  if (!isPostgresUrl(one) || !isPostgresUrl(other)) return false
  const [a, b] = [new URL(one), new URL(other)]
  return a.host === b.host && a.pathname === b.pathname
}

const databaseOf = (given: z.output<typeof raw>): DatabaseConfig => {
  const { databaseUrl, databaseOwnerUrl, keysDatabaseUrl, keysDatabaseOwnerUrl } = given
  if (databaseUrl === undefined || keysDatabaseUrl === undefined) return { kind: 'embedded' }
  return {
    kind: 'outside',
    main: { url: databaseUrl, ownerUrl: databaseOwnerUrl ?? null },
    keys: { url: keysDatabaseUrl, ownerUrl: keysDatabaseOwnerUrl ?? null },
  }
}

const faultsOf = (lines: readonly string[]): AggregateError =>
  new AggregateError(
    lines.map((line) => new StartFault('configuration', line)),
    'the configuration has faults',
  )

function isPostgresUrl(value: string): boolean {
  return URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol)
}

function isAddressRange(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

const readVersion = (): string => {
  const file = new URL('../../package.json', import.meta.url)
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version
}
