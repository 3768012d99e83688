import { agentRoutes, agentStateView } from './agents/index.ts'
import type { AppOptions, Base } from './app-base.ts'
import type { Parts } from './app-parts.ts'
import { channelRoutes, type Registry } from './channels/index.ts'
import { contactRoutes } from './contacts/index.ts'
import { conversationRoutes, maySeeContact, recentConversationsOf } from './conversations/index.ts'
import { demoRoutes } from './demo/index.ts'
import { otherWriters, replyTarget } from './flow/reply-target.ts'
import { eraseRoutes } from './flow/erase-routes.ts'
import { writingRoutes } from './flow/writing-routes.ts'
import { Failure } from './kernel/errors.ts'
import { createPeople, peopleRoutes } from './people/index.ts'
import type { Route } from './platform/http.ts'
import { createQueues, queueRoutes } from './queues/index.ts'
import { endSessionsOf, sessionRoutes } from './sessions/index.ts'
import { createSettings, settingsRoutes } from './settings/index.ts'
import { setupRoutes } from './setup/index.ts'
import { tokenRoutes } from './tokens/index.ts'
import { agentDeskRoutes } from './views/agent-desk.ts'
import { auditSearchRoutes } from './views/audit-search.ts'
import { cryptoStatusRoutes, type CryptoStatusPage } from './views/crypto-status.ts'
import { conversationListRoutes } from './views/conversation-list.ts'
import { conversationPageRoutes } from './views/conversation-page.ts'
import { healthRoutes } from './views/health.ts'
import { letterRoutes } from './views/letter-page.ts'
import { createLooks } from './views/looks.ts'
import { searchRoutes } from './views/search.ts'
import { wallboardRoutes } from './views/wallboard.ts'
import { workItemRoutes, workItemViews } from './work-items/index.ts'

/** What is the process's own. */
export interface OfProcess extends CryptoStatusPage {
  readonly serving: () => boolean
}

/** Every endpoint of the contract, bound. The server refuses to start where one is missing. */
export const buildRoutes = (options: AppOptions, base: Base, parts: Parts & OfProcess): Route[] => [
  ...slices(options, base, parts),
  ...views(options, base, parts),
  ...parts.webchat.routes,
  ...parts.intake.routes,
]

const slices = ({ config, clock }: AppOptions, { database, store, blobs }: Base, parts: Parts): Route[] => {
  const { registry, work, outbox, setupCode } = parts
  const people = createPeople({
    database,
    clock,
    endSessions: endSessionsOf,
    takeOffline: work.agents.takeOffline,
  })
  return [
    ...sessionRoutes(parts.sessions),
    ...peopleRoutes(people),
    ...settingsRoutes(createSettings({ database })),
    ...tokenRoutes(parts.tokens),
    ...queueRoutes(createQueues({ database, clock })),
    ...channelRoutes({
      database,
      store,
      registry,
      clock,
      retryRaw: (channelId, rawBlobId) => retryRaw({ registry, base: { database, blobs } }, channelId, rawBlobId),
    }),
    ...contactRoutes({ database, maySee: maySeeContact, conversationsOf: recentConversationsOf }),
    ...conversationRoutes({ database, blobs, clock }),
    ...writingRoutes({ database, outbox, clock }),
    ...eraseRoutes(parts.erasing),
    ...agentRoutes({ viewOf: (personId) => agentStateView(database.read, personId), changeState: work.agents.changeState }),
    ...workItemRoutes({ acts: work.acts, viewsOf: (itemIds) => workItemViews(database.read, itemIds) }),
    ...setupRoutes({ database, store, clock, registry, setupCode, dataDir: config.dataDir, host: config.host }),
    ...demoRoutes({ database, blobs, endSessions: endSessionsOf }),
  ]
}

const views = (
  { config, clock }: AppOptions,
  { database, blobs, metrics, sealed }: Base,
  { registry, serving, crypto, testedAt }: Parts & OfProcess,
): Route[] => {
  const looks = createLooks({ database, clock })
  return [
    ...agentDeskRoutes({ database, clock }),
    ...conversationListRoutes({ looks }),
    ...conversationPageRoutes({
      looks,
      answering: async (db, conversation) => {
        const target = await replyTarget(db, conversation)
        return {
          replyTo: target === null ? null : { channel: target.channelKind, address: target.to.value },
          otherWriters: await otherWriters(db, conversation, target),
        }
      },
    }),
    ...letterRoutes({ database, blobs, looks }),
    ...searchRoutes({ database }),
    ...wallboardRoutes({ database, clock }),
    ...auditSearchRoutes({ database }),
    ...cryptoStatusRoutes({ crypto, testedAt }),
    ...healthRoutes({ database, keys: sealed, registry, metrics, version: config.version, serving }),
  ]
}

const retryRaw = async (
  { registry, base }: { registry: Registry; base: Pick<Base, 'database' | 'blobs'> },
  channelId: string,
  rawBlobId: string,
): Promise<'stored' | 'set_aside'> => {
  const account = registry.account(channelId)
  if (account === null) throw new Failure('conflict', { detail: 'the channel is switched off' })
  const raw = await base.blobs.read(base.database.read, rawBlobId)
  const adapter = registry.adapter(account.settings.kind)
  if (raw === null || adapter.retry === undefined) return 'set_aside'
  return adapter.retry(account, raw, registry.sink)
}
