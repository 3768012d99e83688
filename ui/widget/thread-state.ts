import type { ChatMessage } from '@oco/contract'

export type ChatFile = ChatMessage['attachments'][number]

/** A message of the visitor that has not come back from the server yet. */
export interface PendingMessage {
  readonly clientKey: string
  readonly text: string
  readonly files: readonly ChatFile[]
  readonly atMs: number
  /** waiting: not confirmed; stored: cannot be lost; refused: will never be taken, for the reason of `code`. */
  readonly state: 'waiting' | 'stored' | 'refused'
  readonly code?: string
}

export interface ThreadState {
  /** In order of `sequence`, each once. */
  readonly messages: readonly ChatMessage[]
  /** In the order in which they were written. */
  readonly pending: readonly PendingMessage[]
}

export const EMPTY_THREAD: ThreadState = { messages: [], pending: [] }

/** The server's messages may come twice and after a gap in time, never out of order within a frame. An echo ends its pending one. */
export const withMessages = (state: ThreadState, incoming: readonly ChatMessage[]): ThreadState => {
  const known = new Map(state.messages.map((message) => [message.id, message]))
  for (const message of incoming) known.set(message.id, message)
  const echoed = new Set(incoming.map(({ clientKey }) => clientKey))
  return {
    messages: [...known.values()].sort((a, b) => a.sequence - b.sequence),
    pending: state.pending.filter(({ clientKey }) => !echoed.has(clientKey)),
  }
}

/** Adds one that the thread does not have in any form. */
export const withPending = (state: ThreadState, message: PendingMessage): ThreadState => {
  const known = [...state.messages, ...state.pending].some(({ clientKey }) => clientKey === message.clientKey)
  return known ? state : { ...state, pending: [...state.pending, message] }
}

export const settlePending = (
  state: ThreadState,
  clientKey: string,
  outcome: Pick<PendingMessage, 'state' | 'code'>,
): ThreadState => ({
  ...state,
  pending: state.pending.map((message) => (message.clientKey === clientKey ? { ...message, ...outcome } : message)),
})

export const withoutPending = (state: ThreadState, clientKey: string): ThreadState => ({
  ...state,
  pending: state.pending.filter((message) => message.clientKey !== clientKey),
})

/** The next one to be sent: strictly one after the other, so that the order of writing is the order of the thread. */
export const nextToSend = (state: ThreadState): PendingMessage | null =>
  state.pending.find((message) => message.state === 'waiting') ?? null

export const lastSequence = (state: ThreadState): number => state.messages.at(-1)?.sequence ?? 0

/** What others have said since the visitor last looked. */
export const unreadCount = (state: ThreadState, seenSequence: number): number =>
  state.messages.filter(({ from, sequence }) => from !== 'visitor' && sequence > seenSequence).length
