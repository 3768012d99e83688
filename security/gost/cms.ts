/**
 * Messages by CMS (RFC 5652) under the certificates of a provider: they are in its store, and their private keys never come here. All in
 * DER. Each call rejects with `key_unknown` where the certificate or its private key is not there, `pin_refused`, `timed_out`, and
 * `provider_failed` with the provider's own number.
 */
export interface Cms {
  /** The certificate under which it signs and opens. */
  readonly certificate: string
  /** A signature apart from what it signs. */
  sign(content: Uint8Array): Promise<Uint8Array>
  /**
   * False where the signature is not right, or is not by this certificate. A certificate that has run out or is not trusted is never
   * true: it rejects with `certificate_refused`, or is false where the provider makes no difference.
   */
  verify(content: Uint8Array, signature: Uint8Array): Promise<boolean>
  /** For whoever has the private key of the certificate. Hides, and does not authenticate: whoever needs that signs, or seals inside. */
  encrypt(content: Uint8Array): Promise<Uint8Array>
  /** Rejects with `unknown_format` where it is no such message, `key_unknown` where it is for somebody else. */
  decrypt(message: Uint8Array): Promise<Uint8Array>
}
