export { CRYPTO_ERROR_CODES, CryptoError, type CryptoErrorCode } from './gost/crypto-error.ts'
export { type AlgorithmStatus, type Crypto, type CryptoStatus, type ProviderStatus } from './gost/crypto.ts'
export { openProductCrypto, type OutsideProviders } from './gost/product-crypto.ts'
export { type Cms } from './gost/cms.ts'
export { type OutsideKey } from './gost/outside-key.ts'
export { assuranceOn, type Assurance, type AssuranceCertificate, type ProviderId } from './gost/provider.ts'
export { createSealedBox, RECORD_BYTES_MAX, SEAL_BYTES, type Place, type SealedBox } from './gost/sealed-box.ts'
export { createSealedStreams, SEALED_CHUNK_BYTES, type SealedStreams } from './gost/sealed-stream.ts'
export { destroyKey, generateKey, type SecretKey } from './gost/secret-key.ts'
export { createKeyRing, generateKeyEncryptionKey, wrappedUnder, type KeyEncryptionKey, type KeyRing } from './keys/key-ring.ts'
export { lockOf, readRingDocument, writeRingDocument, type FoundLock, type RingLock } from './keys/ring-document.ts'
export { PASSPHRASE_LENGTH_MIN } from './keys/passphrase-key.ts'
export { ManifestFault, writeManifest } from './integrity/manifest.ts'
export { fingerprintOf, newSigningPair, readSigningKey, readVerifyingKey, signManifest } from './integrity/signing-keys.ts'
export { entriesOf } from './integrity/tree.ts'
export { verifyInstallation, type FileFaultKind, type Verdict } from './integrity/verify-installation.ts'
export { joinKey, splitKey, SHARES_MAX } from './keys/key-shares.ts'
export { ANONYMOUS, NEIGHBOUR, TOKEN_PERMISSIONS, can, permissionsOf, type Actor } from './access/access.ts'
export {
  AUDIT_VALUES_COUNT,
  auditInsertFrom,
  auditInsertSql,
  auditInsertValuesSql,
  auditRow,
  auditValues,
  plainAddress,
  SYSTEM_ORIGIN,
  type AuditEvent,
  type AuditRow,
  type JsonValue,
  type Origin,
} from './audit/record.ts'
export { AUDIT_REGISTER, type AuditSeverity } from './audit/register.ts'
export { createSecretBox, SECRET_KEY_BYTES, SecretBoxError, type SecretBox } from './secret-box.ts'
export { apiHeaders, assetHeaders, letterHeaders, newNonce, pageHeaders, type Headers } from './transport/headers.ts'
export { hashPassword, isPasswordLineFull, verifyPassword, type ScryptCost } from './identity/password.ts'
export { checkPassword, type PasswordWeakness } from './identity/password-strength.ts'
export { expiryOf, hashToken, isToken, newToken, SESSION_ABSOLUTE_MS, SESSION_IDLE_MS, sessionState } from './identity/session.ts'
export {
  ADDRESS_LIMITS,
  addressKey,
  afterFailure,
  freshCounter,
  isOver,
  LOGIN_LIMITS,
  loginKey,
  pauseLeftMs,
  type SignInCounter,
  type ThrottleLimits,
} from './identity/throttle.ts'
