import type { Signals } from '../../platform/signals.ts'

export interface ChatTyping {
  /** Calls `act` with the author's name whenever an agent writes in this conversation. Returns what ends it. */
  onTyping(conversationId: string, act: (author: string) => void): () => void
  /** Tells those who have the conversation open that the visitor writes. */
  sendTyping(conversationId: string, author: string): void
}

/** Signs of typing by conversation: every process hears all of them, and passes on those of its own visitors' agents. */
export const createChatTyping = (signals: Pick<Signals, 'typing' | 'onTyping'>): ChatTyping => {
  const acts = new Map<string, Set<(author: string) => void>>()
  signals.onTyping(({ conversationId, author, personId }) => {
    if (personId !== null) for (const act of acts.get(conversationId) ?? []) act(author)
  })

  return {
    onTyping(conversationId, act) {
      const own = acts.get(conversationId) ?? new Set()
      acts.set(conversationId, own.add(act))
      return () => {
        own.delete(act)
        if (own.size === 0 && acts.get(conversationId) === own) acts.delete(conversationId)
      }
    },
    sendTyping(conversationId, author) {
      signals.typing({ conversationId, author, personId: null })
    },
  }
}
