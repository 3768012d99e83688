import { CryptoError, type CryptoErrorCode } from '../crypto-error.ts'
import { CKR } from './cryptoki.ts'

/** What a token answers, as ours. All others are `provider_failed`. */
const CODES: ReadonlyMap<number, CryptoErrorCode> = new Map([
  [CKR.SLOT_ID_INVALID, 'token_missing'],
  [CKR.DEVICE_ERROR, 'token_missing'],
  [CKR.DEVICE_REMOVED, 'token_missing'],
  [CKR.TOKEN_NOT_PRESENT, 'token_missing'],
  [CKR.TOKEN_NOT_RECOGNIZED, 'token_missing'],
  [CKR.PIN_INCORRECT, 'pin_refused'],
  [CKR.PIN_INVALID, 'pin_refused'],
  [CKR.PIN_LEN_RANGE, 'pin_refused'],
  [CKR.PIN_EXPIRED, 'pin_refused'],
  [CKR.PIN_LOCKED, 'pin_refused'],
  [CKR.USER_PIN_NOT_INITIALIZED, 'pin_refused'],
  [CKR.SESSION_CLOSED, 'session_lost'],
  [CKR.SESSION_HANDLE_INVALID, 'session_lost'],
  [CKR.USER_NOT_LOGGED_IN, 'session_lost'],
  // A handle lives as long as its session: of one that has just been found, it says that the session is another.
  [CKR.KEY_HANDLE_INVALID, 'session_lost'],
])

/** Some tokens say no more of a key that does not unwrap than that something failed (SoftHSM: CKR_GENERAL_ERROR). */
const NOT_WRAPPED_SO: ReadonlySet<number> = new Set([
  CKR.WRAPPED_KEY_INVALID,
  CKR.WRAPPED_KEY_LEN_RANGE,
  CKR.ENCRYPTED_DATA_INVALID,
  CKR.ENCRYPTED_DATA_LEN_RANGE,
  CKR.GENERAL_ERROR,
  CKR.FUNCTION_FAILED,
])

/** The number of a CKR, where an error is a token's answer. */
export const ckrOf = (error: unknown): number | null =>
  error instanceof Error && error.name === 'Pkcs11Error' && 'code' in error && typeof error.code === 'number' ? error.code : null

/** A token's answer as ours; whatever is no answer of a token stays what it is. */
export const tokenError = (error: unknown, doing: 'anything' | 'unwrapping' = 'anything'): unknown => {
  const ckr = ckrOf(error)
  if (ckr === null || !(error instanceof Error)) return error
  if (doing === 'unwrapping' && NOT_WRAPPED_SO.has(ckr)) {
    return new CryptoError('tag_mismatch', `another key has wrapped this, or it was changed (${error.message})`)
  }
  return new CryptoError(CODES.get(ckr) ?? 'provider_failed', `the token answers ${error.message}`)
}
