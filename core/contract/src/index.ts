import * as agents from './agents.ts'
import * as audit from './audit.ts'
import * as board from './board.ts'
import * as channels from './channels.ts'
import * as contacts from './contacts.ts'
import * as conversations from './conversations.ts'
import * as crypto from './crypto.ts'
import * as desk from './desk.ts'
import * as health from './health.ts'
import * as intake from './intake.ts'
import * as people from './people.ts'
import * as queues from './queues.ts'
import * as session from './session.ts'
import * as settings from './settings.ts'
import * as setup from './setup.ts'
import * as webchat from './webchat.ts'
import * as workItems from './work-items.ts'

export * from './agents.ts'
export * from './audit.ts'
export * from './board.ts'
export * from './channels.ts'
export * from './common.ts'
export * from './contacts.ts'
export * from './conversations.ts'
export * from './crypto.ts'
export * from './desk.ts'
export * from './endpoint.ts'
export * from './health.ts'
export * from './intake.ts'
export * from './live.ts'
export * from './names.ts'
export * from './people.ts'
export * from './problem.ts'
export * from './queues.ts'
export * from './session.ts'
export * from './settings.ts'
export * from './setup.ts'
export * from './webchat.ts'
export * from './work-items.ts'

/** Every endpoint by its name. A route is made for each, or the product does not start. */
export const endpoints = {
  startSession: session.startSession,
  readSession: session.readSession,
  endSession: session.endSession,
  changeOwnPassword: session.changeOwnPassword,
  changeOwnLocale: session.changeOwnLocale,
  readDesk: desk.readDesk,
  search: desk.search,
  readOwnAgentState: agents.readOwnAgentState,
  changeOwnAgentState: agents.changeOwnAgentState,
  changeAgentState: agents.changeAgentState,
  listConversations: conversations.listConversations,
  readConversation: conversations.readConversation,
  listMessages: conversations.listMessages,
  readMessageHtml: conversations.readMessageHtml,
  readAttachment: conversations.readAttachment,
  uploadAttachment: conversations.uploadAttachment,
  replyToConversation: conversations.replyToConversation,
  addNote: conversations.addNote,
  saveDraft: conversations.saveDraft,
  readContact: contacts.readContact,
  changeContact: contacts.changeContact,
  eraseContact: contacts.eraseContact,
  acceptOffer: workItems.acceptOffer,
  declineOffer: workItems.declineOffer,
  takeWorkItem: workItems.takeWorkItem,
  releaseWorkItem: workItems.releaseWorkItem,
  transferWorkItem: workItems.transferWorkItem,
  assignWorkItem: workItems.assignWorkItem,
  pendWorkItem: workItems.pendWorkItem,
  resumeWorkItem: workItems.resumeWorkItem,
  resolveWorkItem: workItems.resolveWorkItem,
  readBoard: board.readBoard,
  readCryptoStatus: crypto.readCryptoStatus,
  listPeople: people.listPeople,
  createPerson: people.createPerson,
  changePerson: people.changePerson,
  listQueues: queues.listQueues,
  createQueue: queues.createQueue,
  changeQueue: queues.changeQueue,
  removeQueue: queues.removeQueue,
  listSkills: queues.listSkills,
  createSkill: queues.createSkill,
  removeSkill: queues.removeSkill,
  listDispositions: queues.listDispositions,
  createDisposition: queues.createDisposition,
  removeDisposition: queues.removeDisposition,
  listChannels: channels.listChannels,
  createChannel: channels.createChannel,
  changeChannel: channels.changeChannel,
  testChannel: channels.testChannel,
  listSetAside: channels.listSetAside,
  retrySetAside: channels.retrySetAside,
  readSettings: settings.readSettings,
  changeSettings: settings.changeSettings,
  removeDemo: settings.removeDemo,
  listTokens: settings.listTokens,
  createToken: settings.createToken,
  revokeToken: settings.revokeToken,
  readSetup: setup.readSetup,
  checkSetup: setup.checkSetup,
  testSetupMail: setup.testSetupMail,
  completeSetup: setup.completeSetup,
  startFirstRequest: setup.startFirstRequest,
  listAuditEvents: audit.listAuditEvents,
  listAuditSubjects: audit.listAuditSubjects,
  createIntake: intake.createIntake,
  readWebchat: webchat.readWebchat,
  startWebchat: webchat.startWebchat,
  uploadWebchat: webchat.uploadWebchat,
  readWebchatAttachment: webchat.readWebchatAttachment,
  readHealth: health.readHealth,
  readMetrics: health.readMetrics,
} as const
export type Endpoints = typeof endpoints
export type EndpointName = keyof Endpoints
