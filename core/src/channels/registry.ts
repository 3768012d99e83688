import type { ChannelKind, ChannelSettings, TestStep } from '@oco/contract'
import { SYSTEM_ORIGIN } from '@oco/security'
import { present } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import { audit, live, type Database } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import type { ChannelAccount, ChannelAdapter, ChannelSink, ChannelState, RunningChannel } from './channel.ts'
import { accountOf, type ChannelStore, type StoredChannel } from './channel-store.ts'
import type { Inbox } from './inbox.ts'
import type { Leases } from './lease.ts'

export interface Registry {
  /** Starts the receivers of all enabled channels; follows later changes when `refresh` is called. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Looks at the channels again: starts, stops or restarts what has changed. Coalesced. */
  refresh(): void
  adapter(kind: ChannelKind): ChannelAdapter
  /** The account with its secrets as it was last opened; null where it is switched off or gone, or not open in this process yet. */
  account(id: string): ChannelAccount | null
  /** The enabled accounts of one kind. */
  accounts(kind: ChannelKind): readonly ChannelAccount[]
  /** What the receivers of this process last reported. */
  states(): readonly { readonly name: string; readonly ok: boolean }[]
  test(settings: ChannelSettings): Promise<readonly TestStep[]>
  /** What adapters may ask of the product. */
  readonly sink: ChannelSink
}

interface Running {
  readonly version: number
  readonly account: ChannelAccount
  readonly channel: RunningChannel
}

export interface RegistryOptions {
  readonly adapters: readonly ChannelAdapter[]
  readonly store: ChannelStore
  readonly inbox: Inbox
  readonly leases: Leases
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
}

export const createRegistry = (options: RegistryOptions): Registry => {
  const { store, database, log } = options
  const adapters = new Map(options.adapters.map((adapter) => [adapter.kind, adapter]))
  const running = new Map<string, Running>()
  const reported = new Map<string, ChannelState['kind'] | 'off'>()
  const writing = new Map<string, Promise<void>>()
  let stopped = false
  let refreshing: Promise<void> | null = null
  let refreshAgain = false

  /** One after the other for each account, so that the state written last is the one reported last. */
  const report = (accountId: string, state: ChannelState | { kind: 'off' }): void => {
    reported.set(accountId, state.kind)
    const before = writing.get(accountId) ?? Promise.resolve()
    const next = before.then(() => writeState(accountId, state))
    writing.set(accountId, next)
  }

  const writeState = (accountId: string, state: ChannelState | { kind: 'off' }): Promise<void> =>
    database
      .transaction(async (tx) => {
        if (!(await store.setState(tx, accountId, state, options.clock.now()))) return
        audit(tx, {
          action: 'channel.state_changed',
          by: SYSTEM_ORIGIN,
          result: state.kind === 'failing' ? 'failure' : 'success',
          object: { kind: 'channel', id: accountId },
          details: { state: state.kind },
        })
        live(tx, { type: 'channel.changed' })
      })
      .catch((error: unknown) => {
        log.warn({ err: error, channel: accountId }, 'the state of a channel was not written')
      })

  const sink: ChannelSink = {
    deliver: (accountId, message) => options.inbox.deliver(accountId, message),
    setAside: (accountId, item) => options.inbox.setAside(accountId, item),
    report,
    readCursor: (accountId) => store.readCursor(database.read, accountId),
    writeCursor: (accountId, cursor) => store.writeCursor(database.read, accountId, cursor),
    underLease: (key, signal, work) => options.leases.under(key, signal, work),
  }

  const open = (channel: StoredChannel): void => {
    const account = accountOf(channel)
    const adapter = present(adapters.get(channel.kind), `the adapter of ${channel.kind}`)
    running.set(channel.id, { version: channel.version, account, channel: adapter.start(account, sink) })
  }

  const close = async (id: string): Promise<void> => {
    const found = running.get(id)
    running.delete(id)
    await found?.channel.stop()
  }

  const followOne = async (channel: StoredChannel): Promise<void> => {
    if (!channel.enabled) {
      await close(channel.id)
      report(channel.id, { kind: 'off' })
      return
    }
    const before = running.get(channel.id)
    if (before?.version === channel.version) return
    // It stays to be seen until the new one is open, so that what is sent meanwhile finds its account.
    await before?.channel.stop()
    if (!stopped) open(channel)
  }

  /** Each channel by itself: one that takes its time to end holds up no other. */
  const follow = async (): Promise<void> => {
    const channels = await store.list(database.read)
    const known = new Set(channels.map(({ id }) => id))
    const gone = [...running.keys()].filter((id) => !known.has(id))
    const outcomes = await Promise.allSettled([...gone.map(close), ...channels.map(followOne)])
    const failure = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failure !== undefined) throw failure.reason
  }

  const refresh = (): void => {
    if (stopped) return
    if (refreshing !== null) {
      refreshAgain = true
      return
    }
    refreshing = follow()
      .catch((error: unknown) => {
        log.error({ err: error }, 'the channels could not be looked at')
      })
      .finally(() => {
        refreshing = null
        if (!refreshAgain) return
        refreshAgain = false
        refresh()
      })
  }

  return {
    async start() {
      await follow()
    },
    async stop() {
      stopped = true
      await refreshing
      await Promise.all([...running.keys()].map(close))
      await Promise.all(writing.values())
    },
    refresh,
    adapter: (kind) => present(adapters.get(kind), `the adapter of ${kind}`),
    account: (id) => running.get(id)?.account ?? null,
    accounts: (kind) => [...running.values()].map(({ account }) => account).filter(({ settings }) => settings.kind === kind),
    states: () => [...running.values()].map(({ account }) => ({ name: account.name, ok: reported.get(account.id) === 'ok' })),
    test: (settings) => present(adapters.get(settings.kind), `the adapter of ${settings.kind}`).test(settings),
    sink,
  }
}
