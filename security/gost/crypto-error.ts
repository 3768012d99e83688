/**
 * Why an operation was refused. None of them ever comes with a part of the plain text.
 *
 * - `tag_mismatch`: what was to be opened is not what was sealed: another key, another place, or it was changed.
 * - `invalid_length`: a key, a block, a nonce or a digest of a length that the algorithm does not have.
 * - `invalid_nonce`: MGM's nonce has its top bit set (RFC 9058, 4).
 * - `limit_exceeded`: more than one call, or one key, may take.
 * - `key_destroyed`: the key was destroyed in this process.
 * - `key_unknown`: no key of that version is here.
 * - `key_of_another_kind`: a token's key where only a key in memory serves, or the other way round.
 * - `nonce_reused`: the generator of random numbers answered what it had answered before.
 * - `unknown_format`: sealed by a later version, or no sealed bytes at all.
 * - `stream_cut`: a sealed stream ends before its end, or goes on after it.
 * - `stream_ended`: a stream was used after its end.
 * - `invalid_key`: no point of the curve, a private key out of range, or a broken encoding.
 * - `no_provider`: no provider that has the algorithm has passed its known answers.
 * - `provider_failed`: a provider could not do what it says it can.
 * - `not_installed`: the library or the program of a provider that is configured is not on this machine.
 * - `token_missing`: no token of that name is there, or it was pulled out.
 * - `pin_refused`: the PIN is not its own, or no PIN helps any more; it is not tried again.
 * - `session_lost`: the token has ended the session, twice in a row.
 * - `certificate_refused`: a certificate has run out, was revoked, or leads to nobody who is trusted.
 * - `timed_out`: a provider's program did not end in time and was killed.
 */
export const CRYPTO_ERROR_CODES = [
  'tag_mismatch',
  'invalid_length',
  'invalid_nonce',
  'limit_exceeded',
  'key_destroyed',
  'key_unknown',
  'key_of_another_kind',
  'nonce_reused',
  'unknown_format',
  'stream_cut',
  'stream_ended',
  'invalid_key',
  'no_provider',
  'provider_failed',
  'not_installed',
  'token_missing',
  'pin_refused',
  'session_lost',
  'certificate_refused',
  'timed_out',
] as const
export type CryptoErrorCode = (typeof CRYPTO_ERROR_CODES)[number]

export class CryptoError extends Error {
  readonly code: CryptoErrorCode

  constructor(code: CryptoErrorCode, detail: string) {
    super(`${code}: ${detail}`)
    this.name = 'CryptoError'
    this.code = code
  }
}

/** Throws `invalid_length` where the length is none of those given. */
export const checkLength = (what: string, bytes: Uint8Array, ...lengths: readonly number[]): void => {
  if (lengths.includes(bytes.length)) return
  throw new CryptoError('invalid_length', `${what} has ${String(bytes.length)} bytes instead of ${lengths.join(' or ')}`)
}
