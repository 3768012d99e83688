/** Every variable that the product reads, by the name under which it arrives; nothing else of the environment is looked at. */
const NAMES = {
  dataDir: 'OCO_DATA_DIR',
  host: 'OCO_HOST',
  port: 'OCO_PORT',
  databaseUrl: 'DATABASE_URL',
  databaseOwnerUrl: 'DATABASE_OWNER_URL',
  keysDatabaseUrl: 'KEYS_DATABASE_URL',
  keysDatabaseOwnerUrl: 'KEYS_DATABASE_OWNER_URL',
  lmtpHost: 'OCO_LMTP_HOST',
  lmtpPort: 'OCO_LMTP_PORT',
  logLevel: 'OCO_LOG_LEVEL',
  logTo: 'OCO_LOG',
  demoPassword: 'OCO_DEMO_PASSWORD',
  trustedProxies: 'OCO_TRUSTED_PROXIES',
  secretKeyFile: 'OCO_SECRET_KEY_FILE',
  keyRingFile: 'OCO_KEY_RING_FILE',
  keyRingPassphraseFile: 'OCO_KEY_RING_PASSPHRASE_FILE',
  backupDays: 'OCO_BACKUP_DAYS',
  keysBackupDays: 'OCO_KEYS_BACKUP_DAYS',
  erasuresFile: 'OCO_ERASURES_FILE',
  blobs: 'OCO_BLOBS',
  s3Endpoint: 'OCO_S3_ENDPOINT',
  s3Bucket: 'OCO_S3_BUCKET',
  s3Region: 'OCO_S3_REGION',
  s3CredentialsFile: 'OCO_S3_CREDENTIALS_FILE',
  pkcs11Module: 'OCO_PKCS11_MODULE',
  pkcs11Token: 'OCO_PKCS11_TOKEN',
  pkcs11PinFile: 'OCO_PKCS11_PIN_FILE',
  pkcs11KeyLabel: 'OCO_PKCS11_KEY_LABEL',
  pkcs11Assurance: 'OCO_PKCS11_ASSURANCE',
  cryptoproFolder: 'OCO_CRYPTOPRO_FOLDER',
  cryptoproThumbprint: 'OCO_CRYPTOPRO_THUMBPRINT',
  cryptoproPinFile: 'OCO_CRYPTOPRO_PIN_FILE',
  cryptoproAssurance: 'OCO_CRYPTOPRO_ASSURANCE',
} as const

export type Variable = keyof typeof NAMES

export interface RawConfig extends Partial<Readonly<Record<Variable, string>>> {
  readonly demo: boolean
  /** What was written on the command line beside the flags that there are. */
  readonly unknownArguments: readonly string[]
}

export const nameOf = (variable: Variable): string => NAMES[variable]

/** Takes the environment apart without judging it. A variable that is empty counts as not set. */
export const readEnv = (env: Readonly<Record<string, string | undefined>>, argv: readonly string[]): RawConfig => {
  const found: Partial<Record<Variable, string>> = {}
  for (const variable of Object.keys(NAMES) as Variable[]) {
    const value = env[NAMES[variable]]?.trim()
    if (value !== undefined && value !== '') found[variable] = value
  }
  return { ...found, demo: argv.includes('--demo'), unknownArguments: argv.filter((argument) => argument !== '--demo') }
}
