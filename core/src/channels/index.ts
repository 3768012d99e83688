export { destinationOf, type Destination } from './destination-store.ts'
export { createChannelStore, type ChannelStore, type StoredChannel } from './channel-store.ts'
export { chooseFailover } from './failover.ts'
export { createInbox, type Inbox, type InboxRow } from './inbox.ts'
export {
  drainedBefore,
  drainedDays,
  forgetArrivals,
  renewIntake,
  sealOldLetters,
  sealOldPayloads,
  type StoredInbound,
} from './inbox-payload.ts'
export { createLeases } from './lease.ts'
export {
  createOutbox,
  forgetRecipients,
  reindexRecipients,
  sealOldRecipients,
  type Outbox,
  type OutboxRow,
  SEND_ATTEMPTS_MAX,
  SEND_LEASE_MS,
  SEND_RENEW_MS,
} from './outbox.ts'
export { createRegistry, type Registry } from './registry.ts'
export { channelRoutes } from './routes.ts'
export { waysOut } from './way-store.ts'
export { findVisit, forgetVisits, sealOldVisits } from './webchat/index.ts'
