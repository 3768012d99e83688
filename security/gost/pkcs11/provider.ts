import type { Assurance, CryptoProvider } from '../provider.ts'
import { gostMechanismsAmong } from './gost-mechanisms.ts'
import { tokenError } from './token-error.ts'
import { tokenKey } from './token-key.ts'
import { openTokenModule } from './token-module.ts'
import { createTokenSession, findToken } from './token-session.ts'

export interface Pkcs11Options {
  /** The library of the token's maker. */
  readonly module: string
  /** The token's label. */
  readonly token: string
  readonly pin: string
  /** The label of the key-encryption key. */
  readonly keyLabel: string
  readonly assurance: Assurance
}

/**
 * A token by PKCS #11: it keeps a key-encryption key and wraps under it. It has none of the algorithms: those take keys that are in this
 * process, and a token's are not. Calls of a token know no time limit, and logging in holds the event loop until the token answers.
 *
 * Tried with Debian's SoftHSM 2.6 (AES key wrap). No token with GOST algorithms was at hand: wrapping by KExp15 was tried with a
 * stand-in. Rejects with `not_installed`, `token_missing`, `pin_refused`.
 */
export const pkcs11Provider = async (options: Pkcs11Options): Promise<CryptoProvider> => {
  const { module, token, pin, keyLabel, assurance } = options
  const { pkcs11, version, release } = openTokenModule(module)
  const session = createTokenSession({ pkcs11, token, pin })
  try {
    const { slot, model } = findToken(pkcs11, token)
    const gost = gostMechanismsAmong(pkcs11.C_GetMechanismList(slot))
    // A wrong PIN is to stop the start, not the first rotation.
    await session.run(() => Promise.resolve())
    return {
      id: 'pkcs11',
      version: `${model}, ${version}, GOST mechanisms: ${String(gost.length)}`,
      assurance,
      operations: {},
      outsideKey: tokenKey(session, { token, label: keyLabel }),
      close() {
        session.close()
        release()
        return Promise.resolve()
      },
    }
  } catch (error) {
    session.close()
    release()
    throw tokenError(error)
  }
}
