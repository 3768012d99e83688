/** What intake remembers of a request that it has stored. */
export interface StoredRequest {
  readonly requestId: string
  /** SHA-256 (hex) of what was sent; null where the row was not made by intake. */
  readonly digest: string | null
}

/** The look-ups that intake needs. */
export interface IntakeRequests {
  /** Whether the channel is switched on, in whatever process. */
  isEnabled(channelId: string): Promise<boolean>
  /** null: nothing is stored under this key. */
  find(channelId: string, idempotencyKey: string): Promise<StoredRequest | null>
}
