import type { ChannelStore, Registry } from '../channels/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/errors.ts'
import type { Database } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import { DEMO_LOGINS, DEMO_MAIL_ADDRESS, loadDemo } from './load-demo.ts'
import { createMailPeer } from './mail-peer.ts'
import { FRESH_LETTERS } from './scenarios.ts'

export interface StartedDemo {
  readonly logins: readonly string[]
  readonly password: string
  /** The customer's mailbox, and the shop page with the chat below it. */
  readonly peerAddress: string
}

export interface DemoOptions {
  readonly database: Database
  readonly store: ChannelStore
  readonly registry: Registry
  readonly clock: Clock
  readonly log: Log
  readonly password: string
}

/** The demonstration of one process: its data, and the small outside world that it talks to. */
export interface Demo {
  /** Starts the peer and loads the data where the installation is empty. Null where real data is there: then there is no demo. */
  prepare(): Promise<PreparedDemo | null>
  stop(): Promise<void>
}

export interface PreparedDemo {
  /** Tells the peer where the centre is; on a first start the first letters come in. */
  open(centre: { address: string; lmtpPort: number | null }): Promise<StartedDemo>
}

export const createDemo = ({ database, store, registry, clock, log, password }: DemoOptions): Demo => {
  let centre: { address: string; lmtpPort: number | null } | null = null
  let started = false
  const peer = createMailPeer({
    centre: DEMO_MAIL_ADDRESS,
    clock,
    log,
    lmtp: () => (centre?.lmtpPort == null ? null : { host: '127.0.0.1', port: centre.lmtpPort }),
    chat: () => {
      const account = registry.accounts('webchat')[0]
      const at = centre
      const chat =
        account === undefined || at === null ? null : { scriptUrl: `${at.address}/widget/oco-chat.js`, channelId: account.id }
      return Promise.resolve(chat)
    },
  })

  return {
    async prepare() {
      const { smtpPort, origin } = await peer.start()
      started = true
      const outcome = await loadDemo({
        database,
        store,
        clock,
        password,
        smtp: { host: '127.0.0.1', port: smtpPort },
        shopOrigin: origin,
      })
      if (outcome === 'refused') return null
      return {
        async open(at) {
          centre = at
          if (outcome === 'loaded') {
            for (const letter of FRESH_LETTERS) {
              await peer.send(letter).catch((error: unknown) => {
                log.warn({ reason: messageOf(error) }, 'a letter of the demo was not taken')
              })
            }
          }
          return { logins: DEMO_LOGINS, password, peerAddress: origin }
        },
      }
    },
    async stop() {
      if (started) await peer.stop()
    },
  }
}
