import type { ChatMessage } from '@oco/contract'
import type { Upgrade } from '../../platform/http.ts'
import type { Signals } from '../../platform/signals.ts'

/** What web chat needs of the product: read models, files and signs of typing. It knows no table of the story. */

/** Who acts, from where: the audit's subject. */
export type By = Upgrade['by']

export interface VisitKey {
  readonly channelId: string
  readonly visitId: string
}

/** A message as the story has it: its external id instead of the visitor's own key. */
export type ThreadMessage = Omit<ChatMessage, 'clientKey'> & { readonly externalId: string | null }

export interface Thread {
  /** The visit's latest conversation; null where nothing of the visit has become one yet. */
  readonly conversationId: string | null
  /** In order of `sequence`. */
  readonly messages: readonly ThreadMessage[]
}

export interface ChatFile {
  readonly id: string
  readonly fileName: string
  readonly mediaType: string
  readonly sizeBytes: number
}

export interface WebchatThreads {
  /** What was said after `afterSequence`, at most `limit` messages: from 0 the latest ones, else those that follow. */
  read(key: VisitKey, afterSequence: number, limit: number): Promise<Thread>
  /** The place of a message in what its visit hears; null where there is no such message. */
  sequenceOf(messageId: string): Promise<number | null>
  /** Those of `ids` that this visitor has uploaded and that no message has taken, or only the one of this external id. */
  uploadsOf(visitId: string, ids: readonly string[], externalId: string): Promise<readonly ChatFile[]>
  /** A file that the visitor may see in its thread; null where there is none. */
  file(key: VisitKey, attachmentId: string): Promise<(ChatFile & { readonly bytes: AsyncIterable<Uint8Array> }) | null>
  /** Whether somebody of the channel's queue is at work, and whether the history can be sent by mail. */
  readiness(channelId: string): Promise<{ agentsOnline: boolean; transcript: boolean }>
  /** The language of the organisation. */
  locale(): Promise<'ru' | 'en'>
}

/** Keeps a visitor's file until a message takes it. `mediaType` is sniffed; the name is made safe by the product. */
export type KeepFile = (visitId: string, file: { fileName: string; mediaType: string; bytes: Uint8Array }) => Promise<ChatFile>

/** The part of the live hub that web chat hears; `platform/live.ts` has it. */
export interface WebchatLive {
  watchConversation(conversationId: string, act: (event: { type: string }) => void): () => void
  onEvent(act: (event: { type: string; conversationId: string | null }) => void): void
}

/** Queues the visit's latest conversation to an address. `nothing_said`: there is none; `no_mail`: there is no channel for it. */
export type QueueTranscript = (by: By, key: VisitKey, email: string) => Promise<'queued' | 'nothing_said' | 'no_mail'>

export interface WebchatProduct {
  readonly threads: WebchatThreads
  readonly keepFile: KeepFile
  readonly signals: Pick<Signals, 'typing' | 'onTyping'>
  readonly live: WebchatLive
  readonly queueTranscript: QueueTranscript
}
