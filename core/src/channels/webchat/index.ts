export { createWebchat, type Webchat, type WebchatDeps } from './adapter.ts'
export type { KeepFile, QueueTranscript, VisitKey, WebchatLive, WebchatProduct, WebchatThreads } from './product.ts'
export { findVisit, forgetVisits, sealOldVisits, type Visit } from './visit-store.ts'
