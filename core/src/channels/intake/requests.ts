/** What intake remembers of a request that it has stored. */
export interface StoredRequest {
  readonly requestId: string
  /** SHA-256 (hex) of what was sent; null where the row was not made by intake. */
  readonly digest: string | null
}

/** The look-up that intake needs of the inbox. */
export interface IntakeRequests {
  /** null: nothing is stored under this key. */
  find(channelId: string, idempotencyKey: string): Promise<StoredRequest | null>
}
