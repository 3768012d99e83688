import { spawn, type ChildProcess } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect, createServer, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export const LOOPBACK = '127.0.0.1'
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000

/** A server that runs in the foreground as the leader of its own process group. */
export interface ForegroundServer {
  readonly pid: number
  /** SIGTERM, then SIGKILL to its own group when it does not end. Idempotent. */
  stop(): Promise<void>
  /** SIGKILL to its own group: a crash. */
  kill(): Promise<void>
}

export interface ForegroundOptions {
  readonly command: string
  readonly args: readonly string[]
  /** Takes what it prints; also shown, with `ownLogs`, when it does not start. */
  readonly logFile: string
  readonly ownLogs?: readonly string[]
  readonly ready: () => Promise<boolean>
  /** For a server that moves into a group of its own: where it writes that group's leader. */
  readonly pidFile?: string
}

/** So many ports that nobody listens on at this moment, all different. */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer()
          server.on('error', reject)
          server.listen(0, LOOPBACK, () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
    return address.port
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

export const answersOn = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, LOOPBACK)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()))

/**
 * Ends the server's groups when this process ends, however it ends: then the guard's standard input closes. Gives the guard's
 * own end, for when the server has been stopped.
 */
const guardAgainstOrphans = (pid: number, pidFile: string): (() => void) => {
  const script = 'read -r _; kill -s KILL -- "-$1"; [ -f "$2" ] && kill -s KILL -- "-$(tr -d " " <"$2")"'
  const guard = spawn('/bin/sh', ['-c', script, 'guard', String(pid), pidFile], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  // The pipe must not keep this process alive either.
  if (guard.stdin instanceof Socket) guard.stdin.unref()
  return () => guard.kill('SIGKILL')
}

/** Starts it and waits until it answers. Throws with the end of its log when it does not. */
export const startForeground = async (options: ForegroundOptions): Promise<ForegroundServer> => {
  const log = openSync(options.logFile, 'a')
  const child = spawn(options.command, options.args, { detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  let failure: string | null = null
  child.on('error', (error) => (failure = error.message))
  child.on('exit', (code, signal) => (failure = `ended with ${String(code ?? signal)}`))
  const pid = child.pid
  if (pid === undefined) throw new Error(`${options.command} did not start`)
  const endGuard = guardAgainstOrphans(pid, options.pidFile ?? '')
  let isOver = false

  const leaders = async (): Promise<number[]> => {
    const leader = options.pidFile === undefined ? NaN : Number(await readFile(options.pidFile, 'utf8').catch(() => NaN))
    return Number.isInteger(leader) ? [leader, pid] : [pid]
  }
  const kill = async (): Promise<void> => {
    if (isOver) return
    isOver = true
    for (const leader of await leaders()) signalGroup(leader, 'SIGKILL')
    await ended(child)
    endGuard()
  }
  const stop = async (): Promise<void> => {
    if (isOver) return
    for (const leader of await leaders()) signalGroup(leader, 'SIGTERM')
    const late = new AbortController()
    await Promise.race([ended(child), sleep(STOP_TIMEOUT_MS, undefined, { signal: late.signal }).catch(() => undefined)])
    late.abort()
    await kill()
  }

  const startedAt = performance.now()
  const hasFailed = (): string | null => failure
  while (!(await options.ready())) {
    const why = hasFailed() ?? (performance.now() - startedAt > START_TIMEOUT_MS ? 'does not answer' : null)
    if (why !== null) {
      await kill()
      const logs = [options.logFile, ...(options.ownLogs ?? [])]
      const said = await Promise.all(logs.map((file) => readFile(file, 'utf8').catch(() => '')))
      throw new Error(`${options.command} ${why}: ${said.join('').slice(-3_000)}`)
    }
    await sleep(25)
  }
  return { pid, stop, kill }
}
