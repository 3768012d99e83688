import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Keeps passwords of channels unreadable for whoever sees the database without the installation's secret key. */
export interface SecretBox {
  /** Sealed anew each time: equal secrets look different. */
  seal(plain: string): Buffer
  /** Throws `SecretBoxError` where the bytes were changed or another key sealed them. */
  open(sealed: Buffer): string
}

export class SecretBoxError extends Error {
  override readonly name = 'SecretBoxError'
}

export const SECRET_KEY_BYTES = 32
/** The first byte names the scheme, so that another one can stand beside it. 1: AES-256-GCM (NIST SP 800-38D). */
const AES_256_GCM = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16

export const createSecretBox = (key: Buffer): SecretBox => {
  if (key.length !== SECRET_KEY_BYTES) throw new SecretBoxError(`the secret key has ${String(key.length)} bytes, not 32`)
  return {
    seal(plain) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(AES_256_GCM), nonce, body, cipher.getAuthTag()])
    },
    open(sealed) {
      if (sealed[0] !== AES_256_GCM) throw new SecretBoxError('sealed by a scheme that is not known here')
      if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES) throw new SecretBoxError('cut short')
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
      try {
        return decipher.update(sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
      } catch {
        throw new SecretBoxError('changed since it was sealed, or sealed under another key')
      }
    },
  }
}
