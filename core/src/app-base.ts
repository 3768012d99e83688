import { createSecretBox, type Crypto } from '@oco/security'
import { createChannelStore } from './channels/index.ts'
import type { Config } from './config/config.ts'
import type { Clock } from './kernel/clock.ts'
import { tableBlobs } from './platform/blobs.ts'
import { openDatabase } from './platform/db.ts'
import { createLive } from './platform/live.ts'
import type { Log } from './platform/log.ts'
import { createMetrics } from './platform/metrics.ts'
import { createSignals } from './platform/signals.ts'
import { createWake } from './platform/wake.ts'

export interface AppOptions {
  readonly config: Config
  /** The application's role. */
  readonly databaseUrl: string
  readonly log: Log
  readonly clock: Clock
  /** Being opened already: it takes a while, and needs nothing of the rest. */
  readonly crypto?: Promise<Crypto>
  /** Parses every answer by its schema too: for tests and development. */
  readonly checkAnswers?: boolean
}

/** What every part stands on. */
export const openBase = ({ config, databaseUrl, clock, log }: AppOptions) => {
  const wake = createWake({ url: databaseUrl, node: config.node, log: log.child({ part: 'wake' }) })
  const database = openDatabase({
    url: databaseUrl,
    clock,
    onWake: (topics) => {
      wake.wake(topics)
    },
    onIdleError: (error) => {
      log.warn({ reason: error.message }, 'an idle connection to the database was lost')
    },
  })
  return {
    wake,
    database,
    live: createLive({ database, wake, clock, log: log.child({ part: 'live' }) }),
    signals: createSignals({ wake, clock, node: config.node }),
    metrics: createMetrics(config.version),
    blobs: tableBlobs(clock),
    store: createChannelStore(createSecretBox(config.secretKey)),
  }
}

export type Base = ReturnType<typeof openBase>
