import { createSecretBox, type Crypto } from '@oco/security'
import { createChannelStore } from './channels/index.ts'
import type { Config } from './config/config.ts'
import type { Clock } from './kernel/clock.ts'
import { messageOf } from './kernel/errors.ts'
import { createBlobs } from './platform/blobs.ts'
import { openChunkStores } from './platform/chunk-stores/open-chunk-stores.ts'
import { openDatabase } from './platform/db.ts'
import { createLive } from './platform/live.ts'
import type { Log } from './platform/log.ts'
import { createDataKeys, createIndexEpochs, createVault, openDataKeyStore, openRing } from './platform/vault/index.ts'
import { createMetrics } from './platform/metrics.ts'
import { createSignals } from './platform/signals.ts'
import { createWake } from './platform/wake.ts'

export interface AppOptions {
  readonly config: Config
  /** The application's role. */
  readonly databaseUrl: string
  /** The same role, on the database of keys. */
  readonly keysDatabaseUrl: string
  readonly log: Log
  readonly clock: Clock
  /** Being opened already: it takes a while, and needs nothing of the rest. */
  readonly crypto?: Promise<Crypto>
  /** Parses every answer by its schema too: for tests and development. */
  readonly checkAnswers?: boolean
}

/** A rotation on this machine is taken up so soon. */
const RING_LOOK_MS = 2_000

/** What every part stands on. */
export const openBase = ({ config, databaseUrl, clock, log }: AppOptions, sealed: OpenVault) => {
  const wake = createWake({ url: databaseUrl, node: config.node, log: log.child({ part: 'wake' }) })
  const database = openDatabase({
    url: databaseUrl,
    clock,
    vault: sealed.vault,
    onWake: (topics) => {
      wake.wake(topics)
    },
    onIdleError: (error) => {
      log.warn({ reason: error.message }, 'an idle connection to the database was lost')
    },
  })
  const chunkStores = openChunkStores(config.blobs, { db: database.read, clock })
  return {
    sealed,
    wake,
    database,
    chunkStores,
    live: createLive({ database, wake, clock, log: log.child({ part: 'live' }) }),
    signals: createSignals({ wake, clock, node: config.node }),
    metrics: createMetrics(config.version),
    blobs: createBlobs({
      clock,
      stores: chunkStores,
      onLeftBehind: (error) => {
        log.warn({ reason: messageOf(error) }, 'chunks of removed blobs are left behind: the sweep will take them')
      },
    }),
    store: createChannelStore(createSecretBox(config.secretKey)),
  }
}

/** The keys of data, and what is sealed under them. Throws a StartFault where the key ring is not the one of this database. */
export const openVault = async ({ config, keysDatabaseUrl, clock, log: all }: AppOptions, opening: Promise<Crypto>) => {
  const log = all.child({ part: 'keys' })
  const store = openDataKeyStore({
    url: keysDatabaseUrl,
    onIdleError: (error) => {
      log.warn({ reason: error.message }, 'an idle connection to the database of keys was lost')
    },
  })
  try {
    const ring = await openRing({ crypto: opening, place: config.keyRing, store, clock })
    const crypto = await opening
    const keys = createDataKeys({ store, ring: ring.ring, clock, log })
    let looking: NodeJS.Timeout | null = null
    const look = (): void => {
      ring.refresh().then(
        (rotated) => {
          if (rotated) log.info({ version: ring.ring().current }, 'the key ring has a new version')
        },
        (error: unknown) => {
          log.error({ reason: messageOf(error) }, 'the key ring cannot be taken up again')
        },
      )
    }
    return {
      keys,
      epochs: createIndexEpochs({ store, keys }),
      vault: createVault({ crypto, keys, store, clock }),
      ping: () => store.ping(),
      logsValues: () => store.logsValues(),
      start: () => {
        keys.start()
        looking ??= setInterval(look, RING_LOOK_MS)
      },
      async stop() {
        if (looking !== null) clearInterval(looking)
        keys.stop()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

export type OpenVault = Awaited<ReturnType<typeof openVault>>

export type Base = ReturnType<typeof openBase>
