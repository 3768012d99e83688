import { spawn } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartFault } from '../kernel/start-fault.ts'
import { identityOf, type PlainUser, type PostgresBinaries } from './postgres-binaries.ts'

/** The name of the cluster's own administrator; used only to make roles and databases. */
export const SUPERUSER = 'postgres'

/** Nothing of our own environment reaches the server: PGDATA and its like would change what it does. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' } as const

export interface NewCluster {
  readonly binaries: PostgresBinaries
  readonly user: PlainUser | null
  /** Must not exist yet; its parent must be reachable for `user`. */
  readonly folder: string
  readonly password: string
  /** False for clusters that need not survive a power cut: tests. */
  readonly durable: boolean
}

/** Makes an empty cluster: UTF-8, bytewise C.UTF-8 with Russian collation by ICU, passwords by SCRAM. */
export const initCluster = async ({ binaries, user, folder, password, durable }: NewCluster): Promise<void> => {
  mkdirSync(folder, { mode: 0o700 })
  const passwordFile = `${folder}.password`
  writeFileSync(passwordFile, password, { mode: 0o600, flag: 'wx' })
  try {
    if (user !== null) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid)
    const flags = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=ru-RU', '--auth=scram-sha-256']
    await runTool(binaries, user, 'initdb', [
      ...flags,
      `--pgdata=${folder}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--no-instructions',
      ...(durable ? ['--data-checksums'] : ['--no-sync']),
    ])
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

const runTool = (binaries: PostgresBinaries, user: PlainUser | null, tool: 'initdb', args: string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(join(binaries.binFolder, tool), args, {
      cwd: '/',
      env: SERVER_ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      ...identityOf(user),
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-2_000)
    })
    child.on('error', (error) => {
      reject(new StartFault('database_start', `${tool} cannot run: ${error.message}`))
    })
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new StartFault('database_start', `${tool} failed: ${said.trim()}`))
    })
  })

export interface PidFile {
  readonly pid: number
  /** As the server was started with; the folder may have been moved since. */
  readonly folder: string
  readonly ready: boolean
}

/** What the server writes about itself into its folder (PostgreSQL 18, miscadmin.h, LOCK_FILE_LINE_*); null: no server there. */
export const readPidFile = (folder: string): PidFile | null => {
  let lines: string[]
  try {
    lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return null
  }
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 1) return null
  return { pid, folder: lines[1] ?? '', ready: lines[7]?.trim() === 'ready' }
}

/** True while that server lives: another process that got its number has another command line, and a zombie has none. */
export const isRunning = ({ pid, folder }: PidFile): boolean => {
  const [program = '', flag, served] = argumentsOf(pid)
  return program.endsWith('/postgres') && flag === '-D' && served === folder
}

/** The command line of a process, its program first; empty when there is none. It may be read across users, unlike its folder. */
export const argumentsOf = (pid: number): string[] => {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')
      .split('\0')
      .slice(0, -1)
  } catch {
    return []
  }
}
