import { newCryptoki, type Cryptoki } from './pkcs11js.ts'
import { CryptoError } from '../crypto-error.ts'
import { CKF, CKR } from './cryptoki.ts'
import { ckrOf, tokenError } from './token-error.ts'

/** A library of a token's maker, loaded. */
export interface TokenModule {
  readonly pkcs11: Cryptoki
  /** Its name and version. */
  readonly version: string
  release(): void
}

/** One process initialises one library once (PKCS #11 v2.40, 5.4), however many providers use it. */
const loaded = new Map<string, { readonly pkcs11: Cryptoki; users: number }>()

/** Throws `not_installed` where pkcs11js or the library is not there. */
export const openTokenModule = (path: string): TokenModule => {
  let entry = loaded.get(path)
  if (entry === undefined) {
    entry = { pkcs11: start(newCryptoki(), path), users: 0 }
    loaded.set(path, entry)
  }
  const { pkcs11 } = entry
  entry.users++
  let isHeld = true
  const { libraryDescription, libraryVersion } = pkcs11.C_GetInfo()
  return {
    pkcs11,
    version: `${libraryDescription.trim()} ${String(libraryVersion.major)}.${String(libraryVersion.minor)}`,
    release() {
      if (!isHeld) return
      isHeld = false
      const held = loaded.get(path)
      if (held === undefined || --held.users > 0) return
      loaded.delete(path)
      pkcs11.C_Finalize()
      pkcs11.close()
    },
  }
}

const start = (pkcs11: Cryptoki, path: string): Cryptoki => {
  try {
    pkcs11.load(path)
  } catch (error) {
    throw new CryptoError(
      'not_installed',
      `the token's library cannot be loaded: ${error instanceof Error ? error.message : path}`,
    )
  }
  try {
    pkcs11.C_Initialize({ flags: CKF.OS_LOCKING_OK })
  } catch (error) {
    if (ckrOf(error) !== CKR.CRYPTOKI_ALREADY_INITIALIZED) throw tokenError(error)
  }
  return pkcs11
}
