import { CryptoError, openProductCrypto, SYSTEM_ORIGIN, type Crypto, type Origin } from '@oco/security'
import type { Endpoint } from '@oco/contract'
import { buildParts } from './app-parts.ts'
import type { Config } from './config/config.ts'
import { openBase, openVault, type AppOptions } from './app-base.ts'
import { buildRoutes } from './app-routes.ts'
import { StartFault } from './kernel/start-fault.ts'
import { outsideProviders } from './outside-providers.ts'
import { checkBlobPlaces } from './platform/chunk-stores/open-chunk-stores.ts'
import { audit, type Database } from './platform/db.ts'
import type { StartedDemo } from './demo/index.ts'
import { createHttpServer } from './platform/http-server.ts'
import { loadPages } from './platform/pages.ts'
import { setupState } from './setup/index.ts'

export type { AppOptions } from './app-base.ts'

export interface Started {
  readonly address: string
  /** Opens the first-run wizard; null where it is shut for ever. */
  readonly setupCode: string | null
  readonly lmtpPort: number | null
  readonly demo: StartedDemo | null
}

export interface App {
  /** Resolves when the product serves. Throws a `StartFault` where the address cannot be had. */
  start(): Promise<Started>
  /** Takes nothing new, lets what has begun end, closes the database's connections. */
  stop(): Promise<void>
}

/** Everything of one process, put together. Nothing runs before `start`. */
export const createApp = async (options: AppOptions): Promise<App> => {
  const { config, clock, log } = options
  const opening = options.crypto ?? openCryptography(config.providers, clock.now())
  const [crypto, sealed, pages] = await Promise.all([opening, openVault(options, opening), loadPages(config.uiDir)])
  const base = openBase(options, sealed)
  const { database, wake, live, signals, metrics } = base
  const parts = buildParts(options, base)
  const { registry, stages, work, desk, sessions, webchat, demo, lmtp } = parts
  let serving = false

  const server = createHttpServer({
    routes: buildRoutes(options, base, { ...parts, crypto, testedAt: clock.now(), serving: () => serving }),
    sockets: [desk.route, webchat.socket],
    pages,
    authenticate: (credentials) => sessions.authenticate(credentials),
    onRefused: (by, endpoint) => recordRefusal(database, by, endpoint),
    crossOrigin: webchat.crossOrigin,
    trustedProxies: config.trustedProxies,
    metrics,
    clock,
    log: log.child({ part: 'http' }),
    checkAnswers: options.checkAnswers ?? false,
  })

  return {
    async start() {
      const [, logsValues] = await Promise.all([
        checkBlobPlaces(database.read, {
          stores: base.chunkStores,
          onUnavailable: ({ message }) => {
            log.error({ reason: message }, 'a store of attachments does not answer')
          },
        }),
        sealed.logsValues(),
      ])
      if (logsValues) {
        log.warn('the server of the keys writes values of statements into its log: set log_parameter_max_length = 0 there')
      }
      await wake.start()
      sealed.start()
      await parts.chores.atStart()
      await Promise.all([live.start(), work.start()])
      signals.start()
      wake.on('sessions', () => {
        sessions.forget()
      })
      wake.on('channels', registry.refresh)
      const peer = config.demo ? await demo.prepare() : null
      await registry.start()
      for (const stage of stages) stage.start()
      const lmtpPort = lmtp === null ? null : (await lmtp.start()).port
      const { port } = await server.listen(config.host, config.port).catch((error: unknown) => addressFault(error, config))
      const address = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${String(port)}`
      serving = true
      parts.periodic.start()
      await record(database, 'system.started')
      const { open } = await setupState(database)
      return {
        address,
        setupCode: open ? parts.setupCode.code : null,
        lmtpPort: config.lmtp === null ? null : lmtpPort,
        demo: peer === null ? null : await peer.open({ address, lmtpPort }),
      }
    },
    async stop() {
      serving = false
      // The doors first: what has come in by them still needs its channel.
      await Promise.all([lmtp?.stop(), server.close(), parts.periodic.stop()])
      // What is being sent needs its channel too.
      await Promise.all(stages.map((stage) => stage.stop()))
      await registry.stop()
      // Its mail server waits for those who are connected to it: the channels are.
      await demo.stop()
      desk.stop()
      await work.stop()
      await record(database, 'system.stopped').catch((error: unknown) => {
        log.warn({ err: error }, 'the stop was not recorded')
      })
      signals.stop()
      live.stop()
      await wake.stop()
      await base.blobs.settled()
      await Promise.all([database.close(), sealed.stop()])
      await crypto.close()
    },
  }
}

/** Every algorithm by a provider that has passed all of its known answers, and everything that is configured there; or no start. */
export const openCryptography = async (providers: Config['providers'], now: Date): Promise<Crypto> => {
  try {
    return await openProductCrypto(outsideProviders(providers, now))
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error
    throw new StartFault('cryptography', `cryptography is not sound here: ${error.message}`, { cause: error })
  }
}

const addressFault = (error: unknown, { host, port }: Pick<AppOptions['config'], 'host' | 'port'>): never => {
  const code = error instanceof Error && 'code' in error ? error.code : null
  const where = `${host}:${String(port)}`
  if (code === 'EADDRINUSE')
    throw new StartFault('address_in_use', `${where} is in use by another program: choose another OCO_PORT`)
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES') {
    throw new StartFault('address_unusable', `${where} cannot be listened on (${code}): choose another OCO_HOST or OCO_PORT`)
  }
  throw error
}

const record = (database: Database, action: 'system.started' | 'system.stopped'): Promise<void> =>
  database.transaction((tx) => {
    audit(tx, { action, by: SYSTEM_ORIGIN })
    return Promise.resolve()
  })

const recordRefusal = (
  database: Database,
  by: Origin,
  { permission, path }: Pick<Endpoint, 'permission' | 'path'>,
): Promise<void> =>
  database.transaction((tx) => {
    audit(tx, { action: 'access.refused', by, result: 'failure', details: { permission, path } })
    return Promise.resolve()
  })
