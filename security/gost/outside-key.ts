import type { SecretKey } from './secret-key.ts'

/**
 * A key-encryption key that lies where this process cannot read it: in a token, or in a certified CSP. Whatever it wraps goes in and out
 * in the clear, because it serves here; the key itself never comes.
 */
export interface OutsideKey {
  /** Tells people which key it is; no secret. Another key under the same name opens nothing. */
  readonly name: string
  /** By what it wraps, in its maker's words. */
  readonly mechanism: string
  /**
   * Makes it where it is not there and can be made from here; a repeat does nothing. Throws `key_unknown` where only its maker's own
   * tools make one.
   */
  makeIfMissing(): Promise<void>
  /** Takes a key of 32 bytes. Throws `key_unknown` where it is not there. */
  wrap(key: SecretKey): Promise<Uint8Array>
  /** Throws `key_unknown`, `tag_mismatch` where it did not wrap this, `unknown_format` where nobody did. */
  unwrap(wrapped: Uint8Array): Promise<SecretKey>
}
