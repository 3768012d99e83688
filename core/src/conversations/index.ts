export {
  attachFiles,
  attachmentViews,
  FILE_COLUMNS,
  storedFiles,
  claimUploads,
  filesOf,
  findAttachment,
  keepUpload,
  purgeUploads,
  type StoredFile,
} from './attachment-store.ts'
export { cleanComposed } from './composed.ts'
export { continuationOf, plainSubject, previewOf, type Continuation } from './conversation.ts'
export {
  appendMessage,
  findByNumber,
  findByReferences,
  findByThreadKey,
  findConversation,
  lockConversation,
  recentConversationsOf,
  startConversation,
  type Hearers,
  type KnownConversation,
} from './conversation-store.ts'
export { forgetConversations, hasOpenWork } from './erasure-store.ts'
export { draftsOf, removeDraft } from './draft-store.ts'
export {
  findSent,
  findRepeated,
  letterHtml,
  messageViews,
  outboundOf,
  referencesOf,
  setDelivery,
  type MessageRange,
} from './message-store.ts'
export { hasWrittenIn, lastParticipantOf, wasAddressed, writersOf, type Writer } from './participant-store.ts'
export { conversationRoutes } from './routes.ts'
export {
  reindexConversations,
  reindexMessages,
  sealOldConversations,
  sealOldDrafts,
  sealOldFiles,
  sealOldMessages,
  sealOldReasons,
} from './sealing-store.ts'
export { maySeeContact, maySeeConversation, visibleTo } from './visibility-store.ts'
