import type { ChatMessage } from '@oco/contract'
import type { Origin } from '@oco/security'

/** What web chat needs of the product: read models, files and signs of typing. It knows no table of the story. */

export interface VisitKey {
  readonly channelId: string
  readonly visitId: string
}

export interface Thread {
  /** The visit's latest conversation; null where nothing of the visit has become one yet. */
  readonly conversationId: string | null
  /** In order of `sequence`. */
  readonly messages: readonly ChatMessage[]
}

export interface ChatFile {
  readonly id: string
  readonly fileName: string
  readonly mediaType: string
  readonly sizeBytes: number
}

export interface WebchatThreads {
  /**
   * What was said after `afterSequence`, at most `THREAD_MESSAGES_MAX` messages: from 0 the latest ones, else the ones that follow
   * (fewer than the limit: there are no more).
   */
  read(key: VisitKey, afterSequence: number): Promise<Thread>
  /** The place of a message in what its visit hears; null where there is no such message. */
  sequenceOf(messageId: string): Promise<number | null>
  /** Whether somebody of the channel's queue is at work, and whether the history can be sent by mail. */
  readiness(channelId: string): Promise<{ agentsOnline: boolean; transcript: boolean }>
  /** The language of the organisation. */
  locale(): Promise<'ru' | 'en'>
}
export const THREAD_MESSAGES_MAX = 200

export interface WebchatFiles {
  /** Keeps a visitor's file until a message takes it. Throws `body_too_large`, `rate_limited` where too many wait to be taken. */
  keep(visitId: string, file: { fileName: string; bytes: AsyncIterable<Uint8Array>; limitBytes: number }): Promise<ChatFile>
  /** Those of `ids` that this visitor has uploaded. */
  uploadsOf(visitId: string, ids: readonly string[]): Promise<readonly ChatFile[]>
  /** A file of the visit's own conversations, or of its own uploads; null where it is neither. */
  read(key: VisitKey, attachmentId: string): Promise<(ChatFile & { bytes: AsyncIterable<Uint8Array> }) | null>
}

export interface WebchatTyping {
  /** Calls `act` with the author's name whenever an agent writes in this conversation. Returns what ends it. */
  onTyping(conversationId: string, act: (author: string) => void): () => void
  /** Tells those who have the conversation open that the visitor writes. */
  sendTyping(conversationId: string, author: string): void
}

/** The part of the live hub that web chat hears; `platform/live.ts` has it. */
export interface WebchatLive {
  watchConversation(conversationId: string, act: () => void): () => void
  onEvent(act: (event: { type: string; conversationId: string | null }) => void): void
}

export interface WebchatTranscripts {
  /** Queues the visit's latest conversation to an address. `nothing_said`: there is none; `no_mail`: there is no channel for it. */
  queue(by: Origin, key: VisitKey, email: string): Promise<'queued' | 'nothing_said' | 'no_mail'>
}

export interface WebchatProduct {
  readonly threads: WebchatThreads
  readonly files: WebchatFiles
  readonly typing: WebchatTyping
  readonly live: WebchatLive
  readonly transcripts: WebchatTranscripts
}
