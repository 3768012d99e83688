import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { messageOf } from '../kernel/errors.ts'
import { StartFault } from '../kernel/start-fault.ts'
import { canReach, serverUser, SYSTEM_FOLDER, type PlainUser } from './postgres-binaries.ts'

const FILE = 'database.json'
const CLUSTER = 'postgres'
/** Linux, unix(7): 108 bytes of sun_path with the closing zero. */
const SOCKET_PATH_BYTES_MAX = 107
const SOCKET_NAME = '.s.PGSQL.5432'

export interface Passwords {
  readonly superuser: string
  readonly owner: string
  readonly app: string
}

/** What the data folder keeps about its database, in database.json with mode 0600. */
interface Kept {
  /** Relative to the data folder, so that it may be moved; absolute where the server's user cannot reach it there. */
  readonly folder: string
  readonly passwords: Passwords
  /** The roles and the database were made, */
  readonly prepared: boolean
  /** and the database of keys, which data folders of before have not. */
  readonly preparedKeys: boolean
}

export interface Place extends Kept {
  readonly user: PlainUser | null
}

/** Where the database of this data folder lies, and as whom it runs; chosen at the first start and kept. */
export const placeOf = (dataDir: string): Place => {
  const kept = readKept(dataDir)
  if (kept === null) return choosePlace(dataDir)
  const folder = resolve(realpathSync(dataDir), kept.folder)
  const made = existsSync(folder)
  if (!made && kept.prepared) {
    throw new StartFault(
      'database_folder',
      `the database's folder ${folder} is gone: restore it, or begin anew without ${join(dataDir, FILE)}`,
    )
  }
  const user = serverUser(folder)
  if (made && !canReach(user, folder, 'w')) {
    const owner = String(statSync(folder).uid)
    throw new StartFault(
      'database_folder',
      `the database's folder ${folder} belongs to user id ${owner}: start as that user or as root`,
    )
  }
  return { ...kept, folder, user }
}

/** False for a data folder that no database was begun for. */
export const isPlaced = (dataDir: string): boolean => existsSync(join(dataDir, FILE))

export const markPrepared = (dataDir: string, place: Place): void => {
  writeKept(dataDir, { ...place, prepared: true, preparedKeys: true })
}

const choosePlace = (dataDir: string): Place => {
  const inside = join(realpathSync(dataDir), CLUSTER)
  if (existsSync(inside)) {
    throw new StartFault(
      'database_folder',
      `${inside} exists, but its passwords in ${join(dataDir, FILE)} do not: restore that file`,
    )
  }
  const user = serverUser(inside)
  const folder = canReach(user, dirname(inside), 'x') ? inside : outsideFolder()
  const newPassword = (): string => randomBytes(24).toString('hex')
  const place = {
    folder,
    user,
    passwords: { superuser: newPassword(), owner: newPassword(), app: newPassword() },
    prepared: false,
    preparedKeys: false,
  }
  writeKept(dataDir, place)
  return place
}

/**
 * Only root comes here: its data folder lies where the plain user must not go. The name is new each time, so that a data folder that
 * was deleted and made again does not meet the database of before.
 */
const outsideFolder = (): string => {
  const parent = join(SYSTEM_FOLDER, `data-${randomBytes(6).toString('hex')}`)
  try {
    mkdirSync(parent, { recursive: true, mode: 0o711 })
    return join(parent, CLUSTER)
  } catch (error) {
    throw new StartFault('database_folder', `the database's folder ${parent} cannot be made: ${messageOf(error)}`)
  }
}

/**
 * The folder of the server's Unix socket: its own, unless that path is too long for a socket. The one in the temporary folder is
 * refused where it is not the server's alone.
 */
export const socketFolderOf = ({ folder, user }: Place): string => {
  if (Buffer.byteLength(join(folder, SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX) return folder
  const short = join(tmpdir(), `oco-${hashOf(folder)}`)
  const { uid, gid } = statSync(folder)
  if (!existsSync(short)) {
    mkdirSync(short, { mode: 0o700 })
    chmodSync(short, 0o700)
    if (user !== null) chownSync(short, uid, gid)
  }
  const found = lstatSync(short)
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new StartFault(
      'database_folder',
      `${short} is not the database's own folder: remove it, or choose a shorter OCO_DATA_DIR`,
    )
  }
  return short
}

const hashOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 12)

const readKept = (dataDir: string): Kept | null => {
  const path = join(dataDir, FILE)
  if (!existsSync(path)) return null
  try {
    return parseKept(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new StartFault('database_folder', `${path} cannot be read: ${messageOf(error)}`)
  }
}

const parseKept = (value: unknown): Kept => {
  const { folder, passwords, prepared, preparedKeys } = value as Partial<Kept>
  const { superuser, owner, app } = passwords ?? {}
  if (typeof folder !== 'string' || typeof superuser !== 'string' || typeof owner !== 'string' || typeof app !== 'string') {
    throw new Error('it is not what the product wrote')
  }
  return { folder, passwords: { superuser, owner, app }, prepared: prepared === true, preparedKeys: preparedKeys === true }
}

/** Written beside and renamed: passwords are never half there. */
const writeKept = (dataDir: string, { folder, passwords, prepared, preparedKeys }: Kept): void => {
  const path = join(dataDir, FILE)
  const shown = dirname(folder) === realpathSync(dataDir) ? basename(folder) : folder
  const fresh = `${path}.new`
  rmSync(fresh, { force: true })
  const file = openSync(fresh, 'wx', 0o600)
  try {
    writeSync(file, `${JSON.stringify({ folder: shown, passwords, prepared, preparedKeys }, null, 2)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(fresh, path)
}
