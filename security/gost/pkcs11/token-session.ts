import type { Handle, Cryptoki } from './pkcs11js.ts'
import { CryptoError } from '../crypto-error.ts'
import { CKF, CKR, CKU_USER } from './cryptoki.ts'
import { ckrOf, tokenError } from './token-error.ts'

export interface OpenSession {
  readonly pkcs11: Cryptoki
  readonly session: Handle
}

/** A session in which the user is logged in, opened when it is first needed and again where the token has ended it. */
export interface TokenSession {
  /**
   * One at a time. Where the session is gone, it opens another and does the work once more. Rejects with `token_missing`,
   * `pin_refused`, `session_lost`, and with what `work` throws.
   */
  run<T>(work: (open: OpenSession) => Promise<T>): Promise<T>
  close(): void
}

export interface TokenLogin {
  readonly pkcs11: Cryptoki
  /** The token's label. */
  readonly token: string
  readonly pin: string
}

export const createTokenSession = (login: TokenLogin): TokenSession => {
  const { pkcs11 } = login
  let session: Handle | null = null
  let refused: CryptoError | null = null
  let last: Promise<unknown> = Promise.resolve()

  const opened = (): Handle => {
    // Three wrong tries lock a token: the same PIN is not tried twice.
    if (refused !== null) throw refused
    try {
      session ??= openSession(login)
      return session
    } catch (error) {
      if (error instanceof CryptoError && error.code === 'pin_refused') refused = error
      throw error
    }
  }
  const attempt = async <T>(work: (open: OpenSession) => Promise<T>): Promise<T> => {
    try {
      return await work({ pkcs11, session: opened() })
    } catch (error) {
      throw tokenError(error)
    }
  }
  const drop = (): void => {
    if (session !== null) quietly(pkcs11, session)
    session = null
  }
  return {
    run(work) {
      const turn = last.then(async () => {
        try {
          return await attempt(work)
        } catch (error) {
          if (!(error instanceof CryptoError) || (error.code !== 'session_lost' && error.code !== 'token_missing')) throw error
          drop()
          return await attempt(work)
        }
      })
      last = turn.catch(() => undefined)
      return turn
    },
    close: drop,
  }
}

/** Throws `token_missing` where no token has this label, or several have. */
export const findToken = (pkcs11: Cryptoki, token: string): { slot: Handle; flags: number; model: string } => {
  const found = slotsOf(pkcs11).filter(({ label }) => label === token)
  const [first] = found
  if (first === undefined) throw new CryptoError('token_missing', `no token is called ${token}`)
  if (found.length > 1) throw new CryptoError('token_missing', `${String(found.length)} tokens are called ${token}`)
  return first
}

const slotsOf = (pkcs11: Cryptoki) =>
  pkcs11.C_GetSlotList(true).flatMap((slot) => {
    try {
      const { label, flags, model } = pkcs11.C_GetTokenInfo(slot)
      return (flags & CKF.TOKEN_INITIALIZED) === 0 ? [] : [{ slot, flags, label: label.trim(), model: model.trim() }]
    } catch {
      // Pulled out between the list and the look, or of a kind that this library does not know.
      return []
    }
  })

const openSession = (login: TokenLogin): Handle => {
  const { pkcs11, token, pin } = login
  try {
    const { slot, flags } = findToken(pkcs11, token)
    if ((flags & (CKF.USER_PIN_LOCKED | CKF.USER_PIN_TO_BE_CHANGED)) !== 0) {
      throw new CryptoError('pin_refused', `the PIN of ${token} is locked, or has to be changed by hand`)
    }
    if ((flags & CKF.USER_PIN_FINAL_TRY) !== 0) {
      throw new CryptoError('pin_refused', `one more wrong PIN locks ${token}: log in once by hand`)
    }
    const session = pkcs11.C_OpenSession(slot, CKF.SERIAL_SESSION | CKF.RW_SESSION)
    try {
      pkcs11.C_Login(session, CKU_USER, pin)
    } catch (error) {
      // A login counts for all sessions of the process: another provider may have the same token.
      if (ckrOf(error) === CKR.USER_ALREADY_LOGGED_IN) return session
      quietly(pkcs11, session)
      throw error
    }
    return session
  } catch (error) {
    throw tokenError(error)
  }
}

const quietly = (pkcs11: Cryptoki, session: Handle): void => {
  try {
    pkcs11.C_CloseSession(session)
  } catch {
    // It is gone, which is what was wanted.
  }
}
