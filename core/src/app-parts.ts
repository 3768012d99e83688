import type { AppOptions, Base } from './app-base.ts'
import { createEmailAdapter, createLmtpListener } from './channels/email/index.ts'
import { createInbox, createLeases, createOutbox, createRegistry } from './channels/index.ts'
import { createIntakeChannel } from './channels/intake/index.ts'
import { createWebchat } from './channels/webchat/index.ts'
import { createDemo } from './demo/index.ts'
import { deliverNext } from './flow/deliver-reply.ts'
import { failOverChannel } from './flow/fail-over-channel.ts'
import { keepVisitorFile } from './flow/keep-visitor-file.ts'
import { receiveNext } from './flow/receive-message.ts'
import { noteOnHandOver } from './flow/send-reply.ts'
import { queueTranscript } from './flow/send-transcript.ts'
import { createWork } from './flow/work.ts'
import { plainAddress, trustedProxies } from './platform/client-address.ts'
import { createDrain, type Drain } from './platform/drain.ts'
import { createPeriodic } from './platform/periodic.ts'
import { createSessions } from './sessions/index.ts'
import { createSetupCode } from './setup/index.ts'
import { createTokens } from './tokens/index.ts'
import { createChores } from './upkeep.ts'
import { queueFigures } from './views/health.ts'
import { intakeRequests } from './views/intake-requests.ts'
import { liveDesk } from './views/live-desk.ts'
import { webchatThreads } from './views/webchat-thread.ts'

/** Commits of several rows share one flush of a slow disk, so that a disk of 30 ms still takes hundreds of messages a second. */
const RECEIVE_CONCURRENCY = 8
const SEND_CONCURRENCY = 8
const LOOPBACK = new Set(['127.0.0.1', '::1'])

/** Channels, stages, the queue and the people's door of one process. */
export const buildParts = (options: AppOptions, base: Base) => {
  const { config, clock, log } = options
  const { database, wake, live, signals, store, blobs, metrics } = base
  const channels = buildChannels(options, base)
  const { registry } = channels
  const work = createWork({ database, wake, clock, log: log.child({ part: 'work' }), addNote: noteOnHandOver })
  const desk = liveDesk({
    database,
    live,
    signals,
    log: log.child({ part: 'live' }),
    onConnected: work.presence.agentConnected,
    onDisconnected: work.presence.agentDisconnected,
  })
  queueFigures({ database, metrics })
  metrics.gauge('oco_live_sessions', 'Pages connected to this process', [], () =>
    Promise.resolve([{ labels: {}, value: desk.sessions() }]),
  )
  const { keys, epochs } = base.sealed
  const erasing = {
    ...{ database, blobs, keys, clock, log: log.child({ part: 'erasures' }) },
    ...{ actsFile: config.erasures.file, backupDays: backupDaysOf(options) },
  }
  const chores = createChores({ database, blobs, keys, epochs, erasing, clock, log: log.child({ part: 'upkeep' }) })
  const mailLog = log.child({ part: 'email' })
  const lmtp = config.lmtp ?? (config.demo ? DEMO_LMTP : null)
  return {
    ...channels,
    ...buildSessions(options, base),
    work,
    desk,
    stages: buildStages(options, base, channels),
    chores,
    erasing,
    periodic: createPeriodic({ work: chores.periodic, database, log: log.child({ part: 'upkeep' }) }),
    setupCode: createSetupCode(),
    demo: createDemo({ database, store, registry, clock, log: log.child({ part: 'demo' }), password: config.demoPassword ?? '' }),
    lmtp:
      lmtp === null
        ? null
        : createLmtpListener({
            ...lmtp,
            // The database alone knows whose address it is: here the channel may be about to be opened, or opened anew.
            recipientFor: (address) => store.findByAddress(database.read, address),
            sink: registry.sink,
            log: mailLog,
          }),
  }
}

export type Parts = ReturnType<typeof buildParts>

/** What was destroyed lives on in backups of the keys; in those of the data too where one server, and so one backup, holds both. */
const backupDaysOf = ({ config: { erasures }, databaseUrl, keysDatabaseUrl }: AppOptions): number =>
  new URL(databaseUrl).host === new URL(keysDatabaseUrl).host
    ? Math.max(erasures.backupDays, erasures.keysBackupDays)
    : erasures.keysBackupDays

/** Where the demo's mail peer delivers when nothing else was configured: any free port of this host. */
const DEMO_LMTP = { host: '127.0.0.1', port: 0 }

const buildChannels = ({ clock, log }: AppOptions, base: Base) => {
  const { database, live, signals, blobs, store } = base
  const inbox = createInbox({ database, blobs, clock })
  const outbox = createOutbox({ database, clock })
  const webchat = createWebchat({
    product: {
      threads: webchatThreads({ database, blobs }),
      keepFile: keepVisitorFile({ database, blobs, clock }),
      signals,
      live,
      queueTranscript: queueTranscript({ database, outbox, clock }),
    },
    database,
    clock,
    log: log.child({ part: 'webchat' }),
  })
  const intake = createIntakeChannel({ requests: intakeRequests(database), clock })
  const registry = createRegistry({
    adapters: [createEmailAdapter({ clock, log: log.child({ part: 'email' }) }), webchat.adapter, intake.adapter],
    store,
    inbox,
    leases: createLeases({ database, clock, log: log.child({ part: 'leases' }) }),
    database,
    clock,
    log: log.child({ part: 'channels' }),
  })
  return { inbox, outbox, webchat, intake, registry }
}

const buildStages = (
  { clock, log }: AppOptions,
  { database, blobs, wake }: Base,
  { inbox, outbox, registry }: ReturnType<typeof buildChannels>,
): readonly Drain[] => {
  const common = { clock, log: log.child({ part: 'stages' }) }
  const failOver = failOverChannel({ outbox })
  const receiving = createDrain({
    ...common,
    name: 'inbox',
    concurrency: RECEIVE_CONCURRENCY,
    step: () => receiveNext({ database, inbox, clock, log: common.log }),
    nextDueAt: () => inbox.nextDueAt(clock.now()),
  })
  const sending = createDrain({
    ...common,
    name: 'outbox',
    concurrency: SEND_CONCURRENCY,
    step: () => deliverNext({ database, outbox, registry, blobs, clock, failOver }),
    nextDueAt: () => outbox.nextDueAt(clock.now()),
  })
  wake.on('inbox', receiving.wake)
  wake.on('outbox', sending.wake)
  return [receiving, sending]
}

const buildSessions = ({ config, clock }: AppOptions, { database }: Base) => {
  const trusted = trustedProxies(config.trustedProxies)
  const tokens = createTokens({ database, clock })
  const isNeighbour = (address: string | null): boolean =>
    address !== null && (LOOPBACK.has(plainAddress(address)) || trusted.has(plainAddress(address)))
  return { tokens, sessions: createSessions({ database, clock, tokenActor: tokens.actorOf, isNeighbour }) }
}
