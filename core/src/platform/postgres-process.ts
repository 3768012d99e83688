import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { present } from '../kernel/assert.ts'
import { StartFault } from '../kernel/start-fault.ts'
import type { Log } from './log.ts'
import { identityOf, type PlainUser, type PostgresBinaries } from './postgres-binaries.ts'
import { argumentsOf, isRunning, readPidFile, SERVER_ENVIRONMENT, type PidFile } from './postgres-cluster.ts'

const POLL_MS = 10
/** After a crash the server replays at most max_wal_size; a slow disk takes its time. */
const READY_WAIT_MS = 300_000
/** Processes of a server that was killed hold its shared memory for a moment longer. */
const START_TRIES = 3
const START_PAUSE_MS = 1_000
const FAST_STOP_WAIT_MS = 60_000
const IMMEDIATE_STOP_WAIT_MS = 10_000
const LOG_BYTES_MAX = 10_000_000

export interface ServerPlan {
  readonly binaries: PostgresBinaries
  readonly user: PlainUser | null
  readonly folder: string
  readonly settings: Readonly<Record<string, string>>
  readonly logFile: string
}

export interface RunningServer {
  readonly pid: number
  /** It was running already: left by a process that was killed. */
  readonly adopted: boolean
}

/**
 * Starts the server in a process group of its own, so that Ctrl-C in a terminal does not reach it and it outlives a kill -9 of ours. One
 * that was left so is adopted when it runs with these very settings, else stopped first. Nobody else may do so at the same time:
 * the caller holds the data folder's lock.
 */
export const runServer = async (plan: ServerPlan, log: Log): Promise<RunningServer> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await adoptServer(plan, log)) ?? { pid: await spawnServer(plan, log), adopted: false }
    } catch (error) {
      if (attempt >= START_TRIES) throw error
      await pause(START_PAUSE_MS)
    }
  }
}

/** Null: no server runs on this folder, and none is hindered from starting. */
const adoptServer = async (plan: ServerPlan, log: Log): Promise<RunningServer | null> => {
  const left = readPidFile(plan.folder)
  if (left === null) return null
  if (!isRunning(left)) {
    // Its number may have gone to another process, which would keep the server from starting.
    if (existsSync(`/proc/${String(left.pid)}`)) rmSync(join(plan.folder, 'postmaster.pid'), { force: true })
    return null
  }
  if (argumentsOf(left.pid).join('\0') === commandOf(plan).join('\0')) {
    await untilReady(plan, log, () => isRunning(left))
    return { pid: left.pid, adopted: true }
  }
  log.info({ pid: left.pid }, 'stopping a database server that runs with other settings')
  await stopServer(plan, 'fast')
  return null
}

const commandOf = ({ binaries, folder, settings }: ServerPlan): string[] => [
  join(binaries.binFolder, 'postgres'),
  '-D',
  folder,
  ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
]

const spawnServer = async (plan: ServerPlan, log: Log): Promise<number> => {
  const { user, logFile } = plan
  if (existsSync(logFile) && statSync(logFile).size > LOG_BYTES_MAX) renameSync(logFile, `${logFile}.1`)
  const output = openSync(logFile, 'a', 0o600)
  const logged = statSync(logFile).size
  const [program = '', ...args] = commandOf(plan)
  const server = spawn(program, args, {
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    stdio: ['ignore', output, output],
    detached: true,
    ...identityOf(user),
  })
  closeSync(output)
  const ends: string[] = []
  server.on('error', (error) => ends.push(error.message))
  server.on('exit', (code, signal) => {
    ends.push(`it ended with ${signal ?? `code ${String(code)}`}`)
  })
  await untilReady(plan, log, () => ends.length === 0).catch((error: unknown) => {
    const [end] = ends
    throw end === undefined
      ? error
      : new StartFault('database_start', `the embedded database does not start: ${end}: ${lastWords(logFile, logged)}`)
  })
  server.unref()
  return present(server.pid, 'the number of a running process')
}

const lastWords = (logFile: string, from: number): string => {
  const lines = readFileSync(logFile).subarray(from).toString('utf8').trim().split('\n')
  return lines.filter((line) => /FATAL|PANIC/.test(line)).at(-1) ?? lines.at(-1) ?? ''
}

const untilReady = async ({ folder }: ServerPlan, log: Log, isAlive: () => boolean): Promise<void> => {
  const told = READY_WAIT_MS - 5_000
  for (let leftMs = READY_WAIT_MS; leftMs > 0; leftMs -= POLL_MS) {
    const file = readPidFile(folder)
    if (file?.ready === true && isRunning(file)) return
    if (!isAlive()) break
    if (leftMs === told) log.info('the database recovers after a crash; this may take minutes')
    await pause(POLL_MS)
  }
  throw new StartFault('database_start', `the embedded database in ${folder} does not become ready`)
}

/**
 * Ends the server; no matter who started it, or whether it runs at all. `fast` rolls open transactions back and writes everything
 * down; `immediate` leaves that to the next start's recovery and loses nothing either.
 */
export const stopServer = async (plan: ServerPlan, how: 'fast' | 'immediate'): Promise<void> => {
  const steps = [
    { signal: 'INT', waitMs: how === 'fast' ? FAST_STOP_WAIT_MS : 0 },
    { signal: 'QUIT', waitMs: IMMEDIATE_STOP_WAIT_MS },
    { signal: 'KILL', waitMs: IMMEDIATE_STOP_WAIT_MS },
  ]
  for (const { signal, waitMs } of steps) {
    if (waitMs === 0) continue
    const file = readPidFile(plan.folder)
    if (file === null || !isRunning(file)) return
    send(plan.user, file.pid, signal)
    if (await isGone(file, waitMs)) return
  }
}

/** Sent with the rights of the server's user: whatever the number belongs to by now, root's processes are out of its reach. */
const send = (user: PlainUser | null, pid: number, signal: string): void => {
  spawnSync('/bin/sh', ['-c', 'kill -s "$1" "$2"', 'sh', signal, String(pid)], { cwd: '/', ...identityOf(user) })
}

const isGone = async (file: PidFile, waitMs: number): Promise<boolean> => {
  for (let leftMs = waitMs; leftMs > 0; leftMs -= POLL_MS) {
    if (!isRunning(file)) return true
    await pause(POLL_MS)
  }
  return false
}
