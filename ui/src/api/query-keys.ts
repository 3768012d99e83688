/**
 * Names of what the page keeps in memory. Live events name what changed by these; a query whose name is not here is not renewed by them.
 */
export const keys = {
  session: ['session'],
  desk: ['desk'],
  ownState: ['own-state'],
  conversations: ['conversations'],
  conversationList: (view: string) => ['conversations', view],
  contactConversations: (contactId: string) => ['conversations', 'of-contact', contactId],
  conversation: (id: string) => ['conversation', id],
  contact: (id: string) => ['contact', id],
  board: ['board'],
  channels: ['channels'],
  queues: ['queues'],
  skills: ['skills'],
  dispositions: ['dispositions'],
  people: ['people'],
  settings: ['settings'],
  tokens: ['tokens'],
  audit: ['audit'],
  crypto: ['crypto'],
} as const
