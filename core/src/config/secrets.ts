import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { messageOf } from '../kernel/errors.ts'
import { StartFault } from '../kernel/start-fault.ts'

export const SECRET_KEY_BYTES = 32
const SECRET_KEY_FILE = 'secret.key'
const DEMO_PASSWORD_FILE = 'demo.password'
/** Left by the embedded database: its passwords, so that a folder with this file was in use before. */
const DATABASE_FILE = 'database.json'
/** Read aloud and typed by people: no letters that look like digits. */
const DEMO_PASSWORD_ALPHABET = 'abcdefghkmnpqrstuvwxyz23456789'
const DEMO_PASSWORD_LENGTH = 12
const FOR_OTHERS = 0o007
/** Its group, too. */
const FOR_ANY_OTHER = 0o077

/**
 * Makes the folder, or proves that it can be written. Root's may be passed through by others, because the database's plain user must
 * reach its own folder inside; each secret has a mode of its own.
 */
export const makeDataFolder = (folder: string): void => {
  makeWritable(folder, { mode: isRoot() ? 0o711 : 0o700, name: 'data folder', variable: 'OCO_DATA_DIR' })
}

/** Nobody else has a place in there. */
export const makeBlobFolder = (folder: string): void => {
  makeWritable(folder, { mode: 0o700, name: 'folder of blobs', variable: 'OCO_BLOBS' })
}

const makeWritable = (folder: string, { mode, name, variable }: { mode: number; name: string; variable: string }): void => {
  try {
    makeFolder(folder, mode)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    // Root may write everywhere by its rights, yet not on a file system that is mounted read-only.
    const probe = join(folder, `.probe-${randomBytes(6).toString('hex')}`)
    closeSync(openSync(probe, 'wx', 0o600))
    rmSync(probe)
  } catch (error) {
    throw new StartFault(
      'folder_unwritable',
      `the ${name} ${folder} cannot be written: ${reasonOf(error)} (${variable} names another)`,
    )
  }
}

/** Not Node's own `recursive`, which never comes back where the parent refuses with ENOENT, as /proc does. */
const makeFolder = (folder: string, mode: number): void => {
  if (existsSync(folder)) return
  makeFolder(dirname(folder), mode)
  mkdirSync(folder, { mode })
}

/**
 * The installation's secret key: from `file` where the operator names one, else from the data folder, where the first start makes it.
 * Channels' passwords are sealed under it, so that a lost key is never replaced silently.
 */
export const readSecretKey = (dataDir: string, file: string | null): Buffer => {
  const path = file ?? join(dataDir, SECRET_KEY_FILE)
  if (file === null && !existsSync(path)) {
    if (existsSync(join(dataDir, DATABASE_FILE))) {
      throw new StartFault(
        'secret_key',
        `${path} is missing although ${dataDir} holds a database: restore the key from its backup`,
      )
    }
    makeOnce(path, randomBytes(SECRET_KEY_BYTES))
  }
  const key = readSecret(path)
  if (key.length !== SECRET_KEY_BYTES) {
    throw new StartFault(
      'secret_key',
      `${path} holds ${String(key.length)} bytes, not the ${String(SECRET_KEY_BYTES)} of a secret key`,
    )
  }
  return key
}

/** The passphrase of the key ring, from a file that a secret store or an operator provides. One line end after it is not part of it. */
export const readPassphrase = (path: string): string =>
  readSecret(path)
    .toString('utf8')
    .replace(/\r?\n$/, '')

/** A PIN, from a file that is its owner's alone. One line end after it is not part of it. */
export const readPin = (path: string): string => {
  const pin = readPassphrase(path)
  if ((statSync(path).mode & FOR_ANY_OTHER) !== 0) throw new StartFault('secret_key', `${path} is open to others: chmod 600 it`)
  if (pin === '') throw new StartFault('secret_key', `${path} holds no PIN`)
  return pin
}

const CREDENTIAL = /^[\x21-\x7e]{1,256}$/

/** Two lines: the id of the access key, and its secret. */
export const readS3Credentials = (path: string): { keyId: string; secretKey: string } => {
  const [keyId = '', secretKey = '', ...more] = readSecret(path).toString('utf8').trimEnd().split(/\r?\n/)
  if (!CREDENTIAL.test(keyId) || !CREDENTIAL.test(secretKey) || more.length > 0) {
    throw new StartFault('configuration', `${path} does not hold two lines: the id of an access key, and its secret`)
  }
  return { keyId, secretKey }
}

/** Made at the first start of a demo and kept, so that a second start over the same data names the same password. */
export const readDemoPassword = (dataDir: string): string => {
  const path = join(dataDir, DEMO_PASSWORD_FILE)
  if (!existsSync(path)) makeOnce(path, Buffer.from(newDemoPassword()))
  return readSecret(path).toString('utf8').trim()
}

const newDemoPassword = (): string => {
  // Bytes beyond the last whole alphabet are thrown away: every letter is as likely as the next.
  const bound = 256 - (256 % DEMO_PASSWORD_ALPHABET.length)
  let password = ''
  while (password.length < DEMO_PASSWORD_LENGTH) {
    for (const byte of randomBytes(DEMO_PASSWORD_LENGTH)) {
      if (byte < bound && password.length < DEMO_PASSWORD_LENGTH) {
        password += DEMO_PASSWORD_ALPHABET[byte % DEMO_PASSWORD_ALPHABET.length] ?? ''
      }
    }
  }
  return password
}

const readSecret = (path: string): Buffer => {
  try {
    if ((statSync(path).mode & FOR_OTHERS) !== 0) throw new StartFault('secret_key', `${path} is open to everybody: chmod 600 it`)
    return readFileSync(path)
  } catch (error) {
    if (error instanceof StartFault) throw error
    throw new StartFault('secret_key', `${path} cannot be read: ${reasonOf(error)}`)
  }
}

/** Appears whole or not at all; of two processes that make it at once the first wins and both read the same. */
const makeOnce = (path: string, bytes: Buffer): void => {
  const fresh = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(fresh, 'wx', 0o600)
  try {
    writeSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(fresh, path)
  } catch (error) {
    if (!existsSync(path)) throw new StartFault('folder_unwritable', `${path} cannot be made: ${reasonOf(error)}`)
  } finally {
    rmSync(fresh, { force: true })
  }
}

const isRoot = (): boolean => {
  try {
    return userInfo().uid === 0
  } catch {
    // A container may run us under a number that has no name: not root then.
    return false
  }
}

/** Node's own message repeats call and path; the first part says what is wrong. */
const reasonOf = (error: unknown): string => messageOf(error).split(',')[0] ?? ''
