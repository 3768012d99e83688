import type { ChannelKind, ChannelSettings, SetAsideReason, TestStep } from '@oco/contract'

/**
 * The port of a channel. An adapter turns a vendor's way of talking into these few values and back; it knows no slice, no
 * other adapter and no SQL of the story. `ChannelSink` is all that it may ask of the product.
 */
export interface ChannelAdapter {
  readonly kind: ChannelKind
  readonly limits: ChannelLimits
  /** Opens receivers for one account. Resolves when the work has begun, not when it is connected; reports its state by the sink. */
  start(account: ChannelAccount, sink: ChannelSink): RunningChannel
  /**
   * Hands one message to the outside. Resolves with a receipt once the other side has taken it; throws `ChannelError`.
   * May be called again with the same `idempotencyKey` after a crash: the repeat must carry the same external id.
   */
  send(account: ChannelAccount, message: OutboundMessage): Promise<SendReceipt>
  /** Reads once more what had to be set aside raw; absent where a channel keeps nothing raw. */
  retry?(account: ChannelAccount, raw: Uint8Array, sink: ChannelSink): Promise<'stored' | 'set_aside'>
  /** Tries settings step by step; stops at the first step that fails; never throws for a bad answer of the other side. */
  test(settings: ChannelSettings): Promise<readonly TestStep[]>
}

export interface ChannelLimits {
  readonly attachmentBytes: number
  readonly html: boolean
}

/** A configured channel with its secrets opened. */
export interface ChannelAccount {
  readonly id: string
  readonly name: string
  readonly settings: ChannelSettings
  /** Web chat: grows with each change of the consent's text; absent: 1. */
  readonly consentVersion?: number
}

export interface RunningChannel {
  /** Stops receiving; what has begun to be stored is finished first. Idempotent. */
  stop(): Promise<void>
}

export type ChannelState = { kind: 'connecting' } | { kind: 'ok' } | { kind: 'failing'; reason: string }

/** What an adapter may ask of the product. */
export interface ChannelSink {
  /**
   * Writes one inbox row with its attachments and resolves after the commit: only then may the adapter acknowledge to the outside.
   * `duplicate`: the account has received this message before; acknowledge as well. Throws when nothing was stored.
   */
  deliver(accountId: string, message: InboundMessage): Promise<'stored' | 'duplicate'>
  /** Keeps something that cannot be read, visible to the administrator. Resolves after the commit; repeats add nothing. */
  setAside(accountId: string, item: SetAside): Promise<void>
  /** The channel's health for people. Repeats of the same state cost nothing. */
  report(accountId: string, state: ChannelState): void
  /** Small state that must survive a restart, such as the last UID; written at once. */
  readCursor(accountId: string): Promise<unknown>
  writeCursor(accountId: string, cursor: unknown): Promise<void>
  /**
   * Runs `work` on one process at a time for `key`. `signal` aborts when the lease is lost or the product stops; another process
   * takes a lost lease over within `LEASE_MS`. Resolves when `work` has ended after an abort.
   */
  underLease(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void>
}

export interface SenderAddress {
  readonly kind: 'email' | 'phone' | 'visitor' | 'external'
  readonly value: string
  readonly displayName?: string
}

export interface InboundAttachment {
  readonly fileName: string
  /** Sniffed from the bytes, not believed from the sender. */
  readonly mediaType: string
  readonly bytes: Uint8Array
  /** The part's Content-ID without angle brackets, for inline images. */
  readonly contentId?: string
  readonly inline: boolean
}

/** How the story finds the conversation that a message belongs to; the first that matches wins, in this order. */
export interface Thread {
  /** Exactly this conversation (a visit's own). */
  readonly conversationKey?: string
  /** External ids of earlier messages, nearest first (In-Reply-To, then References from the end). */
  readonly references: readonly string[]
  /** The conversation's number from a token in the subject. */
  readonly number?: number
}

/** By what a repeat is recognised. */
export interface Identity {
  /** Message-ID, a visitor's or another system's key: one account's message is known by it. */
  readonly externalId: string
  /** SHA-256 (hex) of what was said, kept in the inbox row: a repeat has the same one. */
  readonly digest?: string
  /** Nobody answers for the id being used once: what comes under it with another digest is stored beside it. Absent: a duplicate. */
  readonly idMayRepeat?: true
}

export type InboundMessage = Identity &
  (
    | {
        readonly kind: 'message'
        readonly from: SenderAddress
        /** Further addresses that are the same contact's (a visitor's e-mail). Never taken from unverified headers. */
        readonly alsoKnownAs: readonly SenderAddress[]
        readonly subject: string
        readonly text: string
        /** Where quoted matter begins in `text`; null where nothing is quoted. */
        readonly quoteFrom: number | null
        /** Already sanitised; inline images are `cid:` links. */
        readonly html: string | null
        readonly attachments: readonly InboundAttachment[]
        /** Attachments that were uploaded before, by their id (web chat). */
        readonly uploadIds: readonly string[]
        readonly sentAt: Date | null
        readonly thread: Thread
        /** Written by a machine (RFC 3834): stored and shown, but it neither reopens nor answers anything. */
        readonly automatic: boolean
        readonly priority: number | null
      }
    | {
        /** A delivery status notification (RFC 3464) about a message of ours. */
        readonly kind: 'bounce'
        /** The Message-ID of ours that bounced. */
        readonly about: string
        readonly permanent: boolean
        readonly reason: string
      }
  )

/** Raw matter is kept up to this size. No channel takes more at once: what it acknowledges to the outside is nowhere else. */
export const RAW_BYTES_MAX = 50 * 1024 * 1024

export interface SetAside extends Identity {
  readonly reason: SetAsideReason
  readonly sizeBytes: number
  /** The raw matter, to be tried again; null where it was never asked for. */
  readonly raw: Uint8Array | null
}

export interface OutboundMessage {
  /** The message's own id: the same on every try. */
  readonly idempotencyKey: string
  readonly conversationNumber: number
  readonly to: SenderAddress
  readonly subject: string
  readonly text: string
  readonly html: string | null
  readonly authorName: string
  readonly attachments: readonly OutboundAttachment[]
  /** External ids of the thread, oldest first. */
  readonly references: readonly string[]
  readonly sentAt: Date
}

export interface OutboundAttachment {
  readonly fileName: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

export interface SendReceipt {
  readonly externalId: string
}

/** A vendor's failure in our words. `retryable`: the same send may succeed later. */
export class ChannelError extends Error {
  override readonly name: string = 'ChannelError'
  readonly retryable: boolean

  constructor(message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.retryable = options.retryable
  }
}

/** Nobody is there to take it, but may be again: the same send is tried again at `until`, which counts as no failure. */
export class RecipientAway extends ChannelError {
  override readonly name = 'RecipientAway'
  readonly until: Date

  constructor(message: string, until: Date) {
    super(message, { retryable: true })
    this.until = until
  }
}

/** The recipient has left this channel for good; the message goes another way (flow/fail-over-channel.ts). */
export class RecipientGone extends ChannelError {
  override readonly name = 'RecipientGone'

  constructor(message: string) {
    super(message, { retryable: false })
  }
}
