import { join } from 'node:path'
import { checkDatabase, checkKeysDatabase, migrateDatabase, migrateKeysDatabase } from './admin.ts'
import type { App, Started } from './app.ts'
import { loadConfig, type Config, type OutsideDatabase } from './config/config.ts'
import { systemClock } from './kernel/clock.ts'
import { messageOf } from './kernel/errors.ts'
import { StartFault } from './kernel/start-fault.ts'
import { startEmbeddedDatabase, type EmbeddedDatabase } from './platform/embedded-database.ts'
import { lockFolder } from './platform/folder-lock.ts'
import { openLogFile, type LogFile } from './platform/log-file.ts'
import { createLog, type Log } from './platform/log.ts'

/** Ctrl-C comes twice when npm started us, from the terminal and from npm: only a later signal is a second one. */
const SAME_SIGNAL_MS = 1_000
/** What has begun may end; whatever takes longer is cut off, and its row is taken up by the next start. */
const STOP_WAIT_MS = 30_000

/** Whoever runs the process asks it to stop, once, and then in a hurry. */
interface StopRequest {
  readonly asked: Promise<void>
  readonly hurried: Promise<void>
  /** Rejects with what nobody caught: the product ends then, as in order as it still can. */
  readonly broken: Promise<never>
}

const listenForStop = (): StopRequest => {
  let askedAtMs: number | null = null
  let ask: () => void
  let hurry: () => void
  const asked = new Promise<void>((resolve) => (ask = resolve))
  const hurried = new Promise<void>((resolve) => (hurry = resolve))
  const hear = (): void => {
    const nowMs = systemClock.monotonicMs()
    if (askedAtMs === null) {
      askedAtMs = nowMs
      ask()
    } else if (nowMs - askedAtMs > SAME_SIGNAL_MS) {
      hurry()
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear)
  const broken = new Promise<never>((_resolve, reject) => {
    process.on('uncaughtException', reject)
    process.on('unhandledRejection', reject)
  })
  broken.catch(() => undefined)
  return { asked, hurried, broken }
}

const run = async (config: Config, log: Log, stop: StopRequest): Promise<void> => {
  // Loads while the database starts: together they are most of the time until the product serves.
  const app = import('./app.ts')
  const crypto = app.then(({ openCryptography }) => openCryptography(config.providers, systemClock.now()))
  crypto.catch(() => undefined)
  const databases = await openDatabases(config, log, stop)
  const { main, keys } = databases
  try {
    await Promise.all([
      main.ownerUrl === null ? checkDatabase(main) : migrateDatabase({ url: main.url, ownerUrl: main.ownerUrl }, log),
      keys.ownerUrl === null ? checkKeysDatabase(keys) : migrateKeysDatabase({ url: keys.url, ownerUrl: keys.ownerUrl }, log),
    ])
    const { createApp } = await app
    const options = { config, databaseUrl: main.url, keysDatabaseUrl: keys.url, log, clock: systemClock, crypto }
    await serve(await createApp(options), { config, log, stop, databases })
  } finally {
    await databases.close()
  }
}

interface OpenDatabases {
  readonly main: OutsideDatabase
  readonly keys: OutsideDatabase
  readonly embedded: EmbeddedDatabase | null
  close(): Promise<void>
}

const openDatabases = async ({ database, dataDir }: Config, log: Log, stop: StopRequest): Promise<OpenDatabases> => {
  if (database.kind === 'outside') {
    return { main: database.main, keys: database.keys, embedded: null, close: () => Promise.resolve() }
  }
  const lock = await lockFolder(dataDir, process.pid)
  const embedded = await startEmbeddedDatabase({ dataDir, log: log.child({ part: 'database' }) })
  return {
    main: embedded.main,
    keys: embedded.keys,
    embedded,
    async close() {
      void stop.hurried.then(() => embedded.stop('immediate'))
      await embedded.stop('fast')
      await lock.release()
    },
  }
}

interface Serving {
  readonly config: Config
  readonly log: Log
  readonly stop: StopRequest
  readonly databases: OpenDatabases
}

/** Until somebody asks for the end. What was begun may end before; a second request, or too long a wait, cuts it off. */
const serve = async (app: App, { config, log, stop, databases }: Serving): Promise<void> => {
  try {
    const started = await Promise.race([app.start(), stop.broken])
    process.stdout.write(`${startLine(started, config, databases)}\n`)
    log.info({ version: config.version, port: new URL(started.address).port }, 'ready')
    await Promise.race([stop.asked, stop.broken])
    log.info('stopping')
  } finally {
    const stopped = app.stop().then(
      () => 'in order' as const,
      (error: unknown) => {
        log.error({ err: error }, 'the stop failed')
        return 'failed' as const
      },
    )
    const waited = new Promise<'late'>((resolve) => setTimeout(resolve, STOP_WAIT_MS, 'late').unref())
    const end = await Promise.race([stopped, waited, stop.hurried.then(() => 'hurried' as const)])
    log.info({ end }, 'the product is stopped')
  }
}

/** Everything that a person must know now, on one line. */
const startLine = ({ address, setupCode, demo }: Started, config: Config, { embedded }: OpenDatabases): string => {
  const parts = [`ОЦО готов: ${address}`]
  if (setupCode !== null) parts.push(`код первой настройки: ${setupCode}`)
  if (demo !== null) {
    parts.push(`вход: ${demo.logins.join(', ')}`, `пароль: ${demo.password}`, `почта и магазин для пробы: ${demo.peerAddress}`)
  } else if (config.demo) {
    parts.push('демо не загружено: здесь уже есть настоящие данные')
  }
  if (embedded !== null && !embedded.folder.startsWith(config.dataDir)) parts.push(`данные: ${embedded.folder}`)
  return parts.join(' · ')
}

/** One line a fault, on standard error; whatever is not the operator's to mend is told in the log, with its stack. */
const tellFaults = (error: unknown, log: Log | null): void => {
  const faults = error instanceof AggregateError ? error.errors : [error]
  for (const fault of faults.map(asStartFault)) {
    if (fault instanceof StartFault) {
      process.stderr.write(`oco: ${fault.message}\n`)
      log?.error({ code: fault.code, reason: fault.message }, 'ended by a fault')
    } else {
      process.stderr.write(`oco: unexpected error: ${messageOf(fault).replaceAll(/\s*\n\s*/g, ' ')}\n`)
      log?.fatal({ err: fault }, 'ended by an unexpected error')
    }
  }
}

/** Errors of the system that every listener may meet, whichever part it belongs to. */
const asStartFault = (error: unknown): unknown => {
  if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'listen') return error
  const { code, address = '', port = '' } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  const where = `${address}:${String(port)}`
  if (code === 'EADDRINUSE') return new StartFault('address_in_use', `${where} is in use by another program`)
  return new StartFault('address_unusable', `${where} cannot be listened on: ${String(code)}`)
}

const main = async (): Promise<void> => {
  const stop = listenForStop()
  let log: Log | null = null
  let file: LogFile | null = null
  try {
    const config = loadConfig({ env: process.env, argv: process.argv.slice(2), workingFolder: process.cwd() })
    if (config.logTo === 'file') file = openLogFile(join(config.dataDir, 'log', 'oco.log'))
    log = createLog({ level: config.logLevel, node: config.node, ...(file === null ? {} : { destination: file }) })
    await run(config, log, stop)
  } catch (error) {
    tellFaults(error, log)
    process.exitCode = 1
  } finally {
    file?.close()
    log?.flush()
  }
  process.exit()
}

await main()
