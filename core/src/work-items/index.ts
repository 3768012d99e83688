export { enqueue, recordFirstReply, resumeOnMessage, type Enqueued } from './work-item-service.ts'
export { countWaiting as queueCounters, lockLatestItem as latestItem, type LatestItem } from './work-item-store.ts'
export { workItemViews } from './work-item-views-store.ts'
