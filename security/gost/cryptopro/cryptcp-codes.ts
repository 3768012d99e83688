import type { CryptoErrorCode } from '../crypto-error.ts'

/**
 * What cryptcp prints as `[ErrorCode: 0x…]`, as ours. Its own numbers (0x2000…) as published programs that call it list them (CryptoPro's manual was not at hand), those of
 * Windows from winerror.h. All others are `provider_failed`.
 */
export const CRYPTCP_CODES: ReadonlyMap<number, { readonly code: CryptoErrorCode; readonly says: string }> = new Map([
  [0x2000012c, { code: 'provider_failed', says: 'the store of certificates cannot be opened' }],
  [0x2000012d, { code: 'key_unknown', says: 'the certificate is not in the store' }],
  [0x2000012e, { code: 'provider_failed', says: 'several certificates have this thumbprint' }],
  [0x20000131, { code: 'key_unknown', says: 'no certificate can be used' }],
  [0x20000132, { code: 'certificate_refused', says: 'the certificate does not allow this' }],
  [0x20000133, { code: 'certificate_refused', says: 'the chain of the certificate was not proved' }],
  [0x20000134, { code: 'not_installed', says: 'no CSP has the algorithm' }],
  [0x20000135, { code: 'pin_refused', says: 'the password of the container is not its own' }],
  [0x20000136, { code: 'key_unknown', says: 'the private key cannot be reached' }],
  [0x20000258, { code: 'unknown_format', says: 'this is no encrypted message' }],
  [0x20000259, { code: 'unknown_format', says: 'an algorithm that it does not know' }],
  [0x2000025a, { code: 'key_unknown', says: 'it is for none whose private key is here' }],
  [0x20000325, { code: 'provider_failed', says: 'its licence has run out' }],
  [0x0000065b, { code: 'provider_failed', says: 'CryptoPro CSP has no licence' }],
  // NTE_PERM: what CryptoPro answers when the private key's own term is over.
  [0x80090010, { code: 'certificate_refused', says: 'the private key may not be used any more' }],
  // SCARD_W_WRONG_CHV, SCARD_W_CHV_BLOCKED.
  [0x8010006b, { code: 'pin_refused', says: 'the PIN is not its own' }],
  [0x8010006c, { code: 'pin_refused', says: 'the PIN is locked' }],
])

/**
 * A wrong hash, no signed message, an unknown algorithm, no certificate of the signer, no signature, a wrong one. It says the last of
 * these, too, where the certificate had run out.
 */
export const NOT_SIGNED_SO: ReadonlySet<number> = new Set([
  0x20000194, 0x200001f5, 0x200001f6, 0x200001f7, 0x200001f8, 0x200001f9,
])

/** Not always on a line of its own: a question for the PIN has no end of line. */
const PRINTED = /\[(?:ErrorCode|ReturnCode): 0x([0-9a-f]{8})\]/gi

/**
 * The number that it printed last. The exit status has its lowest byte alone, which may be zero in failure too. Null: it printed none.
 */
export const printedCode = (output: string): number | null => {
  const last = [...output.matchAll(PRINTED)].at(-1)?.[1]
  return last === undefined ? null : Number.parseInt(last, 16)
}
