export { createWebchat, type Webchat, type WebchatDeps } from './adapter.ts'
export { clientKeyOf } from './normalise.ts'
export {
  THREAD_MESSAGES_MAX,
  type ChatFile,
  type Thread,
  type VisitKey,
  type WebchatFiles,
  type WebchatLive,
  type WebchatProduct,
  type WebchatThreads,
  type WebchatTranscripts,
  type WebchatTyping,
} from './product.ts'
export { findVisit, type Visit } from './visit-store.ts'
